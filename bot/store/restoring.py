"""Making a copy a database again.

One rule: one transaction gives the copy its schema and its keys and erases again whoever was erased since,
so that there is no moment at which it would serve with people in it who are to be forgotten.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import exists, func, select

from bot.errors import SettingsError
from bot.store import ledger, migrate, sqlite
from bot.store.counts import Counts, count
from bot.store.database import Database
from bot.store.keys import WrappedKey
from bot.store.schema import addresses, data_keys, participants
from bot.store.statements import insert_new

_PEOPLE: Final = select(participants.c.id)
_ADD_KEYS: Final = insert_new(data_keys)
_KEYLESS: Final = (
    select(func.count())
    .select_from(addresses)
    .where(~exists().where(data_keys.c.participant == addresses.c.participant))
)

_TABLES: Final = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
_ANY: Final = 'SELECT 1 FROM "{}" LIMIT 1'
_BOOKKEEPING: Final = "alembic_version"


class Restored(Struct, frozen=True, kw_only=True):
    """What became of a copy: how many people were `erased` again, how many have an address that no key
    opens (`keyless`), and how much there is now."""

    erased: int
    keyless: int
    counts: Counts


async def take_up(
    url: str,
    schema: str,
    keys: Iterable[WrappedKey],
    erasures: Mapping[str, datetime],
    mark_of: Callable[[str], str],
) -> Restored:
    """Give a copy its schema and its people their keys, and erase again whom `erasures` names.

    A key of nobody the copy knows is left out. All of it is one transaction. Raises SchemaError when
    this program does not know the schema, StoreError when the database is no copy.
    """
    database = await Database.open(url)
    try:
        async with database.writing() as connection:
            await migrate.take_up(connection, schema)
            people = set((await connection.execute(_PEOPLE)).scalars())
            if rows := [asdict(key) for key in keys if key.participant in people]:
                await connection.execute(_ADD_KEYS[connection.dialect.name], rows)
            erased = await ledger.reapply(connection, erasures, mark_of)
            keyless = (await connection.execute(_KEYLESS)).scalar_one()
            return Restored(erased=erased, keyless=keyless, counts=await count(connection))
    finally:
        await database.close()


def require_free(target: Path) -> None:
    """Raise SettingsError when a file is there that holds anything or is in use, StoreError when damaged."""
    if any(target.with_name(target.name + suffix).exists() for suffix in sqlite.BESIDE):
        raise SettingsError(f"{target} is in use, or was when its process died. Name a new file with --to.")
    if not target.exists() or not target.stat().st_size:
        return
    tables = [name for (name,) in sqlite.read(target, _TABLES) if name != _BOOKKEEPING]
    if any(sqlite.read(target, _ANY.format(name)) for name in tables):
        raise SettingsError(
            f"{target} is a database with something in it, and is not overwritten. Name a new file with --to."
        )
