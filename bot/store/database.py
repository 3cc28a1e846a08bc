"""The connections: where a transaction begins and ends, and where an error gets its meaning.

One rule: all SQL runs inside `reading()` or `writing()`; what outlasts a transaction, inside `lasting()`.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from hashlib import blake2b
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import SettingsError
from bot.store import postgresql, sqlite
from bot.store.faults import told


class Database:
    """A database of either kind, open."""

    def __init__(self, writer: AsyncEngine, reader: AsyncEngine) -> None:
        self._writer = writer
        self._reader = reader

    @classmethod
    async def open(cls, url: str) -> "Database":
        """Connect once and see that commits are durable.

        Raises SettingsError for a URL of another form, UnsafeSqliteError, StoreError when the server
        is set to lose commits, UnavailableError when it does not answer.
        """
        target = parsed(url)
        if target.get_backend_name() == "sqlite":
            with told():
                database = cls(*sqlite.engines(target))
        else:
            database = cls(*postgresql.engines(target))
        try:
            async with database.reading() as connection:
                if connection.dialect.name == "postgresql":
                    await postgresql.require_durable(connection)
        except BaseException:
            await database.close()
            raise
        return database

    @property
    def file(self) -> Path | None:
        """The file of a SQLite database; None on PostgreSQL."""
        return Path(self._writer.url.database or "") if self._writer.dialect.name == "sqlite" else None

    @property
    def shared(self) -> bool:
        """Whether other processes, on other machines too, may serve it as well: PostgreSQL."""
        return self._writer.dialect.name == "postgresql"

    async def close(self) -> None:
        """Close every connection; the writer last, because the last one folds the WAL into the file."""
        await self._reader.dispose()
        await self._writer.dispose()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """One write transaction, committed at the end; an error inside rolls it back."""
        with told():
            async with self._writer.begin() as connection:
                yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """One read-only transaction: everything read in it is of one moment."""
        with told():
            async with self._reader.connect() as connection:
                yield connection

    @asynccontextmanager
    async def lasting(self) -> AsyncIterator[AsyncConnection]:
        """A connection on which each statement commits by itself, for what would hold a transaction open."""
        with told():
            async with self._writer.connect() as connection:
                yield await connection.execution_options(isolation_level="AUTOCOMMIT")

    async def fold(self) -> bool:
        """Fold what is committed into the file of a SQLite database, so that nothing older is left beside it.

        False when a reader is in the way; true at once on PostgreSQL, which has no such file of ours.
        """
        with told():
            return self._writer.dialect.name != "sqlite" or await sqlite.fold(self._writer)


async def lock(connection: AsyncConnection, names: Iterable[str]) -> None:
    """Keep other processes from these names until the transaction ends.

    On SQLite nothing is to do: BEGIN IMMEDIATE already holds the whole database.
    """
    if connection.dialect.name == "postgresql":
        digests = (blake2b(name.encode(), digest_size=8).digest() for name in names)
        await postgresql.lock(connection, sorted({int.from_bytes(d, "big", signed=True) for d in digests}))


def parsed(url: str) -> URL:
    """The URL, with the scheme that some hosts still hand out put right.

    Raises SettingsError for a URL of another form.
    """
    if url.startswith("postgres://"):
        url = "postgresql" + url.removeprefix("postgres")
    try:
        target = make_url(url)
    except ArgumentError:
        target = None
    if target is None or target.drivername not in {"sqlite", "sqlite+aiosqlite", "postgresql"}:
        raise SettingsError(
            "DATABASE_URL must be sqlite:///path/of/file or postgresql://user:password@host/name"
        )
    return target
