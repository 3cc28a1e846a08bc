"""What whoever runs the machine must see and may decide: what waits, what was set aside, what it costs.

One rule: what was said and who said it stays inside. A sealed event leaves only to be opened and taken in.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Table,
    bindparam,
    delete,
    exists,
    func,
    select,
    tuple_,
    update,
)

from bot.dialogue import Purpose
from bot.store import migrate
from bot.store.bookkeeping import audit
from bot.store.database import Database
from bot.store.keys import WrappedKey, keys_of
from bot.store.schema import consents, fetches, outbox, participants, quarantine
from bot.store.statements import padded
from bot.store.states import LetterState


class Waiting(Struct, frozen=True):
    """How many wait, and since when the oldest does, by our clock."""

    count: int
    since: datetime | None


class SetAside(Struct, frozen=True, kw_only=True):
    """An event in quarantine, without what is in it. `known` says whether it could be read, so that its
    person is known and it can be taken in again."""

    id: str
    channel: str
    at: datetime
    error: str
    known: bool


class SealedEvent(Struct, frozen=True):
    """An event in quarantine, to be opened with the key of its person."""

    id: str
    channel: str
    sealed: bytes
    key: WrappedKey


class ParkedLetter(Struct, frozen=True, kw_only=True):
    """A letter that waits for an operator. `whole` says that there are words and somebody to send them to."""

    id: str
    channel: str
    created_at: datetime
    attempt: int
    detail: str
    whole: bool


class Schema(Struct, frozen=True):
    """The database as it is: "sqlite" or "postgresql", the version of that, the revision of the schema."""

    kind: str
    version: str
    revision: str


def _waiting(table: Table, *which: ColumnElement[bool]) -> Any:
    created = table.c.created_at
    return select(func.count(), func.min(created, type_=created.type)).select_from(table).where(*which)


_LETTERS_WAITING: Final = _waiting(outbox, outbox.c.settled_at.is_(None))
_FILES_WAITING: Final = _waiting(fetches)

_COUNT_ASIDE: Final = select(func.count()).select_from(quarantine)
_ASIDE: Final = (
    select(
        quarantine.c.id,
        quarantine.c.channel,
        quarantine.c.at,
        quarantine.c.error,
        quarantine.c.participant.is_not(None).label("known"),
    )
    .order_by(quarantine.c.at, quarantine.c.id)
    .limit(bindparam("limit"))
)
_SEALED: Final = select(quarantine.c.channel, quarantine.c.participant, quarantine.c.sealed).where(
    quarantine.c.id == bindparam("event")
)
_DISCARD: Final = delete(quarantine).where(quarantine.c.id.in_(bindparam("events", expanding=True)))

#: A parked letter has words until they are old, and a person until they are erased.
_WHOLE: Final = outbox.c.messages.is_not(None) & outbox.c.participant.is_not(None)
_IS_PARKED: Final = outbox.c.state == LetterState.PARKED
_PARKED: Final = (
    select(
        outbox.c.id,
        outbox.c.channel,
        outbox.c.created_at,
        outbox.c.attempt,
        outbox.c.detail,
        _WHOLE.label("whole"),
    )
    .where(_IS_PARKED)
    .order_by(outbox.c.seq)
    .limit(bindparam("limit"))
)
_LETTERS: Final[BindParameter[str]] = bindparam("letters", expanding=True)
_other = outbox.alias("other")
#: What is on its way, or about to be, to people with a parked letter: nobody else leases it meanwhile.
_ON_ITS_WAY: Final = (
    select(outbox.c.seq)
    .where(
        outbox.c.settled_at.is_(None),
        outbox.c.participant.in_(select(_other.c.participant).where(_other.c.id.in_(_LETTERS))),
    )
    .order_by(outbox.c.seq)
    .with_for_update()
)
#: Not while a newer one is on its way: of one person's letters one at a time is in anyone's hands. The count
#: of attempts goes on, so that a worker which still holds an earlier one settles nothing.
_AGAIN: Final = (
    update(outbox)
    .where(
        outbox.c.id.in_(_LETTERS),
        _IS_PARKED,
        _WHOLE,
        ~exists().where(
            _other.c.participant == outbox.c.participant,
            _other.c.settled_at.is_(None),
            _other.c.state == LetterState.LEASED,
        ),
    )
    .values(state=LetterState.WAITING, settled_at=None, due_at=bindparam("now", type_=outbox.c.due_at.type))
)
_DROP: Final = (
    update(outbox)
    .where(outbox.c.id.in_(_LETTERS), _IS_PARKED)
    .values(state=LetterState.GONE, messages=None, reply=None)
)

_PUSHES: Final = (
    select(func.count())
    .select_from(outbox)
    .where(
        outbox.c.via == "push",
        outbox.c.state.in_((LetterState.SENT, LetterState.UNKNOWN)),
        outbox.c.settled_at >= bindparam("since", type_=outbox.c.settled_at.type),
    )
)

_newer = consents.alias("newer")
#: People whose newest word on news is yes under this notice, and who did not ask to be left alone.
_READERS: Final = (
    select(participants.c.channel, func.count())
    .select_from(consents.join(participants))
    .where(
        consents.c.purpose == Purpose.NEWS,
        consents.c.given.is_(True),
        consents.c.notice == bindparam("notice"),
        participants.c.forget.is_(False),
        participants.c.restricted.is_(False),
        ~exists().where(
            _newer.c.participant == consents.c.participant,
            _newer.c.purpose == consents.c.purpose,
            tuple_(_newer.c.at, _newer.c.id) > tuple_(consents.c.at, consents.c.id),
        ),
    )
    .group_by(participants.c.channel)
    .order_by(participants.c.channel)
)

_LAST: Final = select(audit.c.at).where(audit.c.act == bindparam("act")).order_by(audit.c.seq.desc()).limit(1)


class Operations:
    """What waits for an operator, and what they may do about it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def letters(self) -> Waiting:
        """The letters that are still to be sent."""
        return Waiting(*await self._row(_LETTERS_WAITING))

    async def files(self) -> Waiting:
        """The files that are still to be fetched from a platform."""
        return Waiting(*await self._row(_FILES_WAITING))

    # Quarantine

    async def set_aside(self, limit: int) -> tuple[int, list[SetAside]]:
        """How many events are in quarantine, and the oldest of them."""
        async with self._database.reading() as connection:
            count = await connection.scalar(_COUNT_ASIDE) or 0
            rows = await connection.execute(_ASIDE, {"limit": limit})
            return count, [SetAside(**{**row._mapping, "known": bool(row.known)}) for row in rows]

    async def sealed(self, id_: str) -> SealedEvent | None:
        """An event that can be opened; None when there is none, or nobody's key opens it any more."""
        async with self._database.reading() as connection:
            row = (await connection.execute(_SEALED, {"event": id_})).one_or_none()
            if row is None or row.participant is None:
                return None
            key = (await keys_of(connection, [row.participant])).get(row.participant)
        return SealedEvent(id_, row.channel, row.sealed, key) if key else None

    async def discard(self, ids: Sequence[str]) -> int:
        """Delete events from quarantine; how many it was."""
        return await self._write(_DISCARD, events=padded(ids)) if ids else 0

    # Parked letters

    async def parked(self, limit: int) -> list[ParkedLetter]:
        """The oldest letters that wait for an operator; `Outbox.parked` counts them."""
        async with self._database.reading() as connection:
            rows = await connection.execute(_PARKED, {"limit": limit})
            return [ParkedLetter(**{**row._mapping, "whole": bool(row.whole)}) for row in rows]

    async def send_again(self, ids: Sequence[str], now: datetime) -> int:
        """Have parked letters sent once more; how many can be."""
        if not ids:
            return 0
        async with self._database.writing() as connection:
            letters = {"letters": padded(ids)}
            await connection.execute(_ON_ITS_WAY, letters)
            return int((await connection.execute(_AGAIN, {**letters, "now": now})).rowcount)

    async def drop(self, ids: Sequence[str]) -> int:
        """Let parked letters go with their words; how many it was."""
        return await self._write(_DROP, letters=padded(ids)) if ids else 0

    # What it costs

    async def pushes(self, since: datetime) -> int:
        """Letters that went as a push since then, or may have; each was one of the month's."""
        return int((await self._row(_PUSHES, since=since))[0])

    async def readers(self, notice: str) -> dict[str, int]:
        """How many people want news under this notice, by channel."""
        async with self._database.reading() as connection:
            rows = await connection.execute(_READERS, {"notice": notice})
            return {row[0]: row[1] for row in rows}

    # How it is

    async def last(self, act: str) -> datetime | None:
        """When this was last noted in the audit log."""
        async with self._database.reading() as connection:
            moment: datetime | None = await connection.scalar(_LAST, {"act": act})
        return moment

    async def schema(self) -> Schema:
        """The database, its version and the revision of its schema ("" for none)."""
        async with self._database.reading() as connection:
            version = ".".join(map(str, connection.dialect.server_version_info or ()))
            revision = await migrate.revision_of(connection)
            return Schema(connection.dialect.name, version, revision or "")

    async def _row(self, query: Any, **values: object) -> Any:
        async with self._database.reading() as connection:
            return (await connection.execute(query, values)).one()

    async def _write(self, statement: Any, **values: object) -> int:
        async with self._database.writing() as connection:
            return int((await connection.execute(statement, values)).rowcount)
