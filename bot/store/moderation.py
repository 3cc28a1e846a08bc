"""The moderation log: which texts are hidden from view, and why.

One rule: a flag is a line of the log. It changes no record, and takes nothing out of storage or counts.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct
from msgspec.structs import asdict, replace
from sqlalchemy import bindparam, func, insert, select, union_all

from bot.store.counts import SENT
from bot.store.database import Database, lock
from bot.store.office import moderations
from bot.store.schema import answers, suggestions
from bot.store.statements import padded
from bot.store.states import Flag


class Moderation(Struct, frozen=True, kw_only=True):
    """A line of the log. `subject` is the receipt of a suggestion or the id of an answer."""

    id: str
    subject: str
    flag: Flag
    reason: str
    author: str
    at: datetime


_WHOSE: Final = union_all(
    select(suggestions.c.participant).where(*SENT, suggestions.c.receipt == bindparam("subject")),
    select(answers.c.participant).where(answers.c.id == bindparam("subject")),
)
_ADD: Final = insert(moderations)
_NEWEST: Final = select(func.max(moderations.c.at, type_=moderations.c.at.type)).where(
    moderations.c.subject == bindparam("subject")
)
_OF: Final = (
    select(*(moderations.c[name] for name in Moderation.__struct_fields__))
    .where(moderations.c.subject == bindparam("subject"))
    .order_by(moderations.c.at)
)
_LINES: Final = (
    select(*(moderations.c[name] for name in Moderation.__struct_fields__))
    .where(moderations.c.subject.in_(bindparam("subjects", expanding=True)))
    .order_by(moderations.c.at)
)
_FLAGS: Final = (
    select(moderations.c.subject, moderations.c.flag)
    .where(moderations.c.subject.in_(bindparam("subjects", expanding=True)))
    .order_by(moderations.c.at)
)


class Moderations:
    """The moderation log of a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, moderation: Moderation) -> Moderation | None:
        """Add a line, later than every line about the same subject; the line as it is stored.

        None when there is no such suggestion or answer any more.
        """
        subject = {"subject": moderation.subject}
        async with self._database.writing() as connection:
            if (person := await connection.scalar(_WHOSE, subject)) is None:
                return None
            await lock(connection, [person])
            # What was read before the person was locked may be outdated.
            if await connection.scalar(_WHOSE, subject) != person:
                return None
            newest = await connection.scalar(_NEWEST, subject)
            at = max(moderation.at, newest + timedelta(microseconds=1)) if newest else moderation.at
            kept = replace(moderation, at=at)
            await connection.execute(_ADD, asdict(kept))
        return kept

    async def of(self, subject: str) -> list[Moderation]:
        """What was flagged and cleared, oldest first."""
        async with self._database.reading() as connection:
            rows = await connection.execute(_OF, {"subject": subject})
            return [Moderation(**row._mapping) for row in rows]

    async def newest(self, subjects: Collection[str]) -> dict[str, Moderation]:
        """The newest line about each of these subjects that has any."""
        if not subjects:
            return {}
        async with self._database.reading() as connection:
            rows = await connection.execute(_LINES, {"subjects": padded(subjects)})
            return {row.subject: Moderation(**row._mapping) for row in rows}

    async def hidden(self, subjects: Collection[str]) -> set[str]:
        """Those of these subjects whose newest line hides them."""
        async with self._database.reading() as connection:
            lines = await connection.execute(_FLAGS, {"subjects": padded(subjects)})
            newest = dict(lines.all())
        return {subject for subject, flag in newest.items() if flag is Flag.HIDDEN}
