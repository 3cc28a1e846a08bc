"""Demo people: known by their ids, counted apart, and gone without a trace.

One rule: whatever is of a demo person has an id that begins with DEMO, which no id of a real one does, so
that nothing that is not marked is ever touched.
"""

from typing import Final

from sqlalchemy import ColumnElement, and_, delete, func, select, union

from bot.store.database import Database, lock
from bot.store.office import moderations, replies, tags
from bot.store.schema import (
    addresses,
    answers,
    consents,
    data_keys,
    events,
    fetches,
    files,
    outbox,
    participants,
    quarantine,
    requests,
    suggestions,
)

#: What the ids of demo people and of their events begin with. Pseudonyms begin with "p", people without a
#: link with "anon-", events with the name of their channel.
DEMO: Final = "demo"


def is_demo(column: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the id in this column is a demo person's, or their event's.

    To the letter. The range is there for the indexes, and takes in more than it should under a collation
    that minds no case.
    """
    return and_(column >= DEMO, column < "demp", func.substr(column, 1, len(DEMO)) == DEMO)


_THEM: Final = select(participants.c.id).where(is_demo(participants.c.id))
_HOW_MANY: Final = select(func.count()).select_from(participants).where(is_demo(participants.c.id))
PRESENT: Final = _THEM.limit(1)

_SAID: Final = union(*(select(table.c.participant) for table in (answers, suggestions))).subquery()
_OTHERS: Final = select(func.count()).select_from(_SAID).where(~is_demo(_SAID.c.participant))

#: What the staff wrote of what they said names its receipt or its id.
_NAMES: Final = union(
    select(suggestions.c.receipt).where(is_demo(suggestions.c.participant)),
    *(select(table.c.id).where(is_demo(table.c.participant)) for table in (suggestions, answers)),
)
#: In this order: what names a record before the record, and people last.
_REMOVE: Final = (
    *(
        delete(column.table).where(column.in_(_NAMES))
        for column in (replies.c.receipt, tags.c.receipt, moderations.c.subject)
    ),
    *(
        delete(table).where(is_demo(table.c.participant))
        for table in (
            *(answers, suggestions, consents, files, fetches, addresses, data_keys),
            *(events, requests, outbox, quarantine),
        )
    ),
    # Whoever erased everything is in no row any more, but in the ids of what they did.
    *(delete(table).where(is_demo(table.c.id)) for table in (events, requests, outbox, quarantine)),
    delete(participants).where(is_demo(participants.c.id)),
)


class Demonstrations:
    """The demo people of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def present(self) -> bool:
        """Whether there is any demo person."""
        async with self._database.reading() as connection:
            return await connection.scalar(PRESENT) is not None

    async def others(self) -> int:
        """How many people who are no demo people have answered or suggested something."""
        async with self._database.reading() as connection:
            return await connection.scalar(_OTHERS) or 0

    async def remove(self) -> int:
        """Delete every demo person and every trace of theirs, in one transaction; how many there were.

        Nothing is counted as withdrawn and nothing goes into the ledger of erasures: nobody took it back.
        """
        async with self._database.writing() as connection:
            await lock(connection, list((await connection.execute(_THEM)).scalars()))
            count = await connection.scalar(_HOW_MANY) or 0
            for statement in _REMOVE:
                await connection.execute(statement)
        return count
