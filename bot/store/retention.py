"""What is kept for a while only, and goes when it is old.

One rule: the old rows are looked for while others write, and taken a few at a time, each time asking
again whether they are still old: nobody waits for a search.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple, TypeVar

from msgspec.structs import replace
from sqlalchemy import (
    ColumnElement,
    Executable,
    Select,
    Text,
    bindparam,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogue import Participant
from bot.store.database import Database, lock
from bot.store.farewell import ERASED_AMONG, part
from bot.store.schema import events, fetches, files, outbox, participants, quarantine, suggestions
from bot.store.statements import padded

T = TypeVar("T")

#: What was said to a person and may quote a text that is let go of; what is still to be sent stays.
_SAID: Final = (
    update(outbox)
    .where(outbox.c.participant == bindparam("person"), outbox.c.settled_at.is_not(None))
    .values(messages=None, reply=None)
)

#: Rows that are taken in one transaction; few, because the bot serves meanwhile.
BATCH: Final = 500
#: Rows that are looked for at once; their ids take a few megabytes.
_FOUND: Final = 50_000


class Kept(StrEnum):
    """What is kept for a while.

    QUARANTINED  events that could not be read or answered
    HELD         texts that wait for their person's word
    DRAFTS       suggestions that were never sent
    WORDS        what letters say that were read, or that nobody will send any more
    EVENTS       the ids by which a redelivery is known
    FETCHES      files that never came
    FILES        files that no suggestion and no draft holds
    """

    QUARANTINED = "quarantined"
    HELD = "held"
    DRAFTS = "drafts"
    WORDS = "words"
    EVENTS = "events"
    FETCHES = "fetches"
    FILES = "files"


class _Sweep(NamedTuple):
    """How many are old, which, and the statement that takes those of `rows` that still are."""

    how_many: Select[Any]
    find: Select[Any]
    take: Executable


def _sweep(key: ColumnElement[str], old: ColumnElement[bool], take: Any) -> _Sweep:
    return _Sweep(
        select(func.count(key)).where(old),
        select(key).where(old).limit(bindparam("limit")),
        take.where(key.in_(bindparam("rows", expanding=True)), old),
    )


def _remembers(field: str) -> ColumnElement[bool]:
    """Whether a field of the state holds an object; inside a text of the state its quotes are escaped."""
    state = type_coerce(participants.c.state, Text)
    return or_(state.contains(f'"{field}":{{'), state.contains(f'"{field}": {{'))


_BEFORE: Final = bindparam("before", type_=participants.c.updated_at.type)


def _names_file(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the JSON in a column names the file; LIKE would read an underscore of its id as any letter."""
    json = type_coerce(column, Text)
    return func.replace(json, literal('"') + files.c.id + literal('"'), "") != json


#: In a subquery of its own: on SQLite asking the age of a file reads all of its bytes.
_UNHELD: Final = select(files.c.id).where(
    ~exists().where(suggestions.c.participant == files.c.participant, _names_file(suggestions.c.attachments)),
    ~exists().where(participants.c.id == files.c.participant, _names_file(participants.c.state)),
)

_WORDS_OLD: Final = (
    outbox.c.settled_at.is_not(None)
    & (outbox.c.created_at < _BEFORE)
    & or_(outbox.c.messages.is_not(None), outbox.c.reply.is_not(None))
)
_FILES_OLD: Final = files.c.id.in_(_UNHELD) & (files.c.created_at < _BEFORE)

_SWEEPS: Final = {
    Kept.QUARANTINED: _sweep(quarantine.c.id, quarantine.c.at < _BEFORE, delete(quarantine)),
    Kept.WORDS: _sweep(outbox.c.id, _WORDS_OLD, update(outbox).values(messages=None, reply=None)),
    Kept.EVENTS: _sweep(events.c.id, events.c.seen_at < _BEFORE, delete(events)),
    Kept.FETCHES: _sweep(fetches.c.id, fetches.c.created_at < _BEFORE, delete(fetches)),
    Kept.FILES: _sweep(files.c.id, _FILES_OLD, delete(files)),
}

#: The field of the state that each of these lies in.
_FIELDS: Final = {Kept.HELD: "held", Kept.DRAFTS: "draft"}
_REMEMBERED: Final = {
    kept: (participants.c.updated_at < _BEFORE) & _remembers(field) for kept, field in _FIELDS.items()
}
_STATES: Final = {
    kept: select(participants.c.state).where(
        participants.c.id.in_(bindparam("rows", expanding=True)), remembered
    )
    for kept, remembered in _REMEMBERED.items()
}
_FORGET: Final = (
    update(participants)
    .where(participants.c.id == bindparam("person"))
    .values(state=bindparam("rest", type_=participants.c.state.type))
)


class Retention:
    """What is old, by kind."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self, kept: Kept, before: datetime) -> int:
        """How many of a kind are from before this moment, by our clock."""
        query = select(func.count()).where(_REMEMBERED[kept]) if kept in _FIELDS else _SWEEPS[kept].how_many
        async with self._database.reading() as connection:
            return await connection.scalar(query, {"before": before}) or 0

    async def purge(self, kept: Kept, before: datetime) -> int:
        """Delete what of a kind is from before this moment, by our clock; how many it was.

        A batch a transaction: what is done is done, whenever it is interrupted. Of very many, the first
        50,000; the next call finds the others.
        """
        done = 0
        for batch in batches(await self._old(kept, before), BATCH):
            values = {"rows": padded(batch), "before": before}
            async with self._database.writing() as connection:
                if kept in _FIELDS:
                    done += await _forget(connection, kept, values)
                else:
                    done += (await connection.execute(_SWEEPS[kept].take, values)).rowcount
                if kept is Kept.WORDS:
                    erased = await connection.execute(ERASED_AMONG, {"letters": padded(batch)})
                    await part(connection, erased.scalars().all())
        return done

    async def _old(self, kept: Kept, before: datetime) -> Sequence[str]:
        if kept in _FIELDS:
            query = select(participants.c.id).where(_REMEMBERED[kept]).limit(bindparam("limit"))
        else:
            query = _SWEEPS[kept].find
        async with self._database.reading() as connection:
            rows = await connection.execute(query, {"before": before, "limit": _FOUND})
            return rows.scalars().all()


async def _forget(connection: AsyncConnection, kept: Kept, values: dict[str, Any]) -> int:
    """Take a field from the state of people, and the words of letters that may quote it."""
    await lock(connection, set(values["rows"]))
    states: Sequence[Participant] = (await connection.execute(_STATES[kept], values)).scalars().all()
    if states:
        rest = [{"person": s.id, "rest": replace(s, **{_FIELDS[kept]: None})} for s in states]
        await connection.execute(_FORGET, rest)
        await connection.execute(_SAID, [{"person": state.id} for state in states])
    return len(states)


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items, at most `size` at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))
