"""Files from the console: what was filtered and nothing else, whole, noted, and gone afterwards."""

import csv
import io
import zipfile
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pytest

from bot.dialogue import Group, Outcome
from bot.errors import ExportError
from bot.secretariat.console import making
from bot.secretariat.console.pages import exports
from bot.secretariat.console.policy import Role
from bot.secretariat.exports import FORMATS
from bot.store import Deed
from tests.secretariat.console.conftest import Browser, Desk
from tests.store.values import answer, at, commit, person, suggestion, take_in

FORMULA = '=HYPERLINK("https://evil.example","x")'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where files are made, so that what is left behind can be seen."""
    made = tmp_path / "making"
    made.mkdir()
    monkeypatch.setattr(making, "TemporaryDirectory", partial(TemporaryDirectory, dir=made))
    return made


async def lived(desk: Desk) -> None:
    store, question = desk.office.store, desk.office.library.clauses["1.2"].questions[0]
    for who, group in (("b1", Group.BUSINESS), ("b2", Group.BUSINESS), ("c1", Group.CITIZEN)):
        told = answer(
            f"a-{who}",
            clause="1.2",
            question=question.id,
            group=group,
            outcome=Outcome.ANSWERED,
            text=FORMULA,
        )
        await take_in(store, commit(f"e-{who}", told, suggestion(f"s-{who}"), who=person(who)))


async def deeds(desk: Desk, act: str) -> list[Deed]:
    return [deed async for deed in desk.office.store.audit.read() if deed.act == act]


async def file(browser: Browser, format_: str, filters: str = "", **more: str):
    return await browser.post("/exports/file", format=format_, filters=filters, **more)


async def test_the_business_answers_to_a_clause_as_a_workbook(desk: Desk, sign_in, folder: Path) -> None:
    await lived(desk)
    browser = await sign_in(Role.EXPORTER)
    page = await browser.get("/exports?clause=1.2&group=business")
    assert "คำตอบ 2 รายการ" in page.text
    answered = await file(browser, "xlsx", "clause=1.2&group=business")
    assert answered.status_code == 200
    assert answered.headers["content-disposition"].startswith('attachment; filename="ruamkhit-')
    assert int(answered.headers["content-length"]) == len(answered.content)
    sheets = openpyxl.load_workbook(io.BytesIO(answered.content))
    head, *rows = sheets.worksheets[1].iter_rows()
    columns = {cell.value: place for place, cell in enumerate(head)}
    assert [row[columns["group"]].value for row in rows] == ["business"] * 2
    assert {(row[columns["text"]].value, row[columns["text"]].data_type) for row in rows} == {(FORMULA, "s")}
    deed = (await deeds(desk, "export"))[-1]
    assert deed.detail["format"] == "xlsx" and deed.detail["clause"] == "1.2"
    assert deed.detail["group"] == "business" and deed.detail["answers"] == "2"
    assert list(folder.iterdir()) == []


async def test_words_that_were_looked_for_are_not_noted(desk: Desk, sign_in) -> None:
    await lived(desk)
    await file(await sign_in(Role.EXPORTER), "jsonl", "contains=สมหญิง")
    deed = (await deeds(desk, "export"))[-1]
    assert deed.detail["contains"] == "…" and "สมหญิง" not in str(deed)


@pytest.mark.parametrize("name", FORMATS)
async def test_every_format_is_offered_and_made(desk: Desk, sign_in, name: str, folder: Path) -> None:
    await lived(desk)
    browser = await sign_in(Role.EXPORTER)
    assert f'value="{name}"' in (await browser.get("/exports")).text
    answered = await file(browser, name)
    assert answered.status_code == 200 and len(answered.content) > 100
    if answered.headers["content-type"] == "application/zip":
        assert zipfile.ZipFile(io.BytesIO(answered.content)).testzip() is None
    assert list(folder.iterdir()) == []


async def test_what_was_changed_later_comes_along_when_asked_for(desk: Desk, sign_in) -> None:
    store = desk.office.store
    await take_in(store, commit("e", answer("a", replaced_at=at(1)), answer("b"), who=person("p")))
    browser = await sign_in(Role.EXPORTER)

    async def currents(**more: str) -> list[str]:
        archive = zipfile.ZipFile(io.BytesIO((await file(browser, "csv", **more)).content))
        return [row["current"] for row in csv.DictReader(io.StringIO(archive.read("answers.csv").decode()))]

    assert await currents() == ["yes"]
    assert sorted(await currents(history="yes")) == ["no", "yes"]


async def test_a_format_whose_library_is_missing_says_so(desk: Desk, sign_in, monkeypatch) -> None:
    browser = await sign_in(Role.EXPORTER)
    monkeypatch.setattr("bot.secretariat.exports.format.find_spec", lambda _: None)
    page = (await browser.get("/exports")).text
    assert 'value="sav"' not in page and "requirements-research.lock" in page
    assert (await file(browser, "sav")).status_code == 422
    assert (await file(browser, "csv")).status_code == 200


@pytest.mark.parametrize("name", ["", "exe", "../csv"])
async def test_what_is_no_format_is_refused(desk: Desk, sign_in, name: str) -> None:
    answered = await file(await sign_in(Role.EXPORTER), name)
    assert answered.status_code == 422
    assert await deeds(desk, "export") == []


async def test_a_file_that_fails_leaves_nothing(desk: Desk, sign_in, monkeypatch, folder: Path) -> None:
    def failing(*_: object) -> None:
        raise ExportError("does not read back")

    browser = await sign_in(Role.EXPORTER)
    monkeypatch.setattr(exports, "writer_for", lambda *_: failing)
    answered = await file(browser, "csv")
    assert answered.status_code == 500 and "ไม่ใช่ความผิดของคุณ" in answered.text
    assert await deeds(desk, "export") == []
    assert list(folder.iterdir()) == []


async def test_a_third_file_at_once_is_told_to_wait(desk: Desk, sign_in) -> None:
    """Whether the two that are being made are exports or reports."""
    browser = await sign_in(Role.EXPORTER, Role.ANALYST)
    asked = (("/exports/file", {"format": "csv"}), ("/report/file", {"form": "pdf"}))
    room = desk.office.making
    async with room.folder():
        assert [(await browser.post(path, **form)).status_code for path, form in asked] == [200, 200]
        async with room.folder():
            for path, form in asked:
                answered = await browser.post(path, **form)
                assert answered.status_code == 429 and "รอหนึ่งนาที" in answered.text


async def test_the_report_opens_in_the_browser_or_in_a_word_processor(desk: Desk, sign_in) -> None:
    await lived(desk)
    browser = await sign_in(Role.ANALYST)
    assert "10" in (await browser.get("/report")).text
    pdf = await browser.post("/report/file", form="pdf")
    assert pdf.content.startswith(b"%PDF-") and pdf.headers["content-type"] == "application/pdf"
    assert pdf.headers["content-disposition"].startswith('inline; filename="hearing-')
    docx = await browser.post("/report/file", form="docx")
    assert zipfile.ZipFile(io.BytesIO(docx.content)).testzip() is None
    assert (await browser.post("/report/file", form="exe")).status_code == 422
    noted = await deeds(desk, "report hearing")
    assert [deed.detail["form"] for deed in noted] == ["pdf", "docx"]


async def test_the_answers_lead_to_their_export(desk: Desk, sign_in) -> None:
    await lived(desk)
    both = await sign_in(Role.EXPORTER)
    assert (
        "/secretariat/exports?clause=1.2&amp;group=business"
        in (await both.get("/answers?clause=1.2&group=business")).text
    )
    assert "/secretariat/exports" not in (await (await sign_in(Role.DPO)).get("/answers")).text
