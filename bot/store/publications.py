"""What was published, kept as it was: publishing again gives the same, and nothing can be subtracted.

One rule: what was published first stands.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import BindParameter, Text, bindparam, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.bookkeeping import publications
from bot.store.database import Database, lock

_PREFIX: Final[BindParameter[str]] = bindparam("prefix", type_=Text())
_KEPT: Final = (
    select(publications.c.name, publications.c.content)
    .where(func.substr(publications.c.name, 1, func.length(_PREFIX)) == _PREFIX)
    .order_by(publications.c.name)
)
_KEEP: Final = insert(publications)


class Publications:
    """The publications, each a set of named texts under a name of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, publication: str) -> dict[str, str]:
        """The texts of a publication by name; {} when it was not published yet."""
        async with self._database.reading() as connection:
            return await _kept(connection, publication)

    async def keep(self, publication: str, texts: Mapping[str, str], now: datetime) -> dict[str, str]:
        """Publish these texts, in one transaction, unless some stand already; those that stand now."""
        async with self._database.writing() as connection:
            await lock(connection, ["publications"])
            if kept := await _kept(connection, publication):
                return kept
            rows = [
                {"name": f"{publication}/{name}", "content": text, "at": now} for name, text in texts.items()
            ]
            await connection.execute(_KEEP, rows)
        return dict(texts)


async def _kept(connection: AsyncConnection, publication: str) -> dict[str, str]:
    prefix = f"{publication}/"
    rows = await connection.execute(_KEPT, {"prefix": prefix})
    return {name.removeprefix(prefix): content for name, content in rows.all()}
