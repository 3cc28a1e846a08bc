"""From choices to counts: how many people of each group and channel said what.

One rule: a person counts once in everything. They belong to the group they named last and to the channel
of their account; the day they took part is that of their earliest answer that still stands.
"""

from collections import Counter, defaultdict
from collections.abc import AsyncIterable, Collection, Iterable, Mapping
from datetime import date
from typing import Final

from msgspec import Struct

from bot.dialogue import Outcome
from bot.language.calendar import BANGKOK
from bot.store import Choice

#: A group ("" when it was not named) and a channel.
Cell = tuple[str, str]
#: The version that was answered and what was chosen of it: a column, which is one option, or `ANSWERED`
#: with the set of options of a question that allows several.
Response = tuple[str, str, frozenset[str]]
#: How many people gave each response, of one part of the people.
Tally = Counter[Response]
#: The tally of each cell: all people of it, also those who did not answer.
Cube = Mapping[Cell, Tally]

#: The column of an answer that is no single option: several, or typed.
ANSWERED: Final = Outcome.ANSWERED.value

#: The version, the outcome and the chosen options of an answer.
_Said = tuple[str, Outcome, tuple[str, ...]]

_NOTHING: Final = frozenset[str]()
#: They took part, and did not answer this question.
NONE: Final[Response] = ("", "", _NOTHING)


class Counted(Struct, frozen=True):
    """All that tables are made of.

    `people` has only the response NONE; `days`, which are Thailand's, say who first took part on them.
    `multiple` are the questions that allow several options.
    """

    people: Cube
    days: Mapping[date, Counter[Cell]]
    questions: Mapping[str, Cube]
    multiple: frozenset[str]


async def count(choices: AsyncIterable[Choice], multiple: Collection[str]) -> Counted:
    """Count choices, which come by time; `multiple` are the questions known to allow several options."""
    group: dict[str, str] = {}
    channel: dict[str, str] = {}
    first: dict[str, date] = {}
    said: defaultdict[str, dict[str, _Said]] = defaultdict(dict)
    several = set(multiple)
    async for choice in choices:
        person = choice.participant
        group[person] = choice.group or group.get(person, "")
        channel[person] = choice.channel
        if person not in first:
            first[person] = choice.at.astimezone(BANGKOK).date()
        said[choice.question][person] = choice.version, choice.outcome, choice.chosen
        if len(choice.chosen) > 1:
            several.add(choice.question)
    cells = {person: (group[person], channel[person]) for person in group}
    days: defaultdict[date, Counter[Cell]] = defaultdict(Counter)
    for person, day in first.items():
        days[day][cells[person]] += 1
    size = Counter(cells.values())
    return Counted(
        people={cell: Counter({NONE: n}) for cell, n in size.items()},
        days=days,
        questions={
            question: _cube(size, cells, given, question in several) for question, given in said.items()
        },
        multiple=frozenset(several),
    )


def merged(tallies: Iterable[Tally]) -> Tally:
    """The tally of several parts together."""
    together: Tally = Counter()
    for tally in tallies:
        together.update(tally)
    return together


def coarser(cube: Cube, groups: Mapping[str, str], channels: Mapping[str, str]) -> Cube:
    """The cube with its groups and channels put together under other names."""
    parts: defaultdict[Cell, list[Tally]] = defaultdict(list)
    for (group, channel), tally in cube.items():
        parts[groups[group], channels[channel]].append(tally)
    return {cell: merged(part) for cell, part in parts.items()}


def _response(said: _Said, multiple: bool) -> Response:
    version, outcome, chosen = said
    if multiple and chosen and outcome is Outcome.ANSWERED:
        return version, ANSWERED, frozenset(chosen)
    return version, chosen[0] if chosen else outcome.value, _NOTHING


def _cube(size: Counter[Cell], cells: Mapping[str, Cell], given: Mapping[str, _Said], multiple: bool) -> Cube:
    cube: dict[Cell, Tally] = {cell: Counter() for cell in size}
    for person, said in given.items():
        cube[cells[person]][_response(said, multiple)] += 1
    for cell, tally in cube.items():
        if silent := size[cell] - sum(tally.values()):
            tally[NONE] = silent
    return cube
