"""What the overview shows, from what the store counted and the library asks.

One rule: nothing here knows who was shown a question. Whoever saw one and left without a word is in no
number, so «asked» is never more than those who answered or opted out.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from msgspec import Struct

from bot.dialogue import Group, Outcome
from bot.library import Library
from bot.library.model import Clause
from bot.store.tallies import Reached, Tally

#: Days of a chart; beyond, days on which nobody began are left out.
DAYS = 120


class QuestionLine(Struct, frozen=True):
    """One question: its words as they are now, "" when it is asked no more, and its answers by outcome.

    `stopped` is how many of those who did not finish the clause met it last.
    """

    id: str
    stem: str
    outcomes: dict[Outcome, int]
    stopped: int

    @property
    def met(self) -> int:
        """How many answered or opted out."""
        return sum(self.outcomes.values())


class ClauseLine(Struct, frozen=True, kw_only=True):
    """How far accounts came in one clause. `title` is "" when it is in the draft no more."""

    id: str
    number: str
    title: str
    began: int
    finished: int
    questions: tuple[QuestionLine, ...]

    @property
    def unfinished(self) -> int:
        """How many began and did not finish."""
        return self.began - self.finished

    @property
    def most_stopped(self) -> QuestionLine | None:
        """The question where most of those stopped; None when all finished."""
        most = max(self.questions, key=lambda question: question.stopped, default=None)
        return most if most and most.stopped else None


class Overview(Struct, frozen=True, kw_only=True):
    """All of it. `days` are without a gap unless there are more than DAYS of them."""

    accounts: int
    groups: tuple[tuple[str, int], ...]
    channels: tuple[tuple[str, int], ...]
    days: tuple[tuple[date, int], ...]
    clauses: tuple[ClauseLine, ...]


def overview(tally: Tally, library: Library) -> Overview:
    """The figures of a tally, by the clauses of the library; clauses that it has no more come last."""
    known = [*library.clauses]
    left = {line.clause for line in tally.outcomes} - {*known}
    return Overview(
        accounts=sum(line.accounts for line in tally.turnout),
        groups=_most_first((line.group, line.accounts) for line in tally.turnout),
        channels=_most_first((line.channel, line.accounts) for line in tally.turnout),
        days=_days(tally),
        clauses=tuple(_clause(id_, tally, library) for id_ in (*known, *sorted(left))),
    )


def _most_first(counted: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    total: Counter[str] = Counter()
    for name, count in counted:
        total[name] += count
    return tuple(total.most_common())


def _days(tally: Tally) -> tuple[tuple[date, int], ...]:
    total: Counter[date] = Counter()
    for line in tally.turnout:
        total[line.day] += line.accounts
    if not total:
        return ()
    first = min(total)
    span = (max(total) - first).days + 1
    days = [first + timedelta(days=n) for n in range(span)] if span <= DAYS else sorted(total)
    return tuple((day, total[day]) for day in days)


def _clause(id_: str, tally: Tally, library: Library) -> ClauseLine:
    clause = library.clauses.get(id_)
    reached = [line for line in tally.reached if line.clause == id_]
    part = [line for line in reached if not clause or not _is_whole(line, clause, library)]
    began = sum(line.accounts for line in reached)
    stems = {question.id: question.stem for question in clause.questions} if clause else {}
    outcomes: dict[str, dict[Outcome, int]] = {question: {} for question in stems}
    for line in tally.outcomes:
        if line.clause == id_:
            outcomes.setdefault(line.question, {})[line.outcome] = line.count
    stopped = _stopped(part, list(outcomes)) if clause else Counter[str]()
    return ClauseLine(
        id=id_,
        number=clause.number if clause else id_,
        title=clause.title if clause else "",
        began=began,
        finished=began - sum(line.accounts for line in part),
        questions=tuple(
            QuestionLine(question, stems.get(question, ""), _all(counts), stopped[question])
            for question, counts in outcomes.items()
        ),
    )


def _all(counts: Mapping[Outcome, int]) -> dict[Outcome, int]:
    return {outcome: counts.get(outcome, 0) for outcome in Outcome}


def _is_whole(line: Reached, clause: Clause, library: Library) -> bool:
    """Whether they met every question that their group is asked."""
    group = Group(line.group) if line.group in {*Group} else None
    return {question.id for question in library.asked_of(clause, group)} <= line.questions


def _stopped(part: Iterable[Reached], order: list[str]) -> Counter[str]:
    """Where those who did not finish stopped: of what they met, the question furthest down in the order.

    Which came last in time is not looked at: once the link is destroyed a day is all that is left of it.
    """
    total: Counter[str] = Counter()
    for line in part:
        total[max(line.questions, key=order.index)] += line.accounts
    return total
