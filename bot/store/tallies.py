"""How many took part, and what became of the questions: numbers for the overview, at one moment.

One rule: of people who asked that nothing be done with what they said but keep it, nothing is in here;
`LeftOut` counts them.
"""

from datetime import date
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, case, func, literal_column, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogue import Outcome, SuggestionStatus
from bot.store.counts import LeftOut, left_out
from bot.store.database import Database
from bot.store.exports import RESTRICTED
from bot.store.records import DIALECTS
from bot.store.schema import answers, suggestions

#: What the group of an account is called whose records name several: it answers again as another.
SEVERAL: Final = "several"


class Turnout(Struct, frozen=True):
    """Accounts that answered, opted out or suggested: `day` is that of the first of it, on Thailand's clock.

    `group` is "" where none was said, and SEVERAL where several were.
    """

    group: str
    channel: str
    day: date
    accounts: int


class Outcomes(Struct, frozen=True):
    """How many current answers to one question, in whatever wording, have one outcome."""

    clause: str
    question: str
    outcome: Outcome
    count: int


class Reached(Struct, frozen=True):
    """How many accounts answered or opted out of exactly these questions of a clause."""

    clause: str
    group: str
    questions: frozenset[str]
    accounts: int


class Tally(Struct, frozen=True, kw_only=True):
    """Everything that the overview counts."""

    turnout: tuple[Turnout, ...]
    outcomes: tuple[Outcomes, ...]
    reached: tuple[Reached, ...]
    suggestions: dict[SuggestionStatus, int]
    left_out: LeftOut


_ANSWERS: Final = (answers.c.replaced_at.is_(None), answers.c.participant.not_in(RESTRICTED))
_SUGGESTIONS: Final = (suggestions.c.replaced_at.is_(None), suggestions.c.participant.not_in(RESTRICTED))
_SENT: Final = suggestions.c.status != SuggestionStatus.WITHDRAWN


def _one_group(lowest: ColumnElement[Any], highest: ColumnElement[Any]) -> ColumnElement[Any]:
    """The group of several records; those that name none leave it to the others."""
    return case(
        (lowest.is_(None), literal_column("''")),
        (lowest == highest, lowest),
        else_=literal_column(f"'{SEVERAL}'"),
    )


def _day(moment: ColumnElement[Any], dialect: str) -> ColumnElement[Any]:
    """The day of a moment on Thailand's clock, as YYYY-MM-DD."""
    if dialect == "sqlite":
        return func.date(moment, "+7 hours")
    return func.to_char(func.timezone("Asia/Bangkok", moment), "YYYY-MM-DD")


def _turnout(dialect: str) -> Select[Any]:
    # Answers are gathered by account before suggestions join them: few rows are left to sort.
    parts = [
        select(
            table.c.participant,
            func.min(table.c.group).label("lowest"),
            func.max(table.c.group).label("highest"),
            func.min(table.c.channel).label("channel"),
            func.min(table.c.at, type_=table.c.at.type).label("first"),
        )
        .where(*which)
        .group_by(table.c.participant)
        for table, which in ((answers, _ANSWERS), (suggestions, (*_SUGGESTIONS, _SENT)))
    ]
    acts = union_all(*parts).subquery()
    accounts = (
        select(
            _one_group(func.min(acts.c.lowest), func.max(acts.c.highest)).label("group"),
            func.min(acts.c.channel).label("channel"),
            _day(func.min(acts.c.first), dialect).label("day"),
        )
        .group_by(acts.c.participant)
        .subquery()
    )
    return select(accounts, func.count()).group_by(*accounts.c).order_by(accounts.c.day)


_TURNOUT: Final = {dialect: _turnout(dialect) for dialect in DIALECTS}
_OUTCOMES: Final = (
    select(answers.c.clause, answers.c.question, answers.c.version, answers.c.outcome, func.count())
    .where(*_ANSWERS)
    .group_by(answers.c.clause, answers.c.question, answers.c.version, answers.c.outcome)
)
_met = (
    select(
        answers.c.clause,
        func.coalesce(func.max(answers.c.group), "").label("group"),
        func.aggregate_strings(answers.c.question, " ").label("questions"),
    )
    .where(*_ANSWERS)
    .group_by(answers.c.participant, answers.c.clause)
    .subquery()
)
_REACHED: Final = select(_met, func.count()).group_by(*_met.c)
_STATUSES: Final = (
    select(suggestions.c.status, func.count()).where(*_SUGGESTIONS).group_by(suggestions.c.status)
)


class Tallies:
    """Counting for the overview. It reads every answer once or twice: seconds where there are a million."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self) -> Tally:
        """Count, at one moment."""
        async with self._database.reading() as connection:
            turnout = await _rows(connection, _TURNOUT[connection.dialect.name])
            return Tally(
                turnout=tuple(
                    Turnout(group, channel, date.fromisoformat(day), count)
                    for group, channel, day, count in turnout
                ),
                outcomes=_outcomes(await _rows(connection, _OUTCOMES)),
                reached=_reached(await _rows(connection, _REACHED)),
                suggestions=dict(await _rows(connection, _STATUSES)),
                left_out=await left_out(connection),
            )


async def _rows(connection: AsyncConnection, query: Select[Any]) -> list[Any]:
    return list((await connection.execute(query)).all())


def _outcomes(rows: list[Any]) -> tuple[Outcomes, ...]:
    counted: dict[tuple[str, str, Outcome], int] = {}
    for clause, question, _, outcome, count in rows:
        counted[clause, question, outcome] = counted.get((clause, question, outcome), 0) + count
    return tuple(Outcomes(*which, count) for which, count in counted.items())


def _reached(rows: list[Any]) -> tuple[Reached, ...]:
    """Which questions an account met comes in no order from a database, so that a set may come twice."""
    counted: dict[tuple[str, str, frozenset[str]], int] = {}
    for clause, group, questions, count in rows:
        met = clause, group, frozenset(questions.split(" "))
        counted[met] = counted.get(met, 0) + count
    return tuple(Reached(*met, count) for met, count in counted.items())
