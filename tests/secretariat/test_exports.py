"""Every format holds every answer with the words that were asked, and nothing a spreadsheet would calculate."""

import csv
import io
from contextlib import aclosing

import pytest

from bot.dialogue import ShownOption
from bot.secretariat.exports import FORMATS
from bot.secretariat.exports.csv import COLUMNS
from bot.store import Store
from tests.store.values import answer, commit, take_in

HOSTILE = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x",
    "\0=cmd|' /C calc'!A0", 'a "quoted", text', "สองบรรทัด\nบรรทัดสอง", "=HYPERLINK(\"http://e\",\"x\")", "ธรรมดา",
]  # fmt: skip


async def written(store: Store, name: str) -> bytes:
    out = io.BytesIO()
    async with aclosing(store.answers.export(history=True)) as answers:
        rows = await FORMATS[name](answers, out)
    content = out.getvalue()
    assert rows == len(list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))) - 1
    return content


@pytest.mark.parametrize("name", FORMATS)
async def test_hostile_cells(store: Store, name: str) -> None:
    for n, text in enumerate(HOSTILE):
        options = (ShownOption("a", text.replace("\0", "")), ShownOption("b", "อื่น"))
        kept = answer(
            f"e{n}/r0",
            question=f"q{n}",
            text=text.replace("\0", ""),
            stem=text.replace("\0", ""),
            options=options,
        )
        await take_in(store, commit(f"e{n}", kept))
    content = await written(store, name)
    assert content.startswith(b"\xef\xbb\xbf")
    assert next(csv.reader(io.StringIO(content.decode("utf-8-sig")))) == list(COLUMNS)
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert len(rows) == len(HOSTILE)
    said = {row["text"].removeprefix("'") for row in rows}
    assert said == {text.replace("\0", "") for text in HOSTILE}
    for row in rows:
        for cell in row.values():
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")), cell


@pytest.mark.parametrize("name", FORMATS)
async def test_history_is_there_and_marked(store: Store, name: str) -> None:
    old = answer("e1/r0", chosen=("a",))
    await take_in(store, commit("e1", old))
    from msgspec.structs import replace

    newer = answer("e2/r0", chosen=("b",))
    await take_in(store, commit("e2", replace(old, replaced_at=newer.at), newer))
    content = await written(store, name)
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert {(row["chosen_codes"], row["current"]) for row in rows} == {("a", "no"), ("b", "yes")}
    assert all(row["at"].endswith("+07:00") for row in rows)
    assert all(f"/{int(row['at'][:4]) + 543} " in row["at_be"] for row in rows)
