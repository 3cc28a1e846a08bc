"""A form changes what it names and nothing else, down to comments and empty lines."""

from pathlib import Path

import pytest

from bot.secretariat.wording.comparing import changed_lines, compared
from bot.secretariat.wording.folder import Folder
from bot.secretariat.wording.sheet import Form, Sheet, UnreadableError

CONTENT = Path(__file__).parents[3] / "content"
FILES = Folder(CONTENT).files()

CLAUSE = """\
id: x
title: เรื่อง

# Said on the way.
explain:
  - หนึ่ง
  - สอง  # two

questions:
  - id: q1
    kind: single
    stem: ถาม  # the stem
    options:
      - {id: a, label: ก}
      - {id: b, label: "yes"}
      - {id: sk, label: ข้าม, role: skip}

  # The second.
  - id: q2
    kind: open
    stem: ถาม
"""


def given(form: Form) -> dict[str, str]:
    """What a browser would send of a form that nobody touched."""
    sent = {field.name: field.value for field in form.fields}
    for o in form.options:
        at = f"option.{o.n}"
        sent |= {f"{at}.id": o.id, f"{at}.label": o.label, f"{at}.role": o.role, f"{at}.value": o.value}
        sent |= {f"{at}.place": str(o.n + 1)} | {f"{at}.{flag}": "on" for flag in o.flags}
    for t in form.terms:
        sent |= {f"term.{t.n}.name": t.name, f"term.{t.n}.meaning": t.meaning}
    return sent


@pytest.mark.parametrize("file", FILES)
async def test_a_form_nobody_touched_leaves_every_byte(file: str) -> None:
    folder = Folder(CONTENT)
    text = folder.text(file)
    sheet = Sheet(text)
    assert sheet.text == text
    for unit in [unit.name for unit in (await folder.live()).units if unit.file == file]:
        sheet.fill(unit, given(sheet.form(unit)))
    assert sheet.text == text


def test_one_field_changes_one_line() -> None:
    sheet = Sheet(CLAUSE)
    sheet.fill("question q1", given(sheet.form("question q1")) | {"stem": "ถามใหม่"})
    assert sheet.text == CLAUSE.replace("stem: ถาม  # the stem", "stem: ถามใหม่ # the stem")


def test_options_come_go_and_change_places() -> None:
    sheet = Sheet(CLAUSE)
    form = given(sheet.form("question q1"))
    form |= {"option.1.id": "", "option.1.label": ""}
    form |= {"option.3.id": "c", "option.3.label": "null", "option.3.place": "1.5", "option.3.value": "-1"}
    form |= {"option.3.role": "substantive"}
    sheet.fill("question q1", form)
    assert sheet.text == CLAUSE.replace('{id: b, label: "yes"}', "{id: c, label: 'null', value: -1}")


def test_lines_become_fewer_or_more() -> None:
    sheet = Sheet(CLAUSE)
    sheet.fill("clause x", {"explain": "หนึ่ง\r\n\r\n  สอง \r\nสาม: สี่"})
    assert "explain:\n  - หนึ่ง\n  - สอง\n  - 'สาม: สี่'" in sheet.text
    assert sheet.text.endswith(CLAUSE[CLAUSE.index("questions:") :])


@pytest.mark.parametrize("text", ["", "- a", "a: [", "[" * 5000, "a: 1\na: 2"])
def test_what_is_no_content_file_is_told(text: str) -> None:
    with pytest.raises(UnreadableError):
        Sheet(text)


def test_a_unit_that_is_not_there_is_told() -> None:
    with pytest.raises(UnreadableError):
        Sheet(CLAUSE).form("question q9")


@pytest.mark.parametrize("file", [file for file in FILES if "/" in file])
def test_what_is_more_than_texts_is_no_form_of_texts(file: str) -> None:
    """Else a made-up unit would open the promises in draft.yaml, or the type of a phrase."""
    sheet = Sheet(Folder(CONTENT).text(file))
    with pytest.raises(UnreadableError):
        sheet.fill("made-up", {"text.0": "other"})


def test_words_are_compared_and_nothing_gets_lost() -> None:
    before, after = ["คุณพอใจกับ  งบ 12.50 (บาท)", "ข้าม"], ["คุณไม่พอใจกับ  งบ 12.50 (บาท)", "ข้าม", "หยุด"]
    runs = compared(before, after)
    assert "".join(run.text for run in runs if run.how != "ins") == "\n".join(before)
    assert "".join(run.text for run in runs if run.how != "del") == "\n".join(after)
    assert [run.how for run in runs].count("ins") == 2
    [place] = changed_lines("a\nb\nc\nd\ne\nf", "a\nb\nc\nd\ne\nF")
    assert [(run.how, run.text) for run in place] == [("same", "d\ne\n"), ("del", "f"), ("ins", "F")]
