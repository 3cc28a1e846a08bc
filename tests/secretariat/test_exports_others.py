"""The files other programs read: they find in them what the store holds."""

import csv
import hashlib
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest
from frictionless import Package, system
from pyxform.xls2xform import convert

from bot.errors import ExportError
from bot.language.calendar import iso
from bot.secretariat.exports import FORMATS, pack
from bot.secretariat.exports.guard import as_typed
from bot.store import Filters, Store
from tests.secretariat.exported import LIBRARY, extracted, fill, stored
from tests.secretariat.test_exports import compare, read_csv, sent, told


async def write(store: Store, folder: Path, name: str, ending: str, filters: Filters | None = None) -> Path:
    """The store in a format."""
    out = folder / f"{name}{ending}"
    async with extracted(store, folder, filters or Filters(history=True)) as extract:
        FORMATS[name].writers[ending](extract, out)
    return out


async def test_the_data_package(store: Store, tmp_path: Path) -> None:
    await fill(store)
    answers, suggestions = await stored(store)
    folder = await write(store, tmp_path, "datapackage", "")
    compare(read_csv(folder / "answers.csv"), answers, told, "answer_id")
    compare(read_csv(folder / "suggestions.csv"), suggestions, sent, "suggestion_id")
    with system.use_context(trusted=True):
        report = Package(str(folder / "datapackage.json")).validate()
    assert report.valid, report.flatten(["type", "title", "description"])
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    fields = {field["name"]: field for field in package["resources"][0]["schema"]["fields"]}
    assert {c["value"] for c in fields["outcome"]["categories"]} >= {a.outcome.value for _, a in answers}
    assert all(field["description"] for field in fields.values())
    (folder / "answers.csv").write_bytes((folder / "answers.csv").read_bytes() + b"x")
    with system.use_context(trusted=True):
        assert not Package(str(folder / "datapackage.json")).validate().valid
    with pytest.raises(ExportError):
        FORMATS["datapackage"].check(folder)


async def texts(store: Store) -> list[tuple[str, str, str]]:
    """Everything typed that is current: text, moment, group."""
    answers, suggestions = await stored(store)
    said = [(a.text or "", iso(a.at), a.group or "") for _, a in answers if a.replaced_at is None]
    told_ = [(s.text, iso(s.at), s.group or "") for _, s in suggestions if s.replaced_at is None]
    return [text for text in (*said, *told_) if text[0]]


async def test_talk_to_the_city(store: Store, tmp_path: Path) -> None:
    await fill(store)
    out = await write(store, tmp_path, "t3c", ".csv")
    assert out.read_bytes().endswith(b'"')
    assert out.read_bytes().startswith(b'"id","interview","comment","timestamp"\r\n')
    rows = read_csv(out)
    assert [(row["comment"], row["timestamp"]) for row in rows] == [text[:2] for text in await texts(store)]


async def test_sensemaking(store: Store, tmp_path: Path) -> None:
    await fill(store)
    folder = await write(store, tmp_path, "sensemaking", "")
    wanted = await texts(store)
    first, second = read_csv(folder / "comments-v1.csv"), read_csv(folder / "responses-v2.csv")
    assert [row["comment_text"] for row in first] == [text for text, _, _ in wanted]
    assert [(row["survey_text"], row["demo:group"]) for row in second] == [(t, g) for t, _, g in wanted]
    assert set(first[0]) == {"comment-id", "comment_text", "topics", "agrees", "disagrees", "passes"}
    assert {row["agrees"] for row in first} == {"0"}
    assert all(not set(";:") & set(row["topics"]) for row in first)


async def test_the_questionnaire(sqlite_store: Store, tmp_path: Path) -> None:
    out = await write(sqlite_store, tmp_path, "xlsform", ".xlsx")
    made = convert(out)
    assert [w for w in made.warnings if "missing" in w] == []
    form = made.xform
    for question in LIBRARY.questions.values():
        assert question.stem in form
        for option in question.options:
            assert f"<value>{option.label}</value>" in form
    assert "ไทย (th)" in form
    book = openpyxl.load_workbook(out)
    survey = list(book["survey"].iter_rows(values_only=True))
    rows = [dict(zip(survey[0], row, strict=True)) for row in survey[1:]]
    business = next(q for q in LIBRARY.questions.values() if q.audience == frozenset({"business"}))
    relevant = next(row["relevant"] for row in rows if row["label::ไทย (th)"] == business.stem)
    assert "${group} = 'business'" in relevant
    assert "citizen" not in relevant


async def test_a_questionnaire_of_one_clause(sqlite_store: Store, tmp_path: Path) -> None:
    out = await write(sqlite_store, tmp_path, "xlsform", ".xlsx", Filters(clause="3.5"))
    form = convert(out).xform
    for question in LIBRARY.questions.values():
        assert (f'/q_{question.id.replace(".", "_").replace("-", "_")}"' in form) is (
            question.clause == "3.5"
        )


async def test_the_pack_holds_every_format_and_its_manifest_is_true(
    sqlite_store: Store, tmp_path: Path
) -> None:
    await fill(sqlite_store)
    out = await write(sqlite_store, tmp_path, "pack", ".zip")
    with zipfile.ZipFile(out) as packed:
        packed.extractall(tmp_path / "un")
        names = set(packed.namelist())
    manifest = json.loads((tmp_path / "un" / "manifest.json").read_text("utf-8"))
    assert {file["path"] for file in manifest["files"]} | {"manifest.json"} == names
    for file in manifest["files"]:
        content = (tmp_path / "un" / file["path"]).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (file["sha256"], file["bytes"])
    answers, suggestions = await stored(sqlite_store)
    assert (manifest["answers"], manifest["suggestions"]) == (len(answers), len(suggestions))
    assert manifest["left_out"]["answers_restricted"] == 1
    assert set(manifest["rows"]) == {part.file for part in pack.PARTS.values()}
    readme = (tmp_path / "un" / "README.txt").read_text("utf-8")
    assert all(f"- {name}: " in readme for name in names)
    # One person has one id in every file.
    people = {row["participant"] for row in read_csv(tmp_path / "un" / "csv" / "answers.csv")}
    lines = (tmp_path / "un" / "ruamkhit.jsonl").read_text("utf-8").split("\n")[:-1]
    assert {json.loads(line)["participant"] for line in lines} >= people
    with (tmp_path / "un" / "talk-to-the-city.csv").open(encoding="utf-8", newline="") as file:
        assert {as_typed(row["interview"]) for row in csv.DictReader(file)} <= people


async def test_a_file_that_does_not_read_back_fails_the_pack(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(sqlite_store)
    await write(sqlite_store, tmp_path, "pack", "")
    for broken in ("bot.secretariat.exports.csv.safe", "bot.secretariat.exports.jsonl._suggestion"):
        with monkeypatch.context() as patched:
            patched.setattr(broken, lambda cell: cell if isinstance(cell, str) else {"type": "answer"})
            if broken.endswith("safe"):
                patched.setattr("bot.secretariat.exports.csv.as_typed", lambda cell: "=1")
            with pytest.raises(ExportError):
                await write(sqlite_store, tmp_path, "pack", ".zip")
        assert not (tmp_path / "pack.zip").exists()


async def test_a_pack_without_the_extra_says_what_it_has_not(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.secretariat.exports.format.find_spec", lambda name: None)
    folder = await write(sqlite_store, tmp_path, "pack", "")
    assert not list(folder.rglob("*.sav"))
    assert json.loads((folder / "manifest.json").read_text("utf-8"))["not_installed"] == ["parquet", "sav"]
    assert "parquet, sav" in (folder / "README.txt").read_text("utf-8")
