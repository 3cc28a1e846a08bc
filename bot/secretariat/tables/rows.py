"""Which rows of a table may be shown, and which days of participation.

One rule: the tables of a question are margins of one cross table, group by channel by column, in which
no number is about fewer than k people. Rows are hidden until that is so.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import Final

from msgspec import Struct

from bot.secretariat.tables.columns import Plan, alike, exposes
from bot.secretariat.tables.counting import Cube, Tally, merged
from bot.secretariat.tables.guard import Guard, Spread

#: All rows together that are never shown; no group and no channel has this name.
HIDDEN: Final = "*"


def shown_rows(cube: Cube, axis: int, plan: Plan, guard: Guard, across: Mapping[str, str]) -> frozenset[str]:
    """The names of the groups or channels that may be a row; empty when the table cannot be published.

    `across` says of each name on the other axis in which row it is contained ("" when there is no table
    by that axis): each of those parts of a row must be safe as well.
    """

    def unsafe(names: Collection[str]) -> bool:
        row = {cell: tally for cell, tally in cube.items() if cell[axis] in names}
        parts: defaultdict[str, dict[tuple[str, str], Tally]] = defaultdict(dict)
        for cell, tally in row.items():
            parts[across[cell[1 - axis]]][cell] = tally
        return alike(plan, merged(row.values())) or any(
            exposes(plan, part, guard) for part in (*parts.values(), row)
        )

    size: Counter[str] = Counter()
    for cell, tally in cube.items():
        size[cell[axis]] += tally.total()
    hidden = {name for name in size if name == HIDDEN or unsafe({name})}
    for name in sorted(size, key=lambda name: (size[name], name)):
        if not hidden or not unsafe(hidden):
            break
        hidden.add(name)
    return frozenset() if hidden and unsafe(hidden) else frozenset(size) - hidden


def contained(names: Iterable[str], shown: Collection[str]) -> dict[str, str]:
    """In which row each name is: its own, HIDDEN, or "" where no row is shown at all."""
    return {name: name if name in shown else HIDDEN if shown else "" for name in names}


class Period(Struct, frozen=True):
    """Days from `first` to `last` and who first took part on them."""

    first: date
    last: date
    people: Spread

    @property
    def n(self) -> int:
        """How many people."""
        return self.people.total()


def periods(days: Mapping[date, Spread], guard: Guard) -> tuple[Period, ...]:
    """The days on which somebody first took part; weeks from Monday when a day will not do, then longer."""
    found = [Period(day, day, people) for day, people in sorted(days.items())]
    if any(guard.reveals(period.people) for period in found):
        found = _weeks(found)
    while len(found) > 1:
        at = next((i for i, period in enumerate(found) if guard.reveals(period.people)), None)
        if at is None:
            break
        beside = min((i for i in (at - 1, at + 1) if 0 <= i < len(found)), key=lambda i: found[i].n)
        first, last = sorted((at, beside))
        found[first : last + 1] = [_joined(found[first], found[last])]
    return tuple(found)


def _weeks(days: Iterable[Period]) -> list[Period]:
    weeks: dict[date, Period] = {}
    for day in days:
        monday = day.first - timedelta(days=day.first.weekday())
        week = Period(monday, monday + timedelta(days=6), Counter())
        weeks[monday] = _joined(weeks.get(monday, week), day)
    return list(weeks.values())


def _joined(one: Period, other: Period) -> Period:
    return Period(min(one.first, other.first), max(one.last, other.last), one.people + other.people)
