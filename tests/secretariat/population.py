"""Populations that answer three questions, and everything about them that the attacker must not find."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from bot.dialogue import Group, Outcome, ShownOption
from bot.library import Clause, Library, Option, Question, Role, load
from bot.library.model import Anonymity
from bot.secretariat.tables import count, load_words, release
from bot.store import Choice, Wording
from tests.secretariat.attack import Cell, Response

CONTENT: Final = Path(__file__).resolve().parents[2] / "content"
WORDS: Final = load_words(CONTENT / "tables.yaml")

GROUPS: Final = ("citizen", "business", "civil", None)
CHANNELS: Final = ("line", "web", "telegram")

#: In place of a group: everybody.
ALL: Final = "everybody"

_OUT = (Option(id="dk", label="DK", role=Role.DONT_KNOW), Option(id="sk", label="SK", role=Role.SKIP))
_ASKED: Final = {
    "one": ("single", ("a", "b", "c")),
    "many": ("multiple", ("x", "y", "z")),
    "text": ("open", ()),
}
_TYPED: Final = WORDS.typed


def library(k: int) -> Library:
    """Three questions, with the shipped labels; `one` was asked in another version before."""
    shipped = load(CONTENT)
    questions = tuple(
        Question(
            id=id_,
            clause="c",
            kind=kind,
            audience=frozenset(Group),
            stem=f"ถาม {id_}",
            version="v2",
            options=(
                *(Option(id=option, label=option.upper()) for option in options),
                *(replace(out, exclusive=True) for out in _OUT),
            ),
        )
        for id_, (kind, options) in _ASKED.items()
    )
    clause = Clause(
        id="c",
        number="1",
        title="t",
        label="t",
        heading="t",
        status="s",
        explain=(),
        original="o",
        questions=questions,
    )
    draft = replace(
        shipped.draft, clauses=(clause,), anonymity=Anonymity(smallest=k), closes=date(2026, 11, 30)
    )
    return replace(shipped, draft=draft)


class Population(Struct, frozen=True):
    """Choices, the library they are about, and the label of the group that alone was asked a question."""

    choices: list[Choice]
    library: Library
    only: dict[str, str] = {}

    def files(self) -> dict[str, str]:
        """What is published."""

        async def stream() -> AsyncIterator[Choice]:
            for choice in self.choices:
                yield choice

        old = Wording(
            "one", "v1", "c", "ถามเดิม", tuple(ShownOption(i, i.upper()) for i in ("a", "b", "dk", "sk"))
        )
        counted = asyncio.run(count(stream(), {"many"}))
        return release(counted, [old], self.library, WORDS)

    def truth(self) -> dict[Cell, int]:
        """How many people are in each cell; the attacker never sees this."""
        group: dict[str, str] = {}
        channel: dict[str, str] = {}
        said: dict[str, dict[str, Response]] = {question: {} for question in _ASKED}
        for c in self.choices:
            group[c.participant] = _group(self.library, c.group)
            channel[c.participant] = WORDS.channels[c.channel]
            labels = frozenset(map(str.upper, c.chosen)) or frozenset({_TYPED})
            said[c.question][c.participant] = (c.question, c.version, labels)
        found: dict[Cell, int] = {}
        for question, by_person in said.items():
            for person, of_group in group.items():
                response = by_person.get(person, (question, "", frozenset()))
                cell = (of_group, channel[person], response)
                found[cell] = found.get(cell, 0) + 1
        return found


def responses() -> dict[tuple[str, str], list[frozenset[str]]]:
    """What can be chosen, which everybody knows."""
    outs = [frozenset({"DK"}), frozenset({"SK"})]
    single = [frozenset({label}) for label in ("A", "B", "C")]
    sets = [frozenset(s) for n in (1, 2, 3) for s in combinations(("X", "Y", "Z"), n)]
    return {
        ("one", "v1"): [*single[:2], *outs],
        ("one", "v2"): [*single, *outs],
        ("many", "v2"): [*sets, *outs],
        ("text", "v2"): [frozenset({_TYPED}), *outs],
    }


def population(random: Random, size: int, k: int) -> Population:
    """`size` people in skewed groups and channels; options differ by group, by channel or not at all.

    Now and then a question is put to one group only, everybody answers it, or all of a part say the same.
    """
    groups = random.sample(GROUPS, random.randint(1, 4))
    channels = random.sample(CHANNELS, random.randint(1, 3))
    group_weights, channel_weights = _skewed(random, len(groups)), _skewed(random, len(channels))
    apart = random.random() < 0.3  # whose group it is decides on the channel
    habits = {
        (question, part): (_skewed(random, 8), random.choice((0, 0, 0.05, 0.3, 1)))
        for question in _ASKED
        for part in (*groups, *channels)
    }
    follows = {question: random.choice((0, 1)) for question in _ASKED}
    audience = {question: random.choice((ALL, ALL, random.choice(groups))) for question in _ASKED}
    strays = random.choice((0, 0.02))
    share_old = random.choice((0, 0.02, 0.5, 0.95))
    choices = []
    for person in range(size):
        group = random.choices(groups, group_weights)[0]
        at_channel = groups.index(group) % len(channels) if apart else None
        channel = (
            channels[at_channel] if at_channel is not None else random.choices(channels, channel_weights)[0]
        )
        at = datetime(2026, 11, 2, tzinfo=UTC) + timedelta(days=int(random.expovariate(0.3)) % 28)
        for question, (kind, options) in _ASKED.items():
            weights, silent = habits[question, (group, channel)[follows[question]]]
            stray = random.random() < strays
            if random.random() < silent or (audience[question] not in (ALL, group) and not stray):
                continue
            version = "v1" if kind == "single" and random.random() < share_old else "v2"
            for outcome, chosen in [_said(random, kind, options[: 2 if version == "v1" else 3], weights)]:
                choices.append(Choice(f"p{person}", question, version, outcome, chosen, group, channel, at))
    held = library(k)
    only = {q: _group(held, group) for q, group in audience.items() if group != ALL and not strays}
    return Population(choices, held, only)


def _group(held: Library, group: str | None) -> str:
    return held.labels[f"group_{group}" if group else "not_said"]


def _skewed(random: Random, n: int) -> list[float]:
    power = random.choice((0, 0.3, 1, 4))
    return [random.random() ** power + 1e-6 for _ in range(n)]


def _said(
    random: Random, kind: str, options: tuple[str, ...], weights: list[float]
) -> tuple[Outcome, tuple[str, ...]]:
    if random.random() * 8 < weights[-1]:
        return Outcome.DONT_KNOW, ("dk",)
    if random.random() * 8 < weights[-2]:
        return Outcome.SKIPPED, ("sk",)
    if kind == "open":
        return Outcome.ANSWERED, ()
    if kind == "multiple":
        chosen = tuple(
            option for option, weight in zip(options, weights, strict=False) if random.random() < weight
        )
        return Outcome.ANSWERED, chosen or options[:1]
    return Outcome.ANSWERED, tuple(random.choices(options, weights[: len(options)]))


def small_sets(
    cells_: list[Cell], truth: dict[Cell, int], k: int, random: Random, most: int
) -> Iterator[list[Cell]]:
    """Sets of 1 to k - 1 people that somebody might be looked for in: parts of rows, of columns, of both."""

    def size(cells: list[Cell]) -> int:
        return sum(truth.get(cell, 0) for cell in cells)

    kinds: dict[tuple[object, ...], list[Cell]] = {}
    for cell in cells_:
        group, channel, (question, version, chosen) = cell
        for name in (
            (cell,),
            (question, version, chosen),
            (question, version, chosen, group),
            (question, version, chosen, channel, ""),
            (question, version),
            (question, version, group, "", ""),
            (question, version, channel, "", "", ""),
            (question, group, channel, "people"),
            *((question, version, label, "label", group) for label in chosen),
            *((question, version, label, "label") for label in chosen),
        ):
            kinds.setdefault(name, []).append(cell)
    found = [cells for cells in kinds.values() if 0 < size(cells) < k]
    names = list(kinds.values())
    for _ in range(most):
        one, other = random.choice(names), random.choice(names)
        if one[0][2][0] == other[0][2][0]:
            union, left = sorted(set(one) | set(other), key=str), [c for c in one if c not in other]
            found += [cells for cells in (union, left) if 0 < size(cells) < k]
    random.shuffle(found)
    yield from found[:most]


def people(*parts: tuple[int, str | None, str, dict[str, tuple[str, ...]]]) -> list[Choice]:
    """So many people of a group and a channel who chose the same; all on one day, all in version v2."""
    outcomes = {("dk",): Outcome.DONT_KNOW, ("sk",): Outcome.SKIPPED}
    at = datetime(2026, 11, 2, tzinfo=UTC)
    return [
        Choice(
            f"p{part}-{n}", question, "v2", outcomes.get(chosen, Outcome.ANSWERED), chosen, group, channel, at
        )
        for part, (many, group, channel, said) in enumerate(parts)
        for n in range(many)
        for question, chosen in said.items()
    ]
