"""What people were promised about anonymity, for as long as there is somebody to whom it was promised.

One rule: a promise is made stricter or kept, never loosened.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.bookkeeping import promises
from bot.store.database import Database, lock
from bot.store.schema import answers, suggestions
from bot.store.statements import upsert


class Promise(Struct, frozen=True):
    """A number people were promised, and since when, by our clock."""

    name: str
    value: int
    at: datetime


#: From a name, the number promised and another one to whether that one is looser.
Looser = Callable[[str, int, int], bool]

_PROMISED: Final = select(promises.c.name, promises.c.value, promises.c.at)
_ANYBODY: Final = select(or_(exists(select(answers.c.id)), exists(select(suggestions.c.id))))
_KEEP: Final = upsert(promises)


class Promises:
    """The promises of a database; one made to nobody yet is none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def broken(self, stated: Mapping[str, int], looser: Looser) -> list[Promise]:
        """The promises that what is `stated` would break; none while nobody has answered or suggested."""
        async with self._database.reading() as connection:
            return _broken(await _promised(connection), stated, looser)

    async def keep(self, stated: Mapping[str, int], looser: Looser, now: datetime) -> list[Promise]:
        """Promise what is `stated` from now on, unless it breaks a promise: those it would break."""
        async with self._database.writing() as connection:
            await lock(connection, ["promises"])
            promised = await _promised(connection)
            if broken := _broken(promised, stated, looser):
                return broken
            made = [
                asdict(Promise(name, value, now))
                for name, value in stated.items()
                if name not in promised or promised[name].value != value
            ]
            if made:
                await connection.execute(_KEEP[connection.dialect.name], made)
        return []


async def _promised(connection: AsyncConnection) -> dict[str, Promise]:
    """What was promised to somebody, by name."""
    if not await connection.scalar(_ANYBODY):
        return {}
    return {row.name: Promise(*row) for row in await connection.execute(_PROMISED)}


def _broken(promised: Mapping[str, Promise], stated: Mapping[str, int], looser: Looser) -> list[Promise]:
    return [
        promised[name]
        for name, value in stated.items()
        if name in promised and looser(name, promised[name].value, value)
    ]
