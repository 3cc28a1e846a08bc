"""The data keys of people, wrapped, and the addresses they open.

One rule: nothing here can open anything. The wrapping is done above, with a key this layer never sees.
"""

from collections.abc import Collection, Sequence
from typing import Final

from msgspec import Struct
from sqlalchemy import BindParameter, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.schema import addresses, data_keys
from bot.store.statements import padded


class WrappedKey(Struct, frozen=True):
    """A data key, encrypted; `master` is the id of the master key that opens it."""

    participant: str
    wrapped: bytes
    master: str


class SealedAddress(Struct, frozen=True):
    """Where to send, sealed with the data key inside `key`."""

    sealed: bytes
    key: WrappedKey


_PEOPLE: Final[BindParameter[str]] = bindparam("people", expanding=True)
_KEYS: Final = select(data_keys.c.participant, data_keys.c.wrapped, data_keys.c.master)
_OF: Final = _KEYS.where(data_keys.c.participant.in_(_PEOPLE))
_ADDRESSES: Final = (
    _KEYS.add_columns(addresses.c.sealed)
    .join(addresses, addresses.c.participant == data_keys.c.participant)
    .where(addresses.c.participant.in_(_PEOPLE))
)
_UNDER_OTHERS: Final = (
    _KEYS.where(data_keys.c.master != bindparam("current"), data_keys.c.participant > bindparam("after"))
    .order_by(data_keys.c.participant)
    .limit(bindparam("limit"))
)
#: Only what is still as it was read: an erasure, or another rotation, may have come between.
_REPLACE: Final = (
    update(data_keys)
    .where(data_keys.c.participant == bindparam("person"), data_keys.c.wrapped == bindparam("was"))
    .values(wrapped=bindparam("becomes"), master=bindparam("under"))
)
_MASTERS: Final = select(data_keys.c.master, func.count()).group_by(data_keys.c.master)


async def keys_of(connection: AsyncConnection, people: Collection[str]) -> dict[str, WrappedKey]:
    """The keys of these people, by person; of some there is none."""
    if not people:
        return {}
    rows = await connection.execute(_OF, {"people": padded(people)})
    return {row.participant: WrappedKey(*row) for row in rows}


async def addresses_of(connection: AsyncConnection, people: Collection[str]) -> dict[str, SealedAddress]:
    """The addresses of these people, by person; one whose key is gone is none."""
    if not people:
        return {}
    rows = await connection.execute(_ADDRESSES, {"people": padded(people)})
    return {
        person: SealedAddress(sealed, WrappedKey(person, wrapped, master))
        for person, wrapped, master, sealed in rows
    }


async def every_key(connection: AsyncConnection) -> list[WrappedKey]:
    """The keys of all people."""
    return [WrappedKey(*row) for row in await connection.execute(_KEYS)]


class DataKeys:
    """All data keys, for changing the master key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def masters(self) -> dict[str, int]:
        """How many keys each master key wraps, by its id."""
        async with self._database.reading() as connection:
            return dict((await connection.execute(_MASTERS)).all())

    async def under_others(self, current: str, after: str, limit: int) -> list[WrappedKey]:
        """At most `limit` keys that another master key than `current` wraps, of people after `after`."""
        async with self._database.reading() as connection:
            asked = {"current": current, "after": after, "limit": limit}
            return [WrappedKey(*row) for row in await connection.execute(_UNDER_OTHERS, asked)]

    async def replace(self, pairs: Sequence[tuple[WrappedKey, WrappedKey]]) -> int:
        """Put the second of each pair where the first still is, in one transaction; how many were."""
        replaced = 0
        async with self._database.writing() as connection:
            for old, new in pairs:
                values = {"person": old.participant, "was": old.wrapped}
                done = await connection.execute(
                    _REPLACE, values | {"becomes": new.wrapped, "under": new.master}
                )
                replaced += done.rowcount
        return replaced
