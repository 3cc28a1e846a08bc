"""SQLite as this product needs it: a library without the WAL-reset bug, and every commit on the disk.

One rule: one connection of a process writes, every write transaction begins IMMEDIATE, the others
only read. Two connections on a library with the bug can lose committed data, so none is opened.
"""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import aiosqlite
from sqlalchemy import URL, AsyncAdaptedQueuePool, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.errors import SettingsError, StoreError, UnsafeSqliteError
from bot.store.driver import Connection, Driver

try:
    import pysqlite3 as library
except ImportError:  # the wheel is for Linux only; elsewhere Python's own library may be a fixed one
    import sqlite3 as library

#: The first release without the WAL-reset bug, and the one after it that was withdrawn (sqlite.org/changes).
FIXED_SINCE: Final = (3, 51, 3)
WITHDRAWN: Final = (3, 52, 0)

#: How long SQLite itself waits for another process's lock, in seconds, and how long a task waits for
#: the writing connection of this process.
BUSY_SECONDS: Final = 5
QUEUE_SECONDS: Final = 15

#: Connections that only read: long exports must not keep the console waiting.
READERS: Final = 3

#: What SQLite adds to the name of a database for the files beside it; they are there while it is in use.
BESIDE: Final = ("-wal", "-shm", "-journal")

_PRAGMAS: Final = (
    f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
)
_READ_ONLY: Final = "PRAGMA query_only = ON"
#: Kept until the connection is closed, and refused as long as another one is open.
_ALONE: Final = ("PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE", "COMMIT")

#: Names of DB-API that SQLAlchemy looks up on the driver.
_DBAPI_NAMES: Final = (
    "DatabaseError",
    "Error",
    "IntegrityError",
    "NotSupportedError",
    "OperationalError",
    "ProgrammingError",
    "sqlite_version",
    "sqlite_version_info",
)


def require_fixed(version: tuple[int, ...]) -> None:
    """Raise UnsafeSqliteError for a library that can lose committed data when two connections write WAL."""
    if version < FIXED_SINCE or version == WITHDRAWN:
        raise UnsafeSqliteError(
            f"SQLite {'.'.join(map(str, version))} has the WAL-reset bug, which can lose committed answers. "
            f"Nothing was opened. Install one from {'.'.join(map(str, FIXED_SINCE))} on "
            "(on Linux the pysqlite3 package of requirements.lock has it), or use PostgreSQL."
        )


def engines(url: URL) -> tuple[AsyncEngine, AsyncEngine]:
    """The writer and the readers of one file.

    Raises UnsafeSqliteError, and SettingsError when the URL names no file: a database in memory
    would be another one on every connection, and nothing of it would outlive the process.
    """
    require_fixed(library.sqlite_version_info)
    if not url.database or ":memory:" in url.database:
        raise SettingsError("DATABASE_URL must name a file, such as sqlite:///data/ruamkhit.db")
    file = Path(url.database)
    file.parent.mkdir(parents=True, exist_ok=True)
    # What people say is nobody else's to read; SQLite gives its -wal and -shm files the same mode.
    file.touch(mode=0o600)
    target = URL.create("sqlite+aiosqlite", database=str(file))
    return (
        _engine(target, _PRAGMAS, size=1, begin="BEGIN IMMEDIATE"),
        _engine(target, (*_PRAGMAS, _READ_ONLY), size=READERS, begin="BEGIN"),
    )


def copy(source: Path, target: Path, *afterwards: str) -> None:
    """Copy a database that is in use to a file, as of one moment; then run statements in the copy.

    By this library and no other: a second one in the process would drop the locks of the first. The copy
    is one file, without a -wal beside it, for its owner only. Raises StoreError when the
    source cannot be read, OSError when the target cannot be written.
    """
    target.touch(mode=0o600)
    try:
        with (
            closing(library.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as original,
            closing(library.connect(target, isolation_level=None)) as copied,
        ):
            original.backup(copied)
            for statement in ("PRAGMA journal_mode = DELETE", *afterwards):
                copied.execute(statement).close()
    except library.Error as error:
        raise StoreError(f"The database cannot be copied ({type(error).__name__}).") from None


async def fold(engine: AsyncEngine) -> bool:
    """Empty the write-ahead log into the file, unless a reader is in the way: nobody waits for it."""
    async with engine.connect() as connection:
        pooled = await connection.get_raw_connection()
        writer: Any = pooled.driver_connection  # beside SQLAlchemy, which would begin a transaction
        await writer.execute_fetchall("PRAGMA busy_timeout = 0")
        try:
            ((busy, _, _),) = await writer.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            await writer.execute_fetchall(_PRAGMAS[0])
    return not busy


def write(target: Path, *statements: str, rows: tuple[str, Iterable[tuple[Any, ...]]] | None = None) -> None:
    """Run statements in a file of its own, then one statement for each of the rows.

    The file is for its owner only. Raises StoreError when it cannot be written.
    """
    target.touch(mode=0o600)
    try:
        with closing(library.connect(target, isolation_level=None)) as connection:
            for statement in statements:
                connection.execute(statement).close()
            if rows:
                connection.execute("BEGIN").close()
                connection.executemany(*rows).close()
                connection.execute("COMMIT").close()
    except library.Error as error:
        raise StoreError(f"{target.name} cannot be written ({type(error).__name__}).") from None


def read(source: Path, statement: str) -> list[tuple[Any, ...]]:
    """The rows of a file that nobody writes to; nothing is made beside it.

    Raises StoreError when it is no database, or a damaged one.
    """
    try:
        with closing(
            library.connect(f"{source.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        ) as connection:
            return list(connection.execute(statement))
    except library.Error as error:
        raise StoreError(
            f"{source.name} is damaged, or no SQLite database ({type(error).__name__})."
        ) from None


@contextmanager
def alone(source: Path) -> Iterator[Any]:
    """A connection to read a file that nobody else may open until the end; text that is no UTF-8 keeps its
    bytes as surrogates.

    Raises SettingsError when somebody has it open, StoreError when it is damaged.
    """
    try:
        with closing(library.connect(source, isolation_level=None, timeout=0)) as connection:
            connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
            for statement in (*_ALONE, _READ_ONLY):
                connection.execute(statement).close()
            yield connection
    except library.Error as error:
        if getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
            raise SettingsError(
                f"{source} is in use. Stop the bot, and whatever else has it open: what is taken in meanwhile"
                " would be left behind."
            ) from None
        raise StoreError(f"{source.name} cannot be read ({type(error).__name__}).") from None


def require_sound(file: Path) -> None:
    """Raise StoreError when the pages, the indexes or the references of a file contradict each other."""
    if read(file, "PRAGMA integrity_check") != [("ok",)] or read(file, "PRAGMA foreign_key_check"):
        raise StoreError(f"{file.name} is damaged: SQLite's own check of it found faults.")


def discard(file: Path) -> None:
    """Delete a database file and what SQLite keeps beside it; what is not there is no fault."""
    for suffix in ("", *BESIDE):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


def _engine(url: URL, pragmas: tuple[str, ...], *, size: int, begin: str) -> AsyncEngine:
    engine = create_async_engine(
        url,
        module=_driver(pragmas),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=size,
        max_overflow=0,
        pool_timeout=QUEUE_SECONDS,
        hide_parameters=True,
    )
    event.listen(engine.sync_engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _driver(pragmas: tuple[str, ...]) -> Driver:
    """aiosqlite over the library chosen above, which also names the errors: the standard ones are others."""

    def connect(database: str, **options: Any) -> Connection:
        return Connection(partial(_open, database, options, pragmas), iter_chunk_size=64)

    names = {name: getattr(library, name) for name in _DBAPI_NAMES}
    driver: Any = SimpleNamespace(
        connect=connect, Connection=Connection, __version__=aiosqlite.__version__, **names
    )
    return Driver(driver, library)


def _open(database: str, options: dict[str, Any], pragmas: tuple[str, ...]) -> Any:
    """A connection that begins no transaction by itself; runs in aiosqlite's thread."""
    # SQLAlchemy sets check_same_thread=False: cursors are made and closed outside that thread (driver.py).
    connection = library.connect(database, **options, isolation_level=None)
    for pragma in pragmas:
        connection.execute(pragma).close()
    return connection
