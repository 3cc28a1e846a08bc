"""One publication: everything counted, planned and laid out."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from bot.dialogue import ShownOption
from bot.library import Library
from bot.secretariat.tables import layout
from bot.secretariat.tables.columns import Plan, planned
from bot.secretariat.tables.counting import ANSWERED, NONE, Cell, Counted, Cube, Tally, coarser, merged
from bot.secretariat.tables.guard import CHANNEL, GROUP, Guard, Spread
from bot.secretariat.tables.layout import Asked, Layout
from bot.secretariat.tables.rows import HIDDEN, contained, periods, shown_rows
from bot.secretariat.tables.words import Words
from bot.store import Wording

_MULTIPLE: Final = "multiple"
_OPEN: Final = "open"


def multiple_choice(library: Library) -> frozenset[str]:
    """The ids of the questions that allow several options."""
    return frozenset(id_ for id_, question in library.questions.items() if question.kind == _MULTIPLE)


def release(counted: Counted, wordings: Iterable[Wording], library: Library, words: Words) -> dict[str, str]:
    """The files of a publication by name, as text."""
    return _Release(counted, Layout(library, words, library.draft.anonymity.smallest), library).made(
        _asked(wordings, counted, library, words)
    )


class _Release:
    """The rows of participation decide first: no question shows a row that they hide."""

    def __init__(self, counted: Counted, made: Layout, library: Library) -> None:
        self._counted = counted
        self._layout = made
        k, people = library.draft.anonymity.smallest, counted.people
        alone = Guard(k, people)
        groups = _rows(people, GROUP, alone)
        by_group = contained(_names(people, GROUP), groups)
        coarse = coarser(people, by_group, {name: name for name in _names(people, CHANNEL)})
        channels = _rows(coarse, CHANNEL, Guard(k, coarse, _sides(coarse, GROUP)))
        self._shown = {GROUP: groups, CHANNEL: channels}
        self._names = {axis: sorted({cell[axis] for cell in people}) for axis in self._shown}
        self._row_of = {
            axis: contained(names, self._shown[axis] or {HIDDEN}) for axis, names in self._names.items()
        }
        coarse = self._coarse(people)
        days = {day: self._spread(spread) for day, spread in counted.days.items()}
        self._days = periods(days, Guard(k, coarse, _sides(coarse, GROUP, CHANNEL)))
        self._guard = Guard(k, coarse, _sides(coarse, GROUP, CHANNEL))

    def made(self, asked: Iterable[Asked]) -> dict[str, str]:
        """The files."""
        for by, axis in ((layout.GROUP, GROUP), (layout.CHANNEL, CHANNEL)):
            people = {name: tally.total() for name, tally in _along(self._counted.people, axis).items()}
            self._layout.participation(by, people, self._shown[axis])
        self._layout.days(self._days)
        by_question: defaultdict[str, list[Asked]] = defaultdict(list)
        for one in asked:
            by_question[one.question].append(one)
        for question, versions in by_question.items():
            self._question(versions, self._counted.questions.get(question, {}))
        self._layout.index()
        return self._layout.files

    def _question(self, versions: Sequence[Asked], fine: Cube) -> None:
        """All tables of a question: its versions share the people who answered none of them."""
        cube = self._coarse(fine)
        total = merged(cube.values())
        plan = planned(cube, self._guard)
        groups, channels = _shown(cube, plan, self._guard)
        for asked in versions:
            n = sum(count for (version, *_), count in total.items() if version == asked.version)
            if n == 0 or self._guard.small(n):
                self._layout.too_few(asked)
                continue
            self._layout.question(asked, plan, layout.ALL, [""], {"": total})
            for by, axis, shown in ((layout.GROUP, GROUP, groups), (layout.CHANNEL, CHANNEL, channels)):
                rows = {name: tally for name, tally in _along(cube, axis).items() if name in shown}
                self._layout.question(asked, plan, by, self._names[axis], rows)

    def _spread(self, fine: Spread) -> Spread:
        coarse: Spread = Counter()
        for (group, channel), n in fine.items():
            coarse[self._row_of[GROUP][group], self._row_of[CHANNEL][channel]] += n
        return coarse

    def _coarse(self, cube: Cube) -> Cube:
        return coarser(cube, self._row_of[GROUP], self._row_of[CHANNEL])


def _shown(cube: Cube, plan: Plan, guard: Guard) -> tuple[frozenset[str], frozenset[str]]:
    """The groups and the channels that may be rows.

    One of the tables has to give way to the other: both with fewer rows before one alone, then as many
    rows as possible that tell what somebody answered.
    """
    found: list[dict[int, frozenset[str]]] = []
    for first, second in ((GROUP, CHANNEL), (CHANNEL, GROUP)):
        before = shown_rows(cube, first, plan, guard, dict.fromkeys(_names(cube, second), ""))
        after = shown_rows(cube, second, plan, guard, contained(_names(cube, first), before))
        found.append({first: before, second: after})

    def worth(shown: dict[int, frozenset[str]]) -> tuple[bool, int]:
        telling = [
            {name for name, tally in _along(cube, axis).items() if name in rows and set(tally) - {NONE}}
            for axis, rows in shown.items()
        ]
        return all(telling), sum(map(len, telling))

    best = max(found, key=worth)
    return best[GROUP], best[CHANNEL]


def _rows(people: Cube, axis: int, guard: Guard) -> frozenset[str]:
    """The rows of participation: here no cell of two tables is a number, only rows are."""
    across = dict.fromkeys(_names(people, 1 - axis), "")
    return shown_rows(people, axis, planned(people, guard), guard, across)


def _sides(people: Cube, *axes: int) -> list[set[Cell]]:
    """The rows of participation, by group or by channel, as their cells."""
    return [
        {cell for cell in people if cell[axis] == name}
        for axis in axes
        for name in sorted(_names(people, axis))
    ]


def _names(cube: Cube, axis: int) -> set[str]:
    return {cell[axis] for cell in cube}


def _along(cube: Cube, axis: int) -> dict[str, Tally]:
    """The tally of each group, or of each channel."""
    parts: defaultdict[str, list[Tally]] = defaultdict(list)
    for cell, tally in cube.items():
        parts[cell[axis]].append(tally)
    return {name: merged(part) for name, part in parts.items()}


def _asked(
    wordings: Iterable[Wording], counted: Counted, library: Library, words: Words
) -> Collection[Asked]:
    """Every question in every version: as the content asks it now, then as it was asked before."""
    found: dict[tuple[str, str], Asked] = {}
    for question in library.questions.values():
        found[question.id, question.version] = Asked(
            question=question.id,
            version=question.version,
            clause=question.clause,
            stem=question.stem,
            options=tuple(ShownOption(option.id, option.label) for option in question.options),
            multiple=question.id in counted.multiple,
        )
    for old in wordings:
        asked = Asked(
            question=old.question,
            version=old.version,
            clause=old.clause,
            stem=old.stem,
            options=tuple(sorted(old.options, key=lambda option: option.id)),
            multiple=old.question in counted.multiple,
        )
        found.setdefault((old.question, old.version), asked)
    k, typed = library.draft.anonymity.smallest, ShownOption(ANSWERED, words.typed)
    return [
        replace(asked, options=(typed, *asked.options)) if _is_typed(asked, counted, library, k) else asked
        for asked in found.values()
    ]


def _is_typed(asked: Asked, counted: Counted, library: Library, k: int) -> bool:
    """Whether answers that were only typed have a column: to an open question, else from k people on."""
    question = library.questions.get(asked.question)
    cube = counted.questions.get(asked.question, {})
    n = sum(tally[asked.version, ANSWERED, frozenset()] for tally in cube.values())
    return n >= k or (question is not None and question.kind == _OPEN)
