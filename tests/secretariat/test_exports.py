"""Every format holds every record with the words that were asked, and nothing a spreadsheet would calculate.

Each is read back by a library that did not write it, and compared cell by cell with the store.
"""

import csv
import json
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.escape import unescape

from bot.dialogue import Answer, Suggestion
from bot.errors import SettingsError
from bot.language.calendar import buddhist, iso
from bot.secretariat.exports import FORMATS, format, guard, writer_for, xlsx
from bot.secretariat.exports.csv import answer_lines, write_table
from bot.secretariat.exports.extract import CELL, units
from bot.secretariat.exports.tables import ANSWERS, NUMBERS, answer_cells
from bot.store import Store
from tests.secretariat.exported import NOW, extracted, fill, held, stored
from tests.secretariat.hostile import HOSTILE, LONG

CALCULATED = tuple("=+-@\t\r\n＝＋－＠")


def told(answer: Answer) -> dict[str, str]:
    """An answer's cells, but for the ids of the export."""
    labels = {option.id: option.label for option in answer.options}
    return {
        "at": iso(answer.at), "at_be": buddhist(answer.at), "channel": answer.channel, "group": answer.group or "",
        "capacity": answer.capacity or "", "clause": answer.clause, "question_id": answer.question,
        "version": answer.version, "stem": answer.stem,
        "options_shown": " | ".join(f"{o.id}={o.label}" for o in answer.options), "order": answer.order,
        "outcome": answer.outcome.value, "chosen_codes": " | ".join(answer.chosen),
        "chosen_labels": " | ".join(labels[id_] for id_ in answer.chosen), "text": answer.text or "",
        "notice": answer.notice, "current": "no" if answer.replaced_at else "yes",
        "replaced_at": iso(answer.replaced_at) if answer.replaced_at else "",
    }  # fmt: skip


def sent(suggestion: Suggestion) -> dict[str, str]:
    """A suggestion's cells, but for the ids of the export."""
    return {
        "at": iso(suggestion.at), "at_be": buddhist(suggestion.at), "channel": suggestion.channel,
        "group": suggestion.group or "", "capacity": suggestion.capacity or "", "clause": suggestion.clause,
        "text": suggestion.text, "status": suggestion.status.value,
        "organisation": (suggestion.organisation or "") if suggestion.name_shown else "",
        "attachments": " | ".join(a.media_type for a in suggestion.attachments), "notice": suggestion.notice,
        "current": "no" if suggestion.replaced_at else "yes",
        "replaced_at": iso(suggestion.replaced_at) if suggestion.replaced_at else "",
    }  # fmt: skip


def compare(rows: Sequence[dict[str, str]], records: Sequence[tuple[str, Any]], cells: Any, id_: str) -> None:
    """Every cell as stored, in the order of the store; ids that are nobody's, one a person."""
    assert len(rows) == len(records) > 0
    ids = (id_, "participant", "thread", "cut")
    for row, (_, record) in zip(rows, records, strict=True):
        assert {name: cell for name, cell in row.items() if name not in ids} == cells(record)
    given = {(who, row["participant"]) for row, (who, _) in zip(rows, records, strict=True)}
    assert len(given) == len({who for who, _ in given}) == len({made for _, made in given}) > 4
    assert len({row[id_] for row in rows}) == len(rows)
    for row, (who, record) in zip(rows, records, strict=True):
        assert row[id_][0] in "AS"
        assert row["participant"][0] == "P"
        assert not {who, record.id} & set(row.values())


def read_csv(file: Path, *, bom: bool = False) -> list[dict[str, str]]:
    """A table by Python's own reader, each cell looked at, and without the apostrophe of the guard."""
    content = file.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf") is bom
    with file.open(encoding="utf-8-sig", newline="") as text:
        lines = list(csv.reader(text, strict=True))
    names = lines[0]
    for line in lines:
        for name, cell in zip(names, line, strict=True):
            assert not cell.startswith(CALCULATED) or (name in NUMBERS and re.fullmatch(r"-\d+", cell)), cell
    assert all(b"\n" not in line.replace(b"\r\n", b"") for line in content.split(b'"')[::2])
    return [dict(zip(lines[0], (cell.removeprefix("'") for cell in line), strict=True)) for line in lines[1:]]


async def written(store: Store, folder: Path, name: str, out: str) -> Path:
    """The store in this format."""
    target = folder / out
    async with extracted(store, folder) as extract:
        rows = writer_for(FORMATS, name, target)(extract, target)
        assert sum(rows.values()) > 0
    return target


def unpacked(archive: Path) -> Path:
    """The files of a zip."""
    folder = archive.with_suffix("")
    with zipfile.ZipFile(archive) as packed:
        assert packed.testzip() is None
        packed.extractall(folder)
    return folder


async def test_the_bundle_of_csv(store: Store, tmp_path: Path) -> None:
    await fill(store)
    answers, suggestions = await stored(store)
    folder = unpacked(await written(store, tmp_path, "csv", "out.zip"))
    for ending, bom in (("", False), ("-excel", True)):
        compare(read_csv(folder / f"answers{ending}.csv", bom=bom), answers, told, "answer_id")
        compare(read_csv(folder / f"suggestions{ending}.csv", bom=bom), suggestions, sent, "suggestion_id")
        assert {row["question_id"] for row in read_csv(folder / f"codebook{ending}.csv", bom=bom)} >= {
            a.question for _, a in answers
        }
    readme = (folder / "README.txt").read_text("utf-8")
    for path in folder.iterdir():
        assert f"- {path.name}: " in readme
    assert f"คำตอบ {len(answers)}\n" in readme


async def test_one_csv_is_the_answers_for_excel(sqlite_store: Store, tmp_path: Path) -> None:
    await fill(sqlite_store)
    answers, _ = await stored(sqlite_store)
    compare(
        read_csv(await written(sqlite_store, tmp_path, "csv", "a.csv"), bom=True), answers, told, "answer_id"
    )


async def test_the_guard_can_be_undone_and_is_needed(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len({*HOSTILE, *LONG}) >= 100
    for text in HOSTILE:
        assert guard.as_typed(guard.safe(held(text))) == held(text)
    monkeypatch.setattr("bot.secretariat.exports.csv.safe", lambda cell: cell)
    await fill(sqlite_store)
    with pytest.raises(AssertionError):
        read_csv(await written(sqlite_store, tmp_path, "csv", "a.csv"), bom=True)


def read_xlsx(file: Path) -> dict[str, list[dict[str, str]]]:
    """Every sheet, by openpyxl; every cell is text, and marked as text."""
    book = openpyxl.load_workbook(file)
    sheets = {}
    for sheet in book:
        lines = list(sheet.iter_rows())
        for line in lines:
            for cell in line:
                assert cell.value is None or cell.data_type == "s", cell.coordinate
                assert cell.hyperlink is None
                assert cell.row == 1 or cell.value is None or cell.quotePrefix
        values = [[unescape(cell.value) if cell.value else "" for cell in line] for line in lines]
        sheets[sheet.title] = [dict(zip(values[0], line, strict=True)) for line in values[1:]]
    return sheets


def as_in_a_cell(cells: dict[str, str]) -> dict[str, str]:
    """What of a record a spreadsheet's cells hold."""
    return {name: xlsx.cut(cell) for name, cell in cells.items()}


async def test_the_workbook(store: Store, tmp_path: Path) -> None:
    await fill(store)
    answers, suggestions = await stored(store)
    sheets = read_xlsx(await written(store, tmp_path, "xlsx", "a.xlsx"))
    compare(sheets["answers"], answers, lambda a: as_in_a_cell(told(a)), "answer_id")
    compare(sheets["suggestions"], suggestions, lambda s: as_in_a_cell(sent(s)), "suggestion_id")
    cut = [row for row in sheets["answers"] if row["cut"]]
    assert [row["cut"] for row in cut] == ["stem options_shown chosen_labels text"] * 2
    assert [units(row["text"]) for row in cut] == [CELL, CELL]
    cover = {row["รายการ"]: row["ค่า"] for row in next(iter(sheets.values()))}
    assert cover["ทำเมื่อ"] == buddhist(NOW)
    assert cover["จำนวนคำตอบ"] == str(len(answers))
    assert next(value for name, value in cover.items() if "ถูกตัดเพราะยาวเกินหนึ่งช่อง" in name) == "4"
    assert next(value for name, value in cover.items() if "คำตอบที่เจ้าของขอระงับ" in name) == "1"


async def test_a_table_longer_than_a_sheet_goes_on_in_the_next(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(sqlite_store)
    answers, _ = await stored(sqlite_store)
    monkeypatch.setattr(xlsx, "SHEET_ROWS", 51)
    file = await written(sqlite_store, tmp_path, "xlsx", "a.xlsx")
    sheets = read_xlsx(file)
    parts = [sheets[name] for name in sheets if name.split("-")[0] == "answers"]
    assert [len(part) for part in parts[:-1]] == [50] * (len(answers) // 50)
    compare([row for part in parts for row in part], answers, lambda a: as_in_a_cell(told(a)), "answer_id")
    assert FORMATS["xlsx"].check(file)["answers"] == len(answers)


async def test_json_lines(store: Store, tmp_path: Path) -> None:
    await fill(store)
    answers, suggestions = await stored(store)
    file = await written(store, tmp_path, "jsonl", "a.jsonl")
    lines = [json.loads(line) for line in file.read_text("utf-8").split("\n")[:-1]]
    assert [line["type"] for line in lines] == ["answer"] * len(answers) + ["suggestion"] * len(suggestions)
    for line, (_, a) in zip(lines, answers, strict=False):
        assert line["text"] == a.text
        assert line["options_shown"] == [{"id": o.id, "label": o.label} for o in a.options]
        assert [(c["id"]) for c in line["chosen"]] == list(a.chosen)
        assert (line["at"], line["question_id"], line["version"], line["outcome"], line["current"]) == (
            iso(a.at), a.question, a.version, a.outcome, a.replaced_at is None
        )  # fmt: skip
    for line, (_, s) in zip(lines[len(answers) :], suggestions, strict=True):
        assert (line["text"], line["organisation"]) == (
            s.text,
            (s.organisation or None) if s.name_shown else None,
        )
        assert line["attachments"] == [a.media_type for a in s.attachments]


async def test_the_short_way_writes_the_same_lines(sqlite_store: Store, tmp_path: Path) -> None:
    await fill(sqlite_store)
    async with extracted(sqlite_store, tmp_path) as extract:
        rows = map(answer_cells, extract.answers)
        assert write_table(tmp_path / "long.csv", ANSWERS, rows) == extract.answers.count
        lines = b"".join(answer_lines(extract.answers))
    header, _, rest = (tmp_path / "long.csv").read_bytes().partition(b"\r\n")
    assert header.count(b",") == len(ANSWERS) - 1
    assert rest == lines


def test_a_header_is_guarded_like_any_cell(tmp_path: Path) -> None:
    assert write_table(tmp_path / "a.csv", ("=1+1", "b"), [("1", "2")]) == 1
    assert (tmp_path / "a.csv").read_bytes() == b'"\'=1+1","b"\r\n"1","2"\r\n'


async def test_two_exports_share_no_id(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(sqlite_store)
    seen: list[set[str]] = []
    for n in range(4):
        if n == 2:  # with the chance taken away the same people have the same ids
            monkeypatch.setattr("bot.secretariat.exports.rows.token_bytes", lambda size: b"1" * size)
        lines = (
            (await written(sqlite_store, tmp_path, "jsonl", f"{n}.jsonl")).read_text("utf-8").split("\n")[:-1]
        )
        keys = ("participant", "answer_id", "suggestion_id", "thread")
        seen.append({line[key] for line in map(json.loads, lines) for key in keys if key in line})
    assert len(seen[0]) > 200
    assert not seen[0] & seen[1]
    assert seen[2] & seen[3]


@pytest.mark.parametrize("name", FORMATS)
async def test_every_format_reads_back_as_it_was_written(
    sqlite_store: Store, tmp_path: Path, name: str
) -> None:
    chosen = FORMATS[name]
    ending = Path(chosen.file).suffix
    for full in (False, True):
        if full:
            await fill(sqlite_store)
        target = tmp_path / f"{full}{ending}"
        async with extracted(sqlite_store, tmp_path) as extract:
            rows = chosen.writers[ending](extract, target)
            assert chosen.check(target) == rows
    assert sorted(path.name for path in tmp_path.iterdir() if "store.db" not in path.name) == sorted(
        [f"False{ending}", f"True{ending}"]
    )


@pytest.mark.parametrize("name", FORMATS)
async def test_every_ending_writes_something(sqlite_store: Store, tmp_path: Path, name: str) -> None:
    await fill(sqlite_store)
    for ending in FORMATS[name].writers:
        target = tmp_path / f"out{ending}"
        async with extracted(sqlite_store, tmp_path) as extract:
            FORMATS[name].writers[ending](extract, target)
        assert target.is_dir() is (ending == "")
        assert zipfile.is_zipfile(target) is (ending in (".zip", ".xlsx"))


def test_what_cannot_be_written_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match=r"no format 'docx'.*csv"):
        writer_for(FORMATS, "docx", Path("a.docx"))
    with pytest.raises(SettingsError, match=r"ends in \.xlsx; a\.csv does not"):
        writer_for(FORMATS, "xlsx", Path("a.csv"))
    monkeypatch.setattr(format, "find_spec", lambda name: None)
    for name in ("parquet", "sav"):
        with pytest.raises(SettingsError, match=r"requirements-research\.lock"):
            writer_for(FORMATS, name, Path(f"a.{name}"))


async def test_how_far_it_is_is_told(sqlite_store: Store, tmp_path: Path) -> None:
    await fill(sqlite_store)
    seen: list[tuple[str, int, int]] = []
    async with extracted(sqlite_store, tmp_path, watch=lambda *told: seen.append(told)) as extract:
        FORMATS["xlsx"].writers[".xlsx"](extract, tmp_path / "a.xlsx")
        answers, suggestions = extract.answers.count, extract.suggestions.count
    assert seen[-2:] == [("answers", answers, answers), ("suggestions", suggestions, suggestions)]
    assert ("reading", answers + suggestions, answers + suggestions) in seen


async def test_what_is_being_made_ends_with_the_extract(sqlite_store: Store, tmp_path: Path) -> None:
    """A thread that still writes when the export is given up is stopped by an error, not left alone."""
    await fill(sqlite_store)
    async with extracted(sqlite_store, tmp_path) as extract:
        rows = iter(extract.answers)
        next(rows)
    with pytest.raises(ValueError, match="closed"):
        list(extract.answers)
