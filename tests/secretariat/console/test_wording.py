"""The wording in the console: read, edited, seen; and what must not be sent."""

import re
from html import unescape

import pytest
from msgspec.structs import replace

from bot.secretariat.console.policy import Role
from bot.secretariat.wording.folder import Folder
from bot.store import Store
from bot.store.wordings import WordingState
from tests.secretariat.console.conftest import Desk
from tests.secretariat.console.wordings import (
    BETTER,
    CLAUSE,
    LEADING,
    LIVE,
    UNIT,
    begin,
    content,
    deeds,
    review_of,
    send,
    stored,
)

__all__ = ["content"]


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    """One database: what is judged is a folder; test_wording_approved.py is run on both."""
    return sqlite_store


@pytest.mark.parametrize("role", list(Role))
async def test_everybody_here_reads_what_is_live(desk: Desk, sign_in, role: Role) -> None:
    somebody = await sign_in(role)
    listed = (await somebody.get("/wording")).text
    assert all(f"/wording/live/{file}" in listed for file in (CLAUSE, "labels.yaml", "web.yaml"))
    page = (await somebody.get(f"/wording/live/{CLAUSE}")).text
    assert LIVE in page and "ตัวอย่าง อนุมัติเมื่อ" in page
    assert desk.office.library.questions["3.5-c1"].version in page
    assert ("/wording/drafts" in page) == (role is Role.AUTHOR)
    waived = (await somebody.get("/wording/live/drafts/opdc-2566-2570/3.6.yaml")).text
    assert "ยกเว้นไว้ เพราะ" in waived


async def test_only_what_may_be_edited_is_opened(desk: Desk, sign_in) -> None:
    author = await sign_in(Role.AUTHOR)
    for file in (
        "approvals/example.yaml",
        "waivers.yaml",
        "../pyproject.toml",
        "wording/plain.yaml",
        "/etc/passwd",
    ):
        assert (await author.post("/wording/drafts", file=file, unit="x")).status_code == 404
        assert (await author.get(f"/wording/live/{file}")).status_code == 404
    assert await desk.office.store.wordings.open() == []


async def test_a_made_up_unit_opens_nothing_else(desk: Desk, sign_in) -> None:
    author, file = await sign_in(Role.AUTHOR), "drafts/opdc-2566-2570/draft.yaml"
    draft = await begin(author, "draft", file)
    assert 'name="content"' not in (await author.get(f"{draft}?unit=made-up")).text
    for form in ({"unit": "made-up", "text.3": "5"}, {"unit": "", "content": "slug: other"}):
        await author.post(draft, act="save", **form)
        assert (await stored(desk, draft)).content == (desk.office.content / file).read_text("utf-8")


async def test_a_saved_fault_can_be_mended_in_the_same_form(desk: Desk, sign_in) -> None:
    author, unit = await sign_in(Role.AUTHOR), "phrase stopped"
    draft = await begin(author, unit, "phrases/everywhere.yaml")
    await author.post(draft, unit=unit, lines="", act="save")
    page = await author.get(draft)
    assert 'name="lines"' in page.text and "ยังส่งตรวจไม่ได้" in page.text


async def test_a_fault_is_shown_as_one_types_and_stops_sending(desk: Desk, sign_in) -> None:
    author = await sign_in(Role.AUTHOR)
    draft = await begin(author)
    typed = (await author.post(f"{draft}/check", unit=UNIT, stem=LEADING)).text
    assert "<mark>ใช่ไหม</mark>" in typed and "W01" in typed and "ลองเขียนเป็น" in typed
    assert "ยังส่งตรวจไม่ได้" in typed and "9 คำ" in typed and "เหนือกลาง 2 กลาง 1 ใต้กลาง 2" in typed
    assert (await stored(desk, draft)).content == desk.office.content.joinpath(CLAUSE).read_text("utf-8")
    refused = await author.post(draft, unit=UNIT, stem=LEADING, act="send")
    assert refused.status_code == 422
    assert (await stored(desk, draft)).state is WordingState.WRITING
    assert (await author.post(draft, unit=UNIT, stem=BETTER, act="send")).status_code == 303
    assert (await stored(desk, draft)).state is WordingState.SENT
    assert await deeds(desk) == [("author", "wording begun"), ("author", "wording sent")]
    last = await desk.office.store.audit.head()
    assert last and last.detail == {"file": CLAUSE, "units": UNIT}


@pytest.mark.parametrize(
    ("unit", "file", "form", "told"),
    [
        (UNIT, CLAUSE, {"stem": ""}, "must not be empty"),
        (UNIT, CLAUSE, {"stem": "ก" * 301}, "a question holds 300"),
        (
            "phrase stopped",
            "phrases/everywhere.yaml",
            {"lines": "หยุดแล้ว"},
            "must keep exactly these {slots}: answers",
        ),
        (
            "phrase late",
            "phrases/everywhere.yaml",
            {"lines": "ส่ง {what}"},
            "must keep exactly these {slots}: none",
        ),
        ("clause 3.5", CLAUSE, {"label": "วัดผลการใช้งบประมาณของรัฐบาล"}, "a button holds 20"),
    ],
)
async def test_what_no_start_would_take_is_said_and_not_sent(
    desk: Desk, sign_in, unit: str, file: str, form: dict[str, str], told: str
) -> None:
    author = await sign_in(Role.AUTHOR)
    draft = await begin(author, unit, file)
    assert told in unescape((await author.post(f"{draft}/check", unit=unit, **form)).text)
    assert (await author.post(draft, unit=unit, act="send", **form)).status_code == 422
    assert (await stored(desk, draft)).state is WordingState.WRITING


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[" * 5000,
        "a: &x [1]\nb: *x",
        "!!python/object/apply:os.system [ls]",
        "id: \x00",
        "- a\n- b",
        'a: "\\U99999999"',
    ],
)
async def test_no_file_breaks_the_page(desk: Desk, sign_in, text: str) -> None:
    author = await sign_in(Role.AUTHOR)
    draft = await begin(author)
    assert (await author.post(f"{draft}/check", content=text)).status_code == 200
    assert (await author.post(draft, content=text, act="send")).status_code == 422
    assert "ยังส่งตรวจไม่ได้" in (await author.get(draft)).text


async def test_the_live_folder_is_not_looked_at_for_each_unit(desk: Desk, sign_in, monkeypatch) -> None:
    """That would cost as much as judging the draft does."""
    looks: list[Folder] = []
    state = Folder.state
    monkeypatch.setattr(Folder, "state", lambda self: looks.append(self) or state(self))
    author = await sign_in(Role.AUTHOR)
    draft = await begin(author)
    looks.clear()
    await author.post(f"{draft}/check", unit=UNIT, stem=BETTER)
    assert len(looks) <= 2


async def test_hostile_words_are_text(desk: Desk, sign_in) -> None:
    author, reviewer = await sign_in(Role.AUTHOR), await sign_in(Role.REVIEWER)
    draft = await send(author)
    was, hostile = await stored(desk, draft), "<script>alert(1)</script>\"'><img src=x>"
    await desk.office.store.wordings.change(was, replace(was, content=was.content.replace(BETTER, hostile)))
    page = await reviewer.get(review_of(draft))
    await author.post(draft, act="take_back")
    pages = [page, await author.get(draft), await author.post(f"{draft}/check", unit=UNIT, stem=hostile)]
    for page in pages:
        assert page.status_code == 200
        assert "<script>alert" not in page.text and "<img" not in page.text
        assert "&lt;script&gt;" in page.text


async def test_a_draft_is_its_authors_alone(desk: Desk, sign_in) -> None:
    author, other = await sign_in(Role.AUTHOR, name="a"), await sign_in(Role.AUTHOR, name="b")
    draft = await begin(author)
    assert (await other.get(draft)).status_code == 404
    assert (await other.post(draft, unit=UNIT, stem=LEADING, act="save")).status_code == 404
    assert (await other.post(f"{draft}/check", unit=UNIT)).status_code == 404
    assert await begin(author) == draft and await begin(other) != draft


async def test_a_draft_is_given_up_and_an_unchanged_one_not_sent(desk: Desk, sign_in) -> None:
    author = await sign_in(Role.AUTHOR)
    draft = await begin(author)
    same = await author.post(draft, unit=UNIT, stem=LIVE, act="send")
    assert same.status_code == 422 and "ยังเหมือนไฟล์ที่ใช้อยู่" in same.text
    assert (await author.post(draft, act="give_up")).headers["location"] == "/secretariat/wording"
    assert (await stored(desk, draft)).state is WordingState.GIVEN_UP
    assert await desk.office.store.wordings.open() == []
    assert (await author.post(draft, act="take_back")).headers["location"] == "/secretariat/wording"
    assert (await stored(desk, draft)).state is WordingState.GIVEN_UP


async def test_every_unit_has_a_form_and_a_view(desk: Desk, sign_in) -> None:
    author = await sign_in(Role.AUTHOR)
    for file, unit in (
        ("labels.yaml", "labels"), ("web.yaml", "web"), ("menus.yaml", "menus"),
        ("phrases/notices.yaml", "phrase notice"), (CLAUSE, "clause 3.5"),
        ("drafts/opdc-2566-2570/draft.yaml", "draft"), ("drafts/opdc-2566-2570/draft.yaml", "question k1"),
    ):  # fmt: skip
        draft = await begin(author, unit, file)
        page = await author.get(f"{draft}?unit={unit}")
        assert page.status_code == 200, unit
        assert re.search(r'name="(text\.0|lines|explain|title|stem)"', page.text), unit
        assert "ไม่พบข้อห้าม" in page.text, unit
        assert (await author.get(f"/wording/live/{file}")).status_code == 200
