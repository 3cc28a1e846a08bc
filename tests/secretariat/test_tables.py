"""Published tables tell of nobody: an attacker who computes all that follows from them finds no one."""

import time
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.secretariat.tables import INDEX, columns, guard, publication
from bot.secretariat.tables.columns import numbers
from tests.secretariat.attack import Attacker, Cell, parsed
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


@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32), size=st.integers(0, 400), k=st.sampled_from((5, 10)))
def test_nobody_is_found(seed: int, size: int, k: int) -> None:
    random = Random(seed)
    found = population(random, size, k)
    assert attacked(found, lambda a, truth: small_sets(a.cells, truth, k, random, most=6)) == []


# Each protection by itself: with it nobody is found, without it somebody is.

A, B, C, DK, SK = ("a",), ("b",), ("c",), ("dk",), ("sk",)
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


def test_a_small_example() -> None:
    """Published as a person can check it; k is 5.

    Only 2 skipped: SK is hidden, and with it the next smallest, DK; together they are 8. Only 3 of the
    business said C: their row is hidden, and with it the next smallest, so that it is not what is left of
    everybody. One person came by the web, so nothing is told by channel.
    """
    said = people(
        *(
            (n, "citizen", "line", {"one": chosen})
            for n, chosen in ((20, A), (15, B), (12, C), (6, DK), (2, SK))
        ),
        *((n, "business", "line", {"one": chosen}) for n, chosen in ((10, A), (10, B), (3, C))),
        *((n, "civil", "line", {"one": chosen}) for n, chosen in ((6, A), (6, B), (14, C))),
        *((n, "official", "line", {"one": chosen}) for n, chosen in ((15, A), (16, B), (14, C))),
        (1, "official", "web", {"one": A}),
        (8, "citizen", "line", {"text": ()}),
    )
    files = {name: parsed(text) for name, text in Population(said, library(5)).files().items()}
    assert set(files) == {
        *("participation.group.csv", "participation.day.csv", INDEX),
        *("one.v2.all.csv", "one.v2.group.csv", "text.v2.all.csv"),
    }
    assert files["participation.group.csv"] == [
        ["กลุ่มผู้ตอบ", "จำนวนคน"],
        ["ประชาชน", "63"],
        ["ภาคธุรกิจ", "23"],
        ["ภาคประชาสังคม", "26"],
        ["เจ้าหน้าที่รัฐ", "46"],
    ]
    assert files["participation.day.csv"][1:] == [["02/11/2569", "02/11/2569", "158"]]
    head = ["A", "B", "C", "DK", "SK", "รวมช่องที่ปกปิด", "ไม่ได้ตอบข้อนี้", "จำนวนคน"]
    no = "ปกปิด"
    assert files["one.v2.all.csv"] == [
        ["ทุกคนที่มีส่วนร่วม", *head],
        ["ทุกคนที่มีส่วนร่วม", "52", "47", "43", no, no, "8", "8", "150"],
    ]
    assert files["one.v2.group.csv"] == [
        ["กลุ่มผู้ตอบ", *head],
        ["ประชาชน", "20", "15", "12", no, no, "8", "8", "55"],
        ["ภาคธุรกิจ", *[no] * 8],
        ["ภาคประชาสังคม", *[no] * 8],
        ["เจ้าหน้าที่รัฐ", "16", "16", "14", no, no, "0", "0", "46"],
    ]
    told = {row[0]: row[6:9] for row in files[INDEX]}
    assert told["one.v2.all.csv"][:2] == ["150", "5"]
    assert told["one.v2.channel.csv"] == ["", "5", WORDS.whole.format(k=5)]
    assert told["one.v1.all.csv"] == ["น้อยกว่า 5", "5", WORDS.few.format(k=5)]


def test_a_row_in_which_all_said_the_same_is_hidden() -> None:
    """It would tell of each of them what they said, however many they are; what it hides behind, too."""
    mixed = [(20, "citizen", "line", {"one": said}) for said in (A, B)]
    same = [(30, "business", "line", {"one": A}), *((25, "civil", "line", {"one": said}) for said in (A, B))]
    files = Population(people(*mixed, *same), library(5)).files()
    assert [row[:2] for row in parsed(files["one.v2.group.csv"])[1:]] == [
        ["ประชาชน", "ปกปิด"],
        ["ภาคธุรกิจ", "ปกปิด"],
        ["ภาคประชาสังคม", "25"],
    ]


def test_days_become_weeks_and_weeks_are_put_together() -> None:
    said = people(*((n, "citizen", "line", {"one": A}) for n in (12, 9, 1, 12)))
    days = {"p0": 2, "p1": 3, "p2": 10, "p3": 25}
    dated = [replace(c, at=c.at.replace(day=days[c.participant.split("-")[0]])) for c in said]
    rows = parsed(Population(dated, library(10)).files()["participation.day.csv"])[1:]
    assert rows == [["02/11/2569", "08/11/2569", "21"], ["09/11/2569", "29/11/2569", "13"]]


def test_few_people_publish_nothing() -> None:
    files = Population(people((4, "citizen", "line", {"one": A})), library(5)).files()
    assert set(files) == {INDEX}
    assert {row[6] for row in parsed(files[INDEX])[1:]} <= {"น้อยกว่า 5", ""}


def test_a_person_counts_once_in_the_group_named_last() -> None:
    said = people((6, None, "line", {"one": A}), (6, "citizen", "line", {"one": B}))
    later = [replace(c, question="text", chosen=(), group="citizen") for c in said if c.group is None]
    files = Population([*said, *later], library(5)).files()
    assert parsed(files["participation.group.csv"])[1:] == [["ประชาชน", "12"]]


def test_a_hundred_thousand_answers_take_seconds() -> None:
    random = Random(1)
    choices = population(random, 40_000, 10).choices[:100_000]
    began = time.perf_counter()
    Population(choices, library(10)).files()
    assert len(choices) > 20_000
    assert time.perf_counter() - began < 10
