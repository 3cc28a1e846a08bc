"""Official replies: kept with the suggestion, and written to the person who asked to be told.

One rule: a reply, what its suggestion says of it, and the letter are one transaction.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import asdict, replace
from sqlalchemy import bindparam, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogue import Message, SuggestionStatus
from bot.store.commits import letter_row
from bot.store.database import Database, lock
from bot.store.office import replies
from bot.store.schema import outbox, participants, suggestions


class Reply(Struct, frozen=True, kw_only=True):
    """An official reply. `receipt` is the suggestion's; `told` whether its person was written to."""

    id: str
    receipt: str
    text: str
    author: str
    at: datetime
    told: bool = False


class Standing(Struct, frozen=True):
    """A suggestion that may be dealt with: whose it is, through which channel, whether they want news."""

    id: str
    participant: str
    channel: str
    tell: bool


#: Asked of one suggestion after another, because whoever looks at few must not look through everybody.
UNRESTRICTED: Final = ~exists().where(
    participants.c.id == suggestions.c.participant, participants.c.restricted.is_(True)
)

_CURRENT: Final = select(
    suggestions.c.id, suggestions.c.participant, suggestions.c.channel, suggestions.c.tell
).where(
    suggestions.c.receipt == bindparam("receipt"),
    suggestions.c.replaced_at.is_(None),
    suggestions.c.status != SuggestionStatus.WITHDRAWN,
    UNRESTRICTED,
)
_STATUS: Final = (
    update(suggestions)
    .where(suggestions.c.id == bindparam("suggestion"))
    .values(status=bindparam("becomes", type_=suggestions.c.status.type))
)
_SENT: Final = select(*(replies.c[name] for name in Reply.__struct_fields__)).where(
    replies.c.id == bindparam("reply")
)
_ANSWER: Final = _STATUS.values(reply=bindparam("words"))
_REPLY: Final = insert(replies)
_LETTER: Final = insert(outbox)
_OF: Final = (
    select(*(replies.c[name] for name in Reply.__struct_fields__))
    .where(replies.c.receipt == bindparam("receipt"))
    .order_by(replies.c.at, replies.c.id)
)


class Replies:
    """What the secretariat says to suggestions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, reply: Reply, letter: tuple[Message, ...], pulling: Collection[str]) -> Reply | None:
        """Keep a reply, and send `letter` if the person asked to be told; the reply as it was kept.

        `pulling` names the channels whose people fetch their messages. A reply whose id is kept already
        is not sent again. None when there is no such suggestion any more: it was withdrawn, its person
        was erased, or asked that nothing be done with what they said.
        """
        async with self._database.writing() as connection:
            found = await standing(connection, reply.receipt)
            if found is None:
                return None
            sent = (await connection.execute(_SENT, {"reply": reply.id})).one_or_none()
            if sent is not None:
                return Reply(**sent._mapping)
            kept = replace(reply, told=found.tell)
            answered = {"suggestion": found.id, "becomes": SuggestionStatus.ANSWERED, "words": reply.text}
            await connection.execute(_ANSWER, answered)
            await connection.execute(_REPLY, asdict(kept))
            if found.tell:
                pulls = found.channel in pulling
                row = letter_row(
                    f"reply:{reply.id}", found.participant, found.channel, letter, reply.at, pulls
                )
                await connection.execute(_LETTER, row)
        return kept

    async def mark(self, receipt: str, status: SuggestionStatus) -> bool:
        """Say how far the secretariat is with a suggestion; whether there is one."""
        async with self._database.writing() as connection:
            found = await standing(connection, receipt)
            if found is None:
                return False
            done = await connection.execute(_STATUS, {"suggestion": found.id, "becomes": status})
        return bool(done.rowcount)

    async def of(self, receipt: str) -> list[Reply]:
        """The replies to a suggestion, oldest first."""
        async with self._database.reading() as connection:
            rows = await connection.execute(_OF, {"receipt": receipt})
            return [Reply(**row._mapping) for row in rows]


async def standing(connection: AsyncConnection, receipt: str) -> Standing | None:
    """The suggestion with this receipt, its person locked until the transaction ends; None if it is gone."""
    asked = {"receipt": receipt}
    found = (await connection.execute(_CURRENT, asked)).one_or_none()
    if found is None:
        return None
    await lock(connection, [found.participant])
    # What was read before the person was locked may be outdated.
    found = (await connection.execute(_CURRENT, asked)).one_or_none()
    return Standing(*found) if found else None
