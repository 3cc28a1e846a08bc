"""Which columns of a question may be shown.

One rule: what is hidden is hidden together with enough else. A hidden number is what is left of a sum, so
the sum of all that is hidden at one place must itself be a number that could be shown.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import combinations
from typing import Final

from msgspec import Struct

from bot.secretariat.tables.counting import ANSWERED, NONE, Cube, Response, Tally
from bot.secretariat.tables.guard import Guard, Spread

#: A version and an option of it.
Column = tuple[str, str]

#: The class of those who did not answer, and of whatever has to be hidden among them.
REST: Final[Column] = NONE[:2]
#: The option that stands for all hidden ones of a version; no option has this id.
POOL: Final = "*"


class Plan(Struct, frozen=True):
    """What is shown of a question.

    `classes` says of each column in which number it is contained: its own, its version's POOL, or REST.
    `hidden` are, by version, the options that are not shown of a question that allows several.
    """

    classes: Mapping[Column, Column]
    hidden: Mapping[str, frozenset[str]]

    def shows(self, column: Column) -> bool:
        """Whether a column has a number of its own; one that nobody is in has 0."""
        return self.classes.get(column, column) == column


def planned(cube: Cube, guard: Guard) -> Plan:
    """The plan of a question."""
    columns = _spreads(cube, lambda response: response[:2])
    versions = {response[0] for tally in cube.values() for response in tally if response[2]}
    hidden = {version: _hidden(_answered(cube, version), guard) for version in versions}
    return Plan(_classes(columns, guard), hidden)


def numbers(plan: Plan, cube: Cube) -> Iterator[Spread]:
    """Every number that the plan shows of these people, or lets anybody work out.

    These are the classes; of several options each, with and without it, and all hidden ones together.
    Where two shown options leave a field of their four-field table empty (one contains the other, or
    nobody has both), the other three fields follow from the margins and are numbers as well.
    """
    yield from _spreads(cube, lambda response: plan.classes[response[:2]]).values()
    for version, hidden in plan.hidden.items():
        if plan.shows((version, ANSWERED)):
            answered = _answered(cube, version)
            yield from _either(answered, hidden)
            shown = sorted(_options(answered) - hidden)
            for option in shown:
                yield from _either(answered, frozenset((option,)))
            for pair in combinations(shown, 2):
                yield from _fields(answered, pair)


def exposes(plan: Plan, cube: Cube, guard: Guard) -> bool:
    """Whether what the plan shows of these people tells of too few of them."""
    if any(map(guard.reveals, numbers(plan, cube))):
        return True
    return any(
        plan.shows((version, ANSWERED)) and not hidden and _seldom_several(_answered(cube, version), guard)
        for version, hidden in plan.hidden.items()
    )


def alike(plan: Plan, tally: Tally) -> bool:
    """Whether all who answered said the same, so that the row would tell what each of them said."""
    classes = in_classes(plan, tally)
    for version in {version for version, _ in classes} - {REST[0]}:
        said = [column for column in classes if column[0] == version]
        if len(said) > 1 or said[0][1] == POOL:
            continue
        patterns = _patterns(tally, version)
        if said[0][1] != ANSWERED or not patterns:
            return True
        if frozenset.intersection(*patterns) - plan.hidden[version]:
            return True
    return False


def in_classes(plan: Plan, tally: Tally) -> Counter[Column]:
    """How many people are in each class; only those with anybody in them."""
    found: Counter[Column] = Counter()
    for response, n in tally.items():
        found[plan.classes[response[:2]]] += n
    return found


def in_option(plan: Plan, tally: Tally, column: Column) -> int | None:
    """How many people chose an option of a question that allows several; None when that is not shown."""
    version, option = column
    if not plan.shows((version, ANSWERED)) or option in plan.hidden.get(version, ()):
        return None
    return sum(n for chosen, n in _patterns(tally, version).items() if option in chosen)


def _classes(columns: Mapping[Column, Spread], guard: Guard) -> dict[Column, Column]:
    """The class of each column: hidden within its version, or, where even that is too little, in REST."""
    classes, rest = {REST: REST}, Spread(columns.get(REST, {}))
    shown: list[list[Column]] = []

    def together(of: list[Column]) -> Spread:
        return _sum(columns[column] for column in of)

    def hide(of: list[Column]) -> None:
        classes.update(dict.fromkeys(of, REST))
        rest.update(together(of))
        shown.remove(of)

    for version in sorted({version for version, _ in columns} - {REST[0]}):
        mine = [column for column in columns if column[0] == version]
        hidden = _least({column: columns[column] for column in mine}, guard)
        parts = [[column] for column in mine if column not in hidden] + ([sorted(hidden)] if hidden else [])
        classes |= {column: (version, POOL) if column in hidden else column for column in mine}
        parts.sort(key=lambda of: (together(of).total(), of))
        shown += parts
        if guard.small(together(mine).total()):
            for of in parts:
                hide(of)
        elif guard.reveals(together(mine)):
            hide(parts[0])
    for of in sorted(shown, key=lambda of: (together(of).total(), of)):
        if guard.reveals(rest):
            hide(of)
    return classes


def _least(columns: Mapping[Column, Spread], guard: Guard) -> set[Column]:
    """The columns that may not be shown, and as many of the smallest others as it takes to hide them."""
    hidden = {column for column, spread in columns.items() if guard.reveals(spread)}
    for column in sorted(columns, key=lambda column: (columns[column].total(), column)):
        if not guard.reveals(_sum(columns[column] for column in hidden)):
            break
        hidden.add(column)
    return hidden


def _hidden(answered: Cube, guard: Guard) -> frozenset[str]:
    """The options that may not be shown of a question that allows several."""
    size = {option: next(_either(answered, frozenset((option,)))).total() for option in _options(answered)}
    shown = sorted(size, key=lambda option: (size[option], option))
    shown = [o for o in shown if not any(map(guard.reveals, _either(answered, frozenset((o,)))))]
    while shown:
        hidden = frozenset(size) - frozenset(shown)
        close = (p for p in combinations(shown, 2) if any(map(guard.reveals, _fields(answered, p))))
        if pair := next(close, None):
            shown.remove(pair[0])
        elif any(map(guard.reveals, _either(answered, hidden))) or (
            not hidden and _seldom_several(answered, guard)
        ):
            shown.pop(0)
        else:
            break
    return frozenset(size) - frozenset(shown)


def _seldom_several(answered: Cube, guard: Guard) -> bool:
    """Whether few people chose more than one option, where all are shown.

    Each of them chose at least one, so what the options have more than there are people is what was
    chosen beside the first: with 2k of those or more, k or more sizes are possible for who chose them.
    """
    beside = sum(n * (len(chosen) - 1) for tally in answered.values() for (*_, chosen), n in tally.items())
    return guard.small(beside) or guard.small(beside // 2)


def _spreads(cube: Cube, kind: Callable[[Response], Column]) -> dict[Column, Spread]:
    """The people of each kind of response."""
    found: defaultdict[Column, Spread] = defaultdict(Counter)
    for cell, tally in cube.items():
        for response, n in tally.items():
            found[kind(response)][cell] += n
    return found


def _sum(spreads: Iterable[Spread]) -> Spread:
    total: Spread = Counter()
    for spread in spreads:
        total.update(spread)
    return total


def _answered(cube: Cube, version: str) -> Cube:
    """Only those who chose options of a question that allows several."""
    return {
        cell: Counter(
            {response: n for response, n in tally.items() if response[0] == version and response[2]}
        )
        for cell, tally in cube.items()
    }


def _options(answered: Cube) -> frozenset[str]:
    return _all(chosen for tally in answered.values() for _, _, chosen in tally)


def _all(patterns: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset[str]().union(*patterns)


def _patterns(tally: Tally, version: str) -> Counter[frozenset[str]]:
    """How many people chose each set of options, of those who chose any."""
    return Counter({chosen: n for (of, _, chosen), n in tally.items() if of == version and chosen})


def _either(answered: Cube, options: frozenset[str]) -> Iterator[Spread]:
    """Those who chose at least one of these options, and those who chose none of them."""
    yield _where(answered, lambda chosen: bool(chosen & options))
    yield _where(answered, lambda chosen: not chosen & options)


def _fields(answered: Cube, pair: tuple[str, str]) -> Iterator[Spread]:
    """The four-field table of two options (both, one, the other, neither) if a field of it is empty."""
    one, other = pair
    fields = [
        _where(answered, lambda chosen: one in chosen and other in chosen),
        _where(answered, lambda chosen: one in chosen and other not in chosen),
        _where(answered, lambda chosen: one not in chosen and other in chosen),
        _where(answered, lambda chosen: one not in chosen and other not in chosen),
    ]
    if not all(field.total() for field in fields):
        yield from fields


def _where(answered: Cube, holds: Callable[[frozenset[str]], bool]) -> Spread:
    found: Spread = Counter()
    for cell, tally in answered.items():
        found[cell] = sum(n for (_, _, chosen), n in tally.items() if holds(chosen))
    return found
