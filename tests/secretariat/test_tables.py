"""Published tables tell of nobody: an attacker who computes all that follows from them finds no one."""

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.secretariat.tables import columns, guard, publication
from bot.secretariat.tables.columns import numbers
from tests.secretariat.attack import Attacker, Cell
from tests.secretariat.population import WORDS, Population, library, people, population, responses, small_sets

Found = tuple[int, int, float]


def attacked(
    found: Population, sets: Callable[[Attacker, dict[Cell, int]], Iterator[list[Cell]]]
) -> list[Found]:
    """The small sets of which the published files tell too much: the bounds, and between them the truth.

    Too much is less than k whole numbers that the size may have: «fewer than k» leaves k of them (0 to
    k - 1) and is what a withheld question says by design. So nobody can know either that there is
    somebody and fewer than k.
    """
    k = found.library.draft.anonymity.smallest
    attacker = Attacker(found.files(), responses(), WORDS, found.only)
    truth: dict[Cell, int] = {}
    for (group, channel, response), n in found.truth().items():
        known = (
            group if "" not in attacker.groups else "",
            channel if "" not in attacker.channels else "",
            response,
        )
        truth[known] = truth.get(known, 0) + n
    told = []
    for cells in sets(attacker, truth):
        size = sum(truth.get(cell, 0) for cell in cells)
        low, high = attacker.bounds(cells)
        assert low <= size <= high, "the attacker reads the tables wrongly, or they are wrong"
        if high - low + 1 < k:
            told.append((low, size, high))
    return told


@settings(max_examples=40, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32), size=st.integers(0, 400), k=st.sampled_from((5, 10)))
def test_nobody_is_found(seed: int, size: int, k: int) -> None:
    random = Random(seed)
    found = population(random, size, k)
    assert attacked(found, lambda a, truth: small_sets(a.cells, truth, k, random, most=8)) == []


# Each protection by itself: with it nobody is found, without it somebody is.

A, B, C, DK = ("a",), ("b",), ("c",), ("dk",)
CITIZENS = tuple((20, "citizen", "line", {"one": said}) for said in (A, B, C))


def no_complement(columns_: Any, guard_: guard.Guard) -> set[columns.Column]:
    return {column for column, spread in columns_.items() if guard_.reveals(spread)}


def only_rows(cube: Any, axis: int, plan: Any, guard_: guard.Guard, across: Any) -> frozenset[str]:
    """Each row by itself, without hiding another beside it."""
    rows: dict[str, dict[Any, Any]] = {}
    for cell, tally in cube.items():
        rows.setdefault(cell[axis], {})[cell] = tally
    safe = {n for n, row in rows.items() if not any(map(guard_.reveals, numbers(plan, row)))}
    return frozenset(safe - {"*"})


def rows_only_by_themselves(cube: Any, axis: int, plan: Any, guard_: Any, across: Any) -> frozenset[str]:
    """The rows without their parts on the other axis."""
    return publication_rows(cube, axis, plan, guard_, dict.fromkeys(across, ""))


publication_rows = publication.shown_rows


def identity(cube: Any, groups: Any, channels: Any) -> Any:
    return cube


def only_small(self: guard.Guard, spread: Any) -> bool:
    return self.small(spread.total())


#: What is taken away, and people whom only it protects; `only` is the group that alone is asked `one`.
PROTECTIONS: dict[str, tuple[list[tuple[Any, str, Any]], list[Any], dict[str, str]]] = {
    "a small option is hidden with another": (
        [(columns, "_least", no_complement)],
        people(*((n, "citizen", "line", {"one": said}) for n, said in ((30, A), (20, B), (3, C)))),
        {},
    ),
    "a small row is hidden with another": (
        [(publication, "shown_rows", only_rows)],
        people(
            *CITIZENS, *((n, "business", "line", {"one": said}) for n, said in ((14, A), (13, B), (3, C)))
        ),
        {},
    ),
    "the tables by group and by channel have a common cross table": (
        [(publication, "shown_rows", rows_only_by_themselves)],
        # All citizens answered `many`, which nobody else was asked: it tells in which channel they are.
        people(
            *(
                (n, "citizen", channel, {"one": said, "many": (many,)})
                for n, channel, said, many in (
                    *((4, "line", A, "x"), (15, "line", B, "x"), (15, "line", B, "y")),
                    *((15, "web", said, many) for said in (A, B) for many in ("x", "y")),
                )
            ),
            *(
                (n, "business", channel, {"one": said})
                for n, channel, said in ((30, "line", A), (30, "line", B), (30, "web", A), (3, "web", B))
            ),
        ),
        {"many": "citizen"},
    ),
    "a row that participation hides is hidden everywhere": (
        [(publication, "coarser", identity), (publication, "_sides", lambda *_: [])],
        people(
            *(
                (30, "citizen", "line", {"one": said, "text": text})
                for said, text in ((A, ()), (B, DK), (A, DK))
            ),
            *((12, "business", "line", {"one": said, "text": text}) for said, text in ((A, ()), (B, DK))),
            *((n, "civil", "line", {"text": text}) for n, text in ((20, ()), (6, DK))),
            *((2, None, "line", {"one": said, "text": DK}) for said in (A, B)),
        ),
        {},
    ),
    "what a question leaves of a group that alone is asked": (
        [(guard.Guard, "reveals", only_small)],
        people(
            *((n, "citizen", "line", {"one": said}) for n, said in ((20, A), (20, B), (10, C))),
            (5, "citizen", "line", {"text": DK}),
            (60, "business", "line", {"text": DK}),
        ),
        {"one": "citizen"},
    ),
    "few who chose several options": (
        [(columns, "_seldom_several", lambda *_: False)],
        people(
            *((20, "citizen", "line", {"many": (said,)}) for said in ("x", "y", "z")),
            *((1, "citizen", "line", {"many": said}) for said in (("x", "y"), ("y", "z"), ("x", "z"))),
        ),
        {},
    ),
}


@pytest.mark.parametrize("what", PROTECTIONS)
def test_each_protection_is_needed(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    without, choices, only = PROTECTIONS[what]
    held = library(10)
    asked = {question: held.labels[f"group_{group}"] for question, group in only.items()}
    found = Population(choices, held, asked)

    def every(attacker: Attacker, truth: dict[Cell, int]) -> Iterator[list[Cell]]:
        return small_sets(attacker.cells, truth, 10, Random(0), most=60)

    assert attacked(found, every) == []
    for where, name, instead in without:
        monkeypatch.setattr(where, name, instead)
    assert attacked(found, every) != []
