"""The thirteen measures say what they claim, our explanations keep to them, and README shows the table."""

from pathlib import Path

import pytest

from bot.language.plainness import Plainness, excesses, measure
from bot.library import load
from bot.library.rulebook import load_vocabulary
from bot.verbs import run
from tests.wording.conftest import CONTENT

README = Path(__file__).resolve().parents[2] / "README.md"
VOCABULARY, ENDS = load_vocabulary(CONTENT / "wording")


def measured(*lines: str, glossed: tuple[str, ...] = ()) -> Plainness:
    return measure(lines, VOCABULARY, glossed)


@pytest.mark.parametrize(
    ("field", "more", "less"),
    [
        ("words", "รัฐใช้เงินอย่างไร", "รัฐใช้เงิน"),
        ("longest", "คุณคิดอย่างไรกับเรื่องนี้", "คุณคิด"),
        ("uncommon_words", "รัฐมีพหุพจน์กับอัตถิภาวนิยม", "รัฐมีเงิน"),
        ("light", "มีการดำเนินการเรื่องนี้", "ทำเรื่องนี้"),
        ("nominal", "เพื่อการติดตามงาน", "เพื่อติดตามงาน"),
        ("connectors", "รัฐและประชาชนโดยตรง", "รัฐกับประชาชน"),
        ("verbs", "คุณอ่านเขียนพูดฟังได้", "คุณอ่านได้"),
        ("english", "ปรับ mindset ของรัฐ", "ปรับวิธีคิด (mindset) ของรัฐ"),
        ("abbreviations", "ถาม ค.ต.ป. ได้", "ถามคณะกรรมการตรวจสอบ (ค.ต.ป.) ได้"),
        ("crowded", "พอใจ/ไม่พอใจ", "พอใจหรือไม่พอใจ"),
        ("pronouns", "คุณหรือท่านตอบได้", "คุณตอบได้"),
        ("bare_years", "ในปี 2565", "ในปี พ.ศ. 2565–2570"),
    ],
)
def test_each_measure_sees_its_own_kind(field: str, more: str, less: str) -> None:
    assert getattr(measured(more), field) > getattr(measured(less), field)


def test_a_bubble_counts_lines_and_characters() -> None:
    two = measured("ก้าว", "เดิน")
    assert (two.lines, two.characters) == (2, len("ก้าว") - 1 + 1 + len("เดิน") - 1)


def test_a_glossed_term_is_no_burden() -> None:
    assert measured("โครงการ EEC", glossed=("EEC (เขตพัฒนาพิเศษภาคตะวันออก)",)).abbreviations == 0


def test_limits_are_told_with_their_number() -> None:
    long = measured("คุณคิดว่า" + "รัฐควรทำงาน" * 12)
    assert [(e.measure, e.blocks) for e in excesses(long) if e.measure == "P1"] == [("P1", True)]
    assert excesses(measured("คุณคิดอย่างไรกับเรื่องนี้")) == []


def test_nothing_to_measure_is_no_fault() -> None:
    assert (measured().words, measured().longest, measured("").verbs) == (0, 0, 0)
    assert excesses(measured()) == []


def test_the_plain_version_is_plainer_in_every_clause() -> None:
    for clause in load().clauses.values():
        minutes = measure(ENDS.split(clause.original), VOCABULARY)
        plain = measure(clause.explain, VOCABULARY, [term.name for term in clause.terms])
        assert plain.longest <= minutes.longest
        assert plain.longest <= 18
        assert plain.light <= minutes.light
        assert not any(excess.blocks for excess in excesses(plain)), clause.id


def test_readme_shows_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    """`python -m bot plain` makes it; paste what it prints between the two marks."""
    assert run(["plain"]) == 0
    table = capsys.readouterr().out.split("\n\n")[0]
    shown = README.read_text("utf-8").split("<!-- plain -->")[1].split("<!-- /plain -->")[0]
    assert shown.strip() == table.strip()
