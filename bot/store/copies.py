"""A copy of a SQLite database without the keys that open what is sealed in it.

One rule: the copy appears whole or not at all, and nothing starts on it. Kept for long, it holds no
address anybody could open: the data keys are backed up apart, and for a short time. It has no schema
revision, so that it serves only after `restore` has erased again whom it does not know to be erased.
"""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import SettingsError
from bot.store import ledger, migrate, sqlite
from bot.store.audit import Deed, newest
from bot.store.counts import Counts, count
from bot.store.database import Database, parsed
from bot.store.keys import WrappedKey, every_key

_WITHOUT_REVISION: Final = "DELETE FROM alembic_version"
#: VACUUM leaves nothing of the deleted rows in free pages.
_WITHOUT_KEYS: Final = ("PRAGMA journal_mode = DELETE", "DELETE FROM data_keys", "VACUUM")

_KEYS: Final = (
    "CREATE TABLE data_keys (participant TEXT PRIMARY KEY, wrapped BLOB NOT NULL, master TEXT NOT NULL)"
)
_ADD_KEY: Final = "INSERT INTO data_keys VALUES (?, ?, ?)"
_READ_KEYS: Final = "SELECT participant, wrapped, master FROM data_keys"


class Snapshot(Struct, frozen=True, kw_only=True):
    """What a database held at one moment, beside its content.

    `schema` is its revision, `keys` are the data keys it had, `erasures` the lines of its ledger by mark,
    and `head` is the newest deed of its audit log.
    """

    schema: str
    counts: Counts
    keys: list[WrappedKey]
    erasures: dict[str, datetime]
    head: Deed | None


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite database; None for another kind. Raises SettingsError for any other URL."""
    target = parsed(url)
    return Path(target.database) if target.get_backend_name() == "sqlite" and target.database else None


async def snapshot(url: str) -> Snapshot:
    """What a database that is up to date holds now, all of one moment. Raises StoreError."""
    database = await Database.open(url)
    try:
        async with database.reading() as connection:
            await migrate.require_head(connection)
            return await _look(connection)
    finally:
        await database.close()


async def copy_content(url: str, target: Path) -> Snapshot:
    """Copy the database of `url`, up to date and in use though it is, to the file `target`.

    Left out are `data_keys` and the schema's revision; both are in what is returned, which is of the
    same moment. A file that is there is replaced. Raises SettingsError when the database is not SQLite
    or the file cannot be written, StoreError when the database cannot be read or the copy is damaged.
    """
    source = sqlite_file(url)
    if source is None:
        raise SettingsError("Only a SQLite database is copied like this; for PostgreSQL there is pg_dump.")
    aside = target.with_name(f".{target.name}.part")
    try:
        sqlite.discard(aside)
        await asyncio.to_thread(sqlite.copy, source, aside, _WITHOUT_REVISION)
        database = await Database.open(f"sqlite:///{aside}")
        try:
            async with database.reading() as connection:
                seen = await _look(connection)
        finally:
            await database.close()
        await asyncio.to_thread(sqlite.write, aside, *_WITHOUT_KEYS)
        await asyncio.to_thread(sqlite.require_sound, aside)
        aside.replace(target)
    except OSError as error:
        raise SettingsError(f"{target} cannot be written: {error.strerror}.") from None
    finally:
        sqlite.discard(aside)
    return seen


def write_keys(target: Path, keys: Iterable[WrappedKey]) -> None:
    """Write data keys to a SQLite file of their own. Raises StoreError, OSError."""
    rows = [(key.participant, key.wrapped, key.master) for key in keys]
    aside = target.with_name(f".{target.name}.part")
    sqlite.discard(aside)
    try:
        sqlite.write(aside, _KEYS, rows=(_ADD_KEY, rows))
        aside.replace(target)
    finally:
        sqlite.discard(aside)


def read_keys(source: Path) -> list[WrappedKey]:
    """The data keys that `write_keys` wrote. Raises StoreError when the file is damaged."""
    return [WrappedKey(*row) for row in sqlite.read(source, _READ_KEYS)]


async def _look(connection: AsyncConnection) -> Snapshot:
    return Snapshot(
        schema=migrate.HEAD,
        counts=await count(connection),
        keys=await every_key(connection),
        erasures=await ledger.lines(connection),
        head=await newest(connection),
    )
