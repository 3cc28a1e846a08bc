"""Scales, ranges, stances, opt-outs, buttons, presets, double questions: what is found, what is let pass.

structure.tsv was written beside the rules it tests, so it holds them and measures nothing.
"""

import csv
from pathlib import Path

import pytest

from bot.language.wording import Finding, read_line
from tests.wording.conftest import Checker

with (Path(__file__).parent / "structure.tsv").open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
FAMILIES = sorted({row["family"] for row in ROWS})


@pytest.mark.parametrize("family", FAMILIES)
def test_it_finds_what_is_wrong(checker: Checker, family: str) -> None:
    bad = [row["text"] for row in ROWS if row["family"] == family and row["label"] == "bad"]
    assert [text for text in bad if family not in checker.families(text)] == []


@pytest.mark.parametrize("family", FAMILIES)
def test_it_lets_what_is_fair_pass(checker: Checker, family: str) -> None:
    fair = [row["text"] for row in ROWS if row["family"] == family and row["label"] == "ok"]
    assert [text for text in fair if checker.blocks(text)] == []


@pytest.mark.parametrize(
    ("line", "kind", "values"),
    [
        ("คุณกังวลไหม | กังวลมาก | กังวลเล็กน้อย | ไม่กังวลเลย", "amount", [3, 1, 0]),
        ("คุณพอใจไหม | พอใจมาก | พอใจ | เฉย ๆ | ไม่พอใจ | ไม่พอใจมาก", "pole", [3, 2, 0, -2, -3]),
        ("ใช้บ่อยไหม | ทุกวัน | บางครั้ง | ไม่เคย", "amount", [2, 2, 0]),
        ("ให้คะแนน | 5 ดาว | 4 ดาว | 3 ดาว", "rating", [5, 4, 3]),
        ("รับไหม | รับ | รับโดยมีเงื่อนไข", "stance", [1, 1]),
        ("ไปทางใด | รถเมล์ | รถไฟ | เดิน", "", [None, None, None]),
    ],
)
def test_labels_are_placed(checker: Checker, line: str, kind: str, values: list[int | None]) -> None:
    choices = read_line(line, checker.labels).choices
    assert [choice.value for choice in choices] == values
    assert {choice.scale for choice in choices} == {kind}


def test_a_fair_line_takes_the_place_of_an_unfair_one(checker: Checker) -> None:
    def suggested(line: str) -> list[str]:
        found: tuple[Finding, ...] = checker(line)
        return [finding.rewrite for finding in found if finding.family == "SCALE"]

    assert suggested("อายุของคุณ | 18–30 | 30–45 | 45 ขึ้นไป | ไม่ขอตอบ") == [
        "อายุของคุณ | ต่ำกว่า 20 ปี | 20–39 ปี | 40–59 ปี | 60 ปีขึ้นไป | ไม่ขอตอบ"
    ]
    assert suggested("ใช้ง่ายไหม | ง่ายมาก | ง่าย | ยาก | ไม่แน่ใจ | ข้าม") == [
        "ใช้ง่ายไหม | ง่ายมาก | ง่าย | กลาง ๆ | ยาก | ยากมาก | ไม่แน่ใจ | ข้าม"
    ]
