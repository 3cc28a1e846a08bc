"""How much there is of everything."""

from typing import Any, Final

from msgspec import Struct
from sqlalchemy import Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogue import Outcome, SuggestionStatus
from bot.store.bookkeeping import withdrawals
from bot.store.exports import RESTRICTED
from bot.store.schema import answers, fetches, files, outbox, participants, quarantine, suggestions
from bot.store.states import LetterState
from bot.store.withdrawals import ANSWER, SUGGESTION


class Counts(Struct, frozen=True, kw_only=True):
    """How much there is.

    `answers` are current and say something about their question; `suggestions` are current and not
    withdrawn. `waiting` are letters still to be sent, `parked` those an operator must look at.
    """

    participants: int
    answers: int
    suggestions: int
    files: int
    fetches: int
    waiting: int
    parked: int
    quarantined: int


class LeftOut(Struct, frozen=True, kw_only=True):
    """How many answers and suggestions are not used, counted as in `Counts`.

    Withdrawn ones are no longer there: they were erased since the database was made, whatever question
    they were to. Restricted ones are kept for people who asked that nothing else be done with them.
    """

    answers_withdrawn: int
    suggestions_withdrawn: int
    answers_restricted: int
    suggestions_restricted: int


def _count(table: Table, *which: Any) -> Any:
    return select(func.count()).select_from(table).where(*which).scalar_subquery()


def _withdrawn(kind: str) -> Any:
    total = func.coalesce(func.sum(withdrawals.c.count), 0)
    return select(total).where(withdrawals.c.kind == kind).scalar_subquery()


#: Which answers and suggestions count: current ones that say something.
_SAID: Final = (answers.c.replaced_at.is_(None), answers.c.outcome == Outcome.ANSWERED)
SENT: Final = (suggestions.c.replaced_at.is_(None), suggestions.c.status != SuggestionStatus.WITHDRAWN)

_COUNTS: Final = select(
    _count(participants).label("participants"),
    _count(answers, *_SAID).label("answers"),
    _count(suggestions, *SENT).label("suggestions"),
    _count(files).label("files"),
    _count(fetches).label("fetches"),
    _count(outbox, outbox.c.settled_at.is_(None)).label("waiting"),
    _count(outbox, outbox.c.state == LetterState.PARKED).label("parked"),
    _count(quarantine).label("quarantined"),
)


_LEFT_OUT: Final = select(
    _withdrawn(ANSWER).label("answers_withdrawn"),
    _withdrawn(SUGGESTION).label("suggestions_withdrawn"),
    _count(answers, *_SAID, answers.c.participant.in_(RESTRICTED)).label("answers_restricted"),
    _count(suggestions, *SENT, suggestions.c.participant.in_(RESTRICTED)).label("suggestions_restricted"),
)


async def count(connection: AsyncConnection) -> Counts:
    """Count everything, at one moment."""
    return Counts(**(await connection.execute(_COUNTS)).one()._mapping)


async def left_out(connection: AsyncConnection) -> LeftOut:
    """Count what is left out, at one moment."""
    return LeftOut(**(await connection.execute(_LEFT_OUT)).one()._mapping)
