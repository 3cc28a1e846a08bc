"""How well free questions find their clause, and that nothing typed is ever slow or breaks anything.

questions.tsv was tuned against; unseen.tsv was written after the tuning stopped and never tuned against.
A row is the clause's id ("-" for none), the kind of question, the question.
"""

import csv
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.topics import Index
from bot.library import load

HERE = Path(__file__).parent
TOPICS: Index = load().topics


def figures(name: str) -> dict[str, float]:
    """The shares right first, among the first three, unanswered, and rightly about nothing."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    inside = [
        (row["clause"], [r.topic for r in TOPICS.rank(row["text"])]) for row in rows if row["clause"] != "-"
    ]
    outside = [TOPICS.rank(row["text"]) for row in rows if row["clause"] == "-"]
    return {
        "first": sum(bool(found) and found[0] == wanted for wanted, found in inside) / len(inside),
        "three": sum(wanted in found[:3] for wanted, found in inside) / len(inside),
        "unanswered": sum(not found for _, found in inside) / len(inside),
        "nothing": sum(not found for found in outside) / len(outside),
    }


def test_questions_that_were_tuned_against() -> None:
    got = figures("questions.tsv")
    assert got["first"] >= 0.97, got
    assert got["three"] >= 0.98, got
    assert got["nothing"] >= 0.9, got


def test_questions_nobody_tuned_against() -> None:
    got = figures("unseen.tsv")
    assert got["first"] >= 0.87, got
    assert got["three"] >= 0.93, got
    assert got["unanswered"] <= 0.05, got
    assert got["nothing"] >= 0.87, got


@pytest.mark.parametrize(
    ("text", "clause"),
    [
        ("ข้อ ๓.๕", "3.5"),
        ("3.5", "3.5"),
        ("ข้อ3.5", "3.5"),
        ("clause 1.2", "1.2"),
        ("ข้อ 1.7 ค่ะ", "1.7"),
        ("ข้อสุดท้าย", "end"),
    ],
)
def test_a_clause_that_is_named(text: str, clause: str) -> None:
    ranked = TOPICS.rank(text)
    assert ranked[0].topic == clause
    assert TOPICS.sure(ranked) or clause == "end"


@given(st.text(max_size=300))
def test_any_text_is_ranked_and_always_the_same(text: str) -> None:
    ranked = TOPICS.rank(text)
    assert ranked == TOPICS.rank(text)
    assert all(0 <= r.score <= 1 for r in ranked)
    assert [r.score for r in ranked] == sorted((r.score for r in ranked), reverse=True)


@pytest.mark.parametrize("unit", ["1", "ก", "ก่", "งบประมาณ", "a ", "3.5 ", "\u200b"])
def test_no_text_is_slow(unit: str) -> None:
    text = (unit * 10_000)[:10_000]
    began = time.perf_counter()
    TOPICS.rank(text)
    assert time.perf_counter() - began < 0.25  # a hundredth of what it takes to be noticed, on a busy machine
