"""Letters to people: leased by workers that push, read by channels that pull.

One rule: of one person's letters only the oldest unsettled one may be in anyone's hands, so that
they arrive in order and never two at once. Each channel has workers of its own: one whose platform is
silent has its hands full, and the others have theirs free.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import bindparam, case, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogue import Message
from bot.store.database import Database
from bot.store.farewell import ERASED_AMONG, ERASED_OF, part
from bot.store.keys import SealedAddress, addresses_of
from bot.store.schema import outbox, participants
from bot.store.statements import padded
from bot.store.states import LetterState, Via


class Leased(Struct, frozen=True, kw_only=True):
    """A letter in the hands of one worker.

    `id` is the event's id. `address` is None when there is none any more. `sent` is how many of
    the messages earlier attempts settled; `attempt` counts from 1 and must come back in the `Settlement`.
    `via` is a `Via` or "": how the attempt before went, DOUBT when nobody settled it.
    """

    id: str
    participant: str
    channel: str
    address: SealedAddress | None
    messages: tuple[Message, ...]
    reply: str
    sent: int
    attempt: int
    created_at: datetime
    via: str


class Terms(Struct, frozen=True):
    """What a worker leases: at most `limit` letters of a channel, its own for `seconds` and then due again.

    Those written before `push_before` are to be pushed, which is written down with the lease. `unsure` are
    the ends of leases whose transactions failed to say whether they were committed: nobody has those letters.
    """

    channel: str
    limit: int
    seconds: float
    push_before: datetime | None = None
    unsure: Sequence[datetime] = ()


class Settlement(Struct, frozen=True, kw_only=True):
    """What became of a leased letter.

    `state` is SENT, UNKNOWN, GONE or PARKED; or WAITING, and then `retry_at` says until when. `detail`
    says why for an operator, without an id or a person's text. `via` is a `Via`, or "".
    """

    id: str
    attempt: int
    state: LetterState
    sent: int
    retry_at: datetime | None = None
    detail: str = ""
    via: str = ""


class KeptLetter(Struct, frozen=True):
    """A letter a pulling channel reads; `seq` rises within one person."""

    seq: int
    id: str
    messages: tuple[Message, ...]


_earlier = outbox.alias("earlier")

#: The oldest unsettled letter of its person.
_FIRST: Final = outbox.c.settled_at.is_(None) & ~exists().where(
    _earlier.c.participant == outbox.c.participant,
    _earlier.c.settled_at.is_(None),
    _earlier.c.seq < outbox.c.seq,
)

#: Nobody settled the attempt before. (A push is safe to repeat.)
_LOST: Final = (outbox.c.state == LetterState.LEASED) & (outbox.c.via != Via.PUSH)

#: Too old for a reply, and nothing of it can have been shown.
_TO_PUSH: Final = (outbox.c.created_at < bindparam("push_before")) & (outbox.c.via != Via.DOUBT)

_FREE: Final = (
    select(outbox.c.seq)
    .where(_FIRST, outbox.c.channel == bindparam("through"), outbox.c.due_at <= bindparam("now"))
    .order_by(outbox.c.due_at, outbox.c.seq)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
    .cte("free")
)
_LEASE: Final = (
    update(outbox)
    .where(outbox.c.seq.in_(select(_FREE.c.seq)))
    .values(
        state=LetterState.LEASED,
        due_at=bindparam("until"),
        attempt=outbox.c.attempt + 1,
        # Still leased: whoever had it is dead, and what they sent may have been shown.
        via=case((_LOST, Via.DOUBT), (_TO_PUSH, Via.PUSH), else_=outbox.c.via),
    )
    .returning(
        outbox.c.seq,
        outbox.c.id,
        outbox.c.participant,
        outbox.c.channel,
        outbox.c.messages,
        outbox.c.reply,
        outbox.c.sent,
        outbox.c.attempt,
        outbox.c.created_at,
        outbox.c.via,
    )
)

#: By the microsecond at which its lease ends a letter is known to be this worker's.
_RELEASE: Final = (
    update(outbox)
    .where(
        outbox.c.settled_at.is_(None),
        outbox.c.state == LetterState.LEASED,
        outbox.c.channel == bindparam("through"),
        outbox.c.due_at.in_(bindparam("ends", expanding=True)),
    )
    .values(state=LetterState.WAITING, due_at=bindparam("now"))
)

#: A letter that somebody else leased meanwhile is theirs to settle.
_HELD: Final = (
    outbox.c.id == bindparam("letter"),
    outbox.c.attempt == bindparam("held"),
    outbox.c.state == LetterState.LEASED,
)
_AGAIN: Final = update(outbox).where(*_HELD)
_PARK: Final = _AGAIN.values(reply=None)
_SETTLE: Final = _AGAIN.values(reply=None, messages=None)

_DUE: Final = select(func.min(outbox.c.due_at)).where(_FIRST, outbox.c.channel == bindparam("through"))
_PARKED: Final = select(func.count()).select_from(outbox).where(outbox.c.state == LetterState.PARKED)

_KEPT: Final = (
    outbox.c.participant == bindparam("person"),
    outbox.c.state == LetterState.KEPT,
    outbox.c.messages.is_not(None),
)
_LETTERS: Final = select(outbox.c.seq, outbox.c.id, outbox.c.messages)
_SINCE: Final = _LETTERS.where(*_KEPT, outbox.c.seq > bindparam("after")).order_by(outbox.c.seq)
_LATEST: Final = _LETTERS.where(*_KEPT).order_by(outbox.c.seq.desc()).limit(1)
_NEWEST: Final = (
    select(func.max(_earlier.c.seq)).where(_earlier.c.participant == bindparam("person")).scalar_subquery()
)
_ERASED: Final = exists().where(participants.c.id == outbox.c.participant, participants.c.forget.is_(True))
_CONFIRM: Final = (
    update(outbox)
    .where(*_KEPT, outbox.c.seq <= bindparam("upto"), or_(outbox.c.seq < _NEWEST, _ERASED))
    .values(messages=None, reply=None)
)


class Outbox:
    """The letters."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def turn_over(
        self, settlements: Sequence[Settlement], now: datetime, terms: Terms
    ) -> tuple[list[Leased], datetime | None]:
        """Settle, then lease, in one transaction; and when a letter of the channel may next be leased.

        That is None when none waits, and where as many letters as may be were leased: then nobody looked.
        Those leased are the oldest that are due, one a person.
        """
        async with self._database.writing() as connection:
            if terms.unsure:
                await connection.execute(
                    _RELEASE, {"through": terms.channel, "now": now, "ends": terms.unsure}
                )
            if settlements:
                await _settle(connection, settlements, now)
            letters = await _lease(connection, now, terms) if terms.limit else []
            due = None if len(letters) == terms.limit else await _next_due(connection, terms.channel, now)
        return letters, due

    async def parked(self) -> int:
        """How many letters wait for an operator."""
        async with self._database.reading() as connection:
            return await connection.scalar(_PARKED) or 0

    async def since(self, participant: str, after: int) -> list[KeptLetter]:
        """The person's kept letters with `seq` over `after`, oldest first."""
        async with self._database.reading() as connection:
            rows = await connection.execute(_SINCE, {"person": participant, "after": after})
            return [KeptLetter(*row) for row in rows]

    async def latest(self, participant: str) -> KeptLetter | None:
        """The person's newest kept letter; None when there is none."""
        async with self._database.reading() as connection:
            row = (await connection.execute(_LATEST, {"person": participant})).first()
            return None if row is None else KeptLetter(*row)

    async def confirm(self, participant: str, upto: int) -> None:
        """Delete the words of the person's letters up to `upto`.

        The newest stays for a page that forgot, unless the person was erased: then reading it is the end.
        """
        async with self._database.writing() as connection:
            await connection.execute(_CONFIRM, {"person": participant, "upto": upto})
            erased = await connection.execute(ERASED_OF, {"person": participant})
            await part(connection, erased.scalars().all())


async def _lease(connection: AsyncConnection, now: datetime, terms: Terms) -> list[Leased]:
    values = {"through": terms.channel, "now": now, "limit": terms.limit}
    values |= {"until": now + timedelta(seconds=terms.seconds), "push_before": terms.push_before}
    rows = (await connection.execute(_LEASE, values)).all()
    if not rows:
        return []
    known = await addresses_of(connection, {row.participant for row in rows})
    return [
        Leased(
            id=row.id,
            participant=row.participant,
            channel=row.channel,
            address=known.get(row.participant),
            messages=row.messages,
            reply=row.reply,
            sent=row.sent,
            attempt=row.attempt,
            created_at=row.created_at,
            via=row.via,
        )
        for row in sorted(rows, key=lambda row: row.seq)
    ]


async def _settle(connection: AsyncConnection, settlements: Sequence[Settlement], now: datetime) -> None:
    """Write down what became of letters.

    What a settled letter said is deleted; a parked one keeps its words for the operator. One that is no
    longer leased under this attempt is left alone.
    """
    for statement, states in (
        (_AGAIN, {LetterState.WAITING}),
        (_PARK, {LetterState.PARKED}),
        (_SETTLE, {LetterState.SENT, LetterState.UNKNOWN, LetterState.GONE}),
    ):
        rows = [_settled(s, now) for s in settlements if s.state in states]
        if rows:
            await connection.execute(statement, rows)
    letters = {"letters": padded(s.id for s in settlements)}
    await part(connection, (await connection.execute(ERASED_AMONG, letters)).scalars().all())


async def _next_due(connection: AsyncConnection, channel: str, now: datetime) -> datetime | None:
    due: datetime | None = await connection.scalar(_DUE, {"through": channel})
    return None if due is None else max(now, due)


def _settled(settlement: Settlement, now: datetime) -> dict[str, Any]:
    again = settlement.state is LetterState.WAITING
    return {
        "letter": settlement.id,
        "held": settlement.attempt,
        "state": settlement.state,
        "sent": settlement.sent,
        "due_at": settlement.retry_at if again and settlement.retry_at else now,
        "settled_at": None if again else now,
        "detail": settlement.detail,
        "via": settlement.via,
    }
