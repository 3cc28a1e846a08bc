"""How much there is of everything."""

from typing import Any, Final

from msgspec import Struct
from sqlalchemy import Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogue import Outcome, SuggestionStatus
from bot.store.schema import answers, fetches, files, outbox, participants, quarantine, suggestions
from bot.store.states import LetterState


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


def _count(table: Table, *which: Any) -> Any:
    return select(func.count()).select_from(table).where(*which).scalar_subquery()


_COUNTS: Final = select(
    _count(participants).label("participants"),
    _count(answers, answers.c.replaced_at.is_(None), answers.c.outcome == Outcome.ANSWERED).label("answers"),
    _count(
        suggestions, suggestions.c.replaced_at.is_(None), suggestions.c.status != SuggestionStatus.WITHDRAWN
    ).label("suggestions"),
    _count(files).label("files"),
    _count(fetches).label("fetches"),
    _count(outbox, outbox.c.settled_at.is_(None)).label("waiting"),
    _count(outbox, outbox.c.state == LetterState.PARKED).label("parked"),
    _count(quarantine).label("quarantined"),
)


async def count(connection: AsyncConnection) -> Counts:
    """Count everything, at one moment."""
    return Counts(**(await connection.execute(_COUNTS)).one()._mapping)
