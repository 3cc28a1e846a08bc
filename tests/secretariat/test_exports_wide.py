"""A row a person: what Parquet and SPSS hold is what the store holds, with its labels."""

import json
from pathlib import Path
from typing import Any

import pandas
import pyarrow.parquet
import pyreadstat
import pytest

from bot.dialogue import Answer, Outcome
from bot.secretariat.exports import FORMATS, wide
from bot.secretariat.exports.codebook import codebook_cells
from bot.secretariat.exports.sav import LABEL, TEXT, VALUE, shortened
from bot.secretariat.exports.tables import CODEBOOK
from bot.store import Store
from tests.secretariat.exported import LIBRARY, extracted, fill, stored

MISSING = {Outcome.NOT_APPLICABLE: 97, Outcome.DONT_KNOW: 98, Outcome.SKIPPED: 99}


async def people(store: Store) -> dict[str, dict[tuple[str, str], Answer]]:
    """The current answers of each person, by question and version."""
    answers, _ = await stored(store)
    found: dict[str, dict[tuple[str, str], Answer]] = {}
    for who, answer in answers:
        if answer.replaced_at is None:
            found.setdefault(who, {})[answer.question, answer.version] = answer
    return found


def expected(answer: Answer, options: list[dict[str, str]], question: dict[str, str]) -> dict[str, Any]:
    """The variables of one answer, as the codebook says."""
    if answer.outcome is not Outcome.ANSWERED:
        code = MISSING[answer.outcome]
        return {question["variable"]: code} | {o["variable"]: code for o in options}
    told: dict[str, Any] = {question["variable"]: 1}
    for option in options:
        if option["variable"] != question["variable"] and option["option_role"] == "substantive":
            told[option["variable"]] = int(option["option_code"] in answer.chosen)
        elif option["option_code"] in answer.chosen:
            told[question["variable"]] = int(option["variable_code"])
    if answer.text is not None:
        told[question["variable"] + "_text"] = answer.text
    return told


async def compare(store: Store, book: list[dict[str, str]], rows: list[dict[str, Any]], text: Any) -> None:
    """Every person's row has exactly their answers; `text` is what the format makes of a text."""
    wanted = []
    for answers in (await people(store)).values():
        cells: dict[str, Any] = {}
        for key, answer in answers.items():
            lines = [line for line in book if (line["question_id"], line["version"]) == key]
            cells |= expected(answer, lines[1:], lines[0])
        wanted.append({name: text(cell) if isinstance(cell, str) else cell for name, cell in cells.items()})
    fixed = ("participant", "group", "capacity", "channel", "first_at", "last_at", "texts_cut")
    found = [{name: cell for name, cell in row.items() if name not in fixed} for row in rows]
    key = json.dumps
    assert sorted(map(key, map(sort, found))) == sorted(map(key, map(sort, wanted)))
    assert [row["participant"] for row in rows] == sorted(row["participant"] for row in rows)


def sort(cells: dict[str, Any]) -> dict[str, Any]:
    return {name: cells[name] for name in sorted(cells) if cells[name] != ""}


async def write(store: Store, folder: Path, name: str) -> tuple[Path, list[dict[str, str]]]:
    """The store in a format, and the codebook."""
    out = folder / f"a.{name}"
    async with extracted(store, folder) as extract:
        FORMATS[name].writers[f".{name}"](extract, out)
        return out, [dict(zip(CODEBOOK, row, strict=True)) for row in codebook_cells(extract)]


@pytest.mark.parametrize("bucket", [wide.BUCKET, 20])
async def test_parquet(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bucket: int) -> None:
    monkeypatch.setattr(wide, "BUCKET", bucket)
    await fill(store)
    out, book = await write(store, tmp_path, "parquet")
    file = pyarrow.parquet.ParquetFile(out)
    assert (file.num_row_groups > 1) is (bucket == 20)
    rows = [{k: v for k, v in row.items() if v is not None} for row in file.read().to_pylist()]
    await compare(store, book, rows, lambda text: text)
    scale = next(q for q in LIBRARY.questions.values() if q.kind == "scale")
    name = next(line["variable"] for line in book if line["question_id"] == scale.id)
    told = file.schema_arrow.field(name).metadata
    assert told[b"label"].decode() == scale.stem
    values = json.loads(told[b"values"])
    assert values[str(scale.options[0].value)] == scale.options[0].label
    assert values["99"] == "ข้าม"


async def test_spss(store: Store, tmp_path: Path) -> None:
    await fill(store)
    out, book = await write(store, tmp_path, "sav")
    frame, told = pyreadstat.read_sav(str(out), user_missing=True)
    assert isinstance(frame, pandas.DataFrame)
    rows = [
        {k: v if isinstance(v, str) else int(v) for k, v in row.items() if v != "" and not pandas.isna(v)}
        for row in frame.to_dict("records")
    ]
    # SPSS pads texts with spaces, so those at the end are not told apart from none.
    await compare(store, book, rows, lambda text: shortened(text, TEXT).rstrip(" "))
    assert sum(row["texts_cut"] for row in rows) == 2
    for name, label in told.column_names_to_labels.items():
        assert len(name.encode()) <= 64
        assert len((label or "").encode()) <= LABEL
    for labels in told.variable_value_labels.values():
        assert all(len(label.encode()) <= VALUE for label in labels.values())
    for kind in ("single", "multiple", "scale", "open"):
        question = next(q for q in LIBRARY.questions.values() if q.kind == kind)
        lines = [line for line in book if line["question_id"] == question.id]
        for line in lines[1:]:
            labels = told.variable_value_labels[line["variable"]]
            assert line["variable_code"] in {str(int(code)) for code in labels}
            missing = [m["lo"] for m in told.missing_ranges[line["variable"]]]
            assert missing == [97.0, 98.0, 99.0]
        assert told.column_names_to_labels[lines[0]["variable"]] == question.stem
    hidden, _ = pyreadstat.read_sav(str(out))
    codes = [name for name in told.missing_ranges if name in hidden]
    assert not hidden[codes].isin([97, 98, 99]).any().any()
    assert frame[codes].isin([97, 98, 99]).any().any()


async def test_every_wording_has_its_own_variable(sqlite_store: Store, tmp_path: Path) -> None:
    await fill(sqlite_store)
    async with extracted(sqlite_store, tmp_path) as extract:
        names = [name.lower() for name in wide.described(extract).names]
        book = [dict(zip(CODEBOOK, row, strict=True)) for row in codebook_cells(extract)]
    assert len(set(names)) == len(names)
    asked = {(line["question_id"], line["version"]) for line in book}
    assert asked >= {(q.id, q.version) for q in LIBRARY.questions.values()}
    assert {line["in_use"] for line in book} == {"yes", "no"}
    assert {line["variable"].lower() for line in book} <= set(names)


@pytest.mark.parametrize("limit", range(1, 60))
def test_a_label_is_cut_at_a_whole_letter(limit: int) -> None:
    text = "กิ่งก้านใบที่น้ำท่วม 😀 e\u0301"
    kept = shortened(text, limit)
    assert len(kept.encode()) <= limit
    assert text.startswith(kept)
    rest = text[len(kept) :]
    assert rest[:1] not in {*"ิี่ิ่้ัําุู", "\u0301"} - {"ำ", "า"}
