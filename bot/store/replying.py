"""Official replies: kept with the suggestion, and written to the person who asked to be told.

One rule: a reply, what its suggestion says of it, and the letter are one transaction.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import asdict, replace
from sqlalchemy import bindparam, insert, select, update

from bot.dialogue import Message, SuggestionStatus
from bot.store.commits import letter_row
from bot.store.database import Database, lock
from bot.store.office import replies
from bot.store.schema import outbox, suggestions


class Reply(Struct, frozen=True, kw_only=True):
    """An official reply. `receipt` is the suggestion's; `told` whether its person was written to."""

    id: str
    receipt: str
    text: str
    author: str
    at: datetime
    told: bool = False


_CURRENT: Final = select(
    suggestions.c.id, suggestions.c.participant, suggestions.c.channel, suggestions.c.tell
).where(
    suggestions.c.receipt == bindparam("receipt"),
    suggestions.c.replaced_at.is_(None),
    suggestions.c.status != SuggestionStatus.WITHDRAWN,
)
_STATUS: Final = (
    update(suggestions)
    .where(suggestions.c.id == bindparam("suggestion"))
    .values(status=bindparam("becomes", type_=suggestions.c.status.type))
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

        `pulling` names the channels whose people fetch their messages. None when there is no such
        suggestion any more: it was withdrawn, or its person was erased.
        """
        async with self._database.writing() as connection:
            found = (await connection.execute(_CURRENT, {"receipt": reply.receipt})).one_or_none()
            if found is None:
                return None
            await lock(connection, [found.participant])
            # What was read before the person was locked may be outdated.
            found = (await connection.execute(_CURRENT, {"receipt": reply.receipt})).one_or_none()
            if found is None:
                return None
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
            found = (await connection.execute(_CURRENT, {"receipt": receipt})).one_or_none()
            if found is None:
                return False
            await lock(connection, [found.participant])
            done = await connection.execute(_STATUS, {"suggestion": found.id, "becomes": status})
        return bool(done.rowcount)

    async def of(self, receipt: str) -> list[Reply]:
        """The replies to a suggestion, oldest first."""
        async with self._database.reading() as connection:
            rows = await connection.execute(_OF, {"receipt": receipt})
            return [Reply(**row._mapping) for row in rows]
