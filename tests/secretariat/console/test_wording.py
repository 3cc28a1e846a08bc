"""The wording in the console: read, edited, seen, returned, approved; and what must not be approved."""

import asyncio
import io
import re
import shutil
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from zipfile import ZipFile

import pytest
from msgspec.structs import replace

from bot.app import content_folder
from bot.dialogue import Action, Event, Participant, Pressed, Verb
from bot.errors import ContentError
from bot.library import admit
from bot.library.seal import QUESTIONS
from bot.secretariat.console.policy import Role
from bot.secretariat.wording import approving
from bot.secretariat.wording.approving import Approving
from bot.secretariat.wording.folder import hashed
from bot.settings import Settings
from bot.store.wordings import Wording, WordingState
from handlers import take_turn
from tests.secretariat.console.conftest import Browser, Desk

CLAUSE = "drafts/opdc-2566-2570/3.5.yaml"
UNIT = "question 3.5-c1"
#: What the pages call it.
TITLE = "คำถาม 3.5-c1"
LIVE = "คุณพอใจหรือไม่พอใจกับการใช้งบของรัฐ"
LEADING = "คุณพอใจกับการใช้งบของรัฐใช่ไหม"
BETTER = "คุณพอใจหรือไม่พอใจกับวิธีที่รัฐใช้งบ"
ALL_YES = dict.fromkeys(QUESTIONS, "yes")


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A content folder of this test's own."""
    folder = tmp_path / "content"
    shutil.copytree(content_folder(Settings()), folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


async def begin(author: Browser, unit: str = UNIT, file: str = CLAUSE) -> str:
    """The path of a new draft."""
    answer = await author.post("/wording/drafts", file=file, unit=unit)
    assert answer.status_code == 303
    return answer.headers["location"].removeprefix("/secretariat").partition("?")[0]


async def send(author: Browser, stem: str = BETTER) -> str:
    """The path of a draft of the question with this stem, sent; a reviewer's path has the same id."""
    draft = await begin(author)
    assert (await author.post(draft, unit=UNIT, stem=stem, act="send")).status_code == 303
    return draft


def review_of(draft: str) -> str:
    return draft.replace("/drafts/", "/review/")


def seen_in(page: str) -> str:
    """The mark of what a reviewer was shown."""
    found = re.search(r'name="seen" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


async def approve(reviewer: Browser, draft: str, act: str = "approve", **given: str):
    page = await reviewer.get(review_of(draft))
    form = {"seen": seen_in(page.text), **ALL_YES, **given}
    return await reviewer.post(review_of(draft), act=act, **form)


async def stored(desk: Desk, draft: str) -> Wording:
    found = await desk.office.store.wordings.get(draft.rpartition("/")[2])
    assert found
    return found


async def deeds(desk: Desk) -> list[tuple[str, str]]:
    return [(d.actor, d.act) async for d in desk.office.store.audit.read() if d.act.startswith("wording")]


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


async def test_a_reviewer_approves_and_the_next_start_says_it(desk: Desk, sign_in) -> None:
    author, reviewer = await sign_in(Role.AUTHOR, name="somjai"), await sign_in(Role.REVIEWER, name="wichai")
    draft = await send(author)
    page = (await reviewer.get(review_of(draft))).text
    assert "<ins>" in page and "<del>" in page and "Telegram" in page and "1. " in page
    assert desk.office.library.clauses["3.5"].original in page, "the source, to hold it against"
    answer = await approve(reviewer, draft)
    assert (answer.status_code, answer.headers["location"]) == (303, "/secretariat/wording")
    assert (await stored(desk, draft)).state is WordingState.APPROVED
    library = admit(desk.office.content)
    pressed = Pressed(Action(Verb.NEXT, ("3.5",)).token())
    event = Event("line:1", datetime(2026, 11, 24, 3, 0, tzinfo=UTC), "line", pressed)
    said = take_turn(Participant(id="p", channel="line"), event, library).messages
    assert any(BETTER in message.text for message in said)
    assert library.seal.readers[library.questions["3.5-c1"].version] == 1
    listed = (await reviewer.get("/wording")).text
    assert "จะใช้จริงเมื่อเริ่มระบบครั้งต่อไป" in listed
    file = (await reviewer.get(f"/wording/live/{CLAUSE}")).text
    assert "wichai อนุมัติเมื่อ" in file and "ผู้เขียนคือ somjai" in file
    assert await deeds(desk) == [
        ("somjai", "wording begun"), ("somjai", "wording sent"), ("wichai", "wording approved"),
    ]  # fmt: skip
    comments = desk.office.content.joinpath(CLAUSE).read_text("utf-8")
    assert "# Keep this wording in every round" in comments


async def test_a_record_that_was_changed_voids_the_approval(desk: Desk, sign_in) -> None:
    author, reviewer = await sign_in(Role.AUTHOR), await sign_in(Role.REVIEWER)
    draft = await send(author)
    await approve(reviewer, draft)
    [record] = desk.office.content.glob(f"approvals/*-{draft.rpartition('/')[2]}.yaml")
    record.write_text(record.read_text("utf-8").replace("author: author", "author: somebody"), "utf-8")
    with pytest.raises(ContentError, match="is not what reviewer signed"):
        admit(desk.office.content)


async def test_a_second_approval_has_the_same_key(desk: Desk, sign_in) -> None:
    author, reviewer = await sign_in(Role.AUTHOR), await sign_in(Role.REVIEWER)
    await approve(reviewer, await send(author))
    people = desk.office.content.joinpath("approvals/reviewers.yaml").read_text("utf-8")
    desk.clock.move(seconds=5)
    await approve(reviewer, await send(author, "คุณพอใจหรือไม่พอใจกับงบของรัฐ"))
    assert desk.office.content.joinpath("approvals/reviewers.yaml").read_text("utf-8") == people
    assert not admit(desk.office.content).seal.readers.get("")
    account = await desk.office.store.staff.named("reviewer")
    assert account and account.signing_key and len(account.signing_key) > 32


async def test_nobody_approves_their_own_words_whatever_their_roles(
    desk: Desk, sign_in, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = await sign_in(Role.AUTHOR, Role.REVIEWER, name="Mali")
    # The same person with another account whose name only looks other.
    twin = await sign_in(Role.REVIEWER, name="mali")
    draft = await send(both)
    mark = hashed((await stored(desk, draft)).content)
    for somebody in (both, twin):
        assert 'value="approve"' not in (await somebody.get(review_of(draft))).text
        refused = await somebody.post(review_of(draft), act="approve", seen=mark, **ALL_YES)
        assert refused.status_code == 409 and "คุณเขียนร่างนี้" in refused.text
        returned = await somebody.post(review_of(draft), act="return", note="x")
        assert returned.status_code == 409
    assert (await stored(desk, draft)).state is WordingState.SENT

    async def nobody(*_: object) -> bool:
        return False

    monkeypatch.setattr(Approving, "wrote", nobody)
    # Without it the seal itself still refuses the very same name, and would take the other one.
    assert (await both.post(review_of(draft), act="approve", seen=mark, **ALL_YES)).status_code == 409
    assert (await twin.post(review_of(draft), act="approve", seen=mark, **ALL_YES)).status_code == 303


async def test_an_approval_is_of_what_was_seen(desk: Desk, sign_in, monkeypatch: pytest.MonkeyPatch) -> None:
    author, reviewer = await sign_in(Role.AUTHOR), await sign_in(Role.REVIEWER)
    draft = await send(author)
    shown = seen_in((await reviewer.get(review_of(draft))).text)
    await author.post(draft, act="take_back")
    assert (await reviewer.get(review_of(draft))).status_code == 404, "what is being written is its author's"
    await author.post(draft, unit=UNIT, stem="คุณพอใจหรือไม่พอใจกับงบของรัฐ", act="send")
    form = {"act": "approve", "seen": shown, **ALL_YES}
    refused = await reviewer.post(review_of(draft), **form)
    assert refused.status_code == 409 and "เปลี่ยนไปแล้ว" in refused.text
    assert LIVE in desk.office.content.joinpath(CLAUSE).read_text("utf-8")
    monkeypatch.setattr(approving.hmac, "compare_digest", lambda *_: True)
    assert (await reviewer.post(review_of(draft), **form)).status_code == 303, "it is this that refuses it"


async def test_a_live_file_that_changed_is_not_written_over(desk: Desk, sign_in) -> None:
    author, reviewer = await sign_in(Role.AUTHOR), await sign_in(Role.REVIEWER)
    draft = await send(author)
    file = desk.office.content / CLAUSE
    changed = file.read_text("utf-8") + "# by somebody else\n"
    file.write_text(changed, "utf-8")
    refused = await approve(reviewer, draft)
    assert refused.status_code == 409 and "เริ่มจากไฟล์ล่าสุด" in refused.text
    assert file.read_text("utf-8") == changed
    assert len(list(desk.office.content.glob("approvals/*.yaml"))) == 2


async def test_a_folder_that_changes_in_the_last_moment_refuses(
    desk: Desk, sign_in, monkeypatch: pytest.MonkeyPatch
) -> None:
    author, reviewer = await sign_in(Role.AUTHOR), await sign_in(Role.REVIEWER)
    draft = await send(author)
    judge = Approving._made

    async def judged_and_changed(self, *given):
        made = await judge(self, *given)
        desk.office.content.joinpath("labels.yaml").write_text("stop: หยุดที่นี่\n", "utf-8")
        return made

    monkeypatch.setattr(Approving, "_made", judged_and_changed)
    assert (await approve(reviewer, draft)).status_code == 409
    assert LIVE in desk.office.content.joinpath(CLAUSE).read_text("utf-8")
    assert (await stored(desk, draft)).state is WordingState.SENT


@pytest.mark.parametrize("missing", QUESTIONS)
async def test_three_times_yes_or_a_note(desk: Desk, sign_in, missing: str) -> None:
    author, reviewer = await sign_in(Role.AUTHOR), await sign_in(Role.REVIEWER)
    draft = await send(author)
    assert (await approve(reviewer, draft, **{missing: "no"})).status_code == 422
    assert (await approve(reviewer, draft, act="return", note="  ")).status_code == 422
    assert (await stored(desk, draft)).state is WordingState.SENT
    note = "ถามให้สั้นลง <b>"
    assert (await approve(reviewer, draft, act="return", note=note)).status_code == 303
    page = (await author.get(draft)).text
    assert "ถามให้สั้นลง &lt;b&gt;" in page and "ส่งกลับให้แก้" in page
    assert (
        await author.post(draft, unit=UNIT, stem="คุณพอใจหรือไม่พอใจกับงบของรัฐ", act="send")
    ).status_code == 303
    assert (await approve(reviewer, draft)).status_code == 303
    assert [act for _, act in await deeds(desk)][-2:] == ["wording sent", "wording approved"]


async def test_what_is_blocked_is_not_approved_even_when_it_was_sent(desk: Desk, sign_in) -> None:
    """The rules may have become stricter since, or somebody wrote into the database."""
    author, reviewer = await sign_in(Role.AUTHOR), await sign_in(Role.REVIEWER)
    draft = await send(author)
    was = await stored(desk, draft)
    await desk.office.store.wordings.change(was, replace(was, content=was.content.replace(BETTER, LEADING)))
    refused = await approve(reviewer, draft)
    assert refused.status_code == 409 and "W01" in refused.text
    assert LIVE in desk.office.content.joinpath(CLAUSE).read_text("utf-8")


async def test_of_two_reviewers_at_once_one_approves(desk: Desk, sign_in) -> None:
    author = await sign_in(Role.AUTHOR)
    first, second = await sign_in(Role.REVIEWER, name="r1"), await sign_in(Role.REVIEWER, name="r2")
    draft = await send(author)
    answers = await asyncio.gather(approve(first, draft), approve(second, draft))
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    assert len(list(desk.office.content.glob("approvals/*.yaml"))) == 3
    admit(desk.office.content)


async def test_a_folder_that_cannot_be_written_gives_the_files_out(
    desk: Desk, sign_in, monkeypatch: pytest.MonkeyPatch
) -> None:
    author, reviewer = await sign_in(Role.AUTHOR), await sign_in(Role.REVIEWER)
    draft = await send(author)

    def read_only(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(approving, "place", read_only)
    refused = await approve(reviewer, draft)
    assert refused.status_code == 409 and "CONTENT_DIR" in refused.text and 'value="download"' in refused.text
    assert (await stored(desk, draft)).state is WordingState.SENT
    files = await approve(reviewer, draft, act="download")
    assert files.headers["content-type"] == "application/zip"
    assert (await stored(desk, draft)).state is WordingState.SENT, "it is not in its place yet"
    with ZipFile(io.BytesIO(files.content)) as archive:
        assert CLAUSE in archive.namelist()
        archive.extractall(desk.office.content)
    assert admit(desk.office.content).questions["3.5-c1"].stem == BETTER
    await reviewer.get("/wording")
    settled = await stored(desk, draft)
    assert (settled.state, settled.reviewer) == (WordingState.APPROVED, "reviewer")


async def test_half_an_approval_is_none(desk: Desk, sign_in, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk fails between the record and the file: what is live is what it was, and still starts."""
    author, reviewer = await sign_in(Role.AUTHOR), await sign_in(Role.REVIEWER)
    draft = await send(author)
    rename = Path.replace

    def failing(self: Path, target: Path) -> Path:
        if target.name == "3.5.yaml":
            raise OSError
        return rename(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", failing)
        assert (await approve(reviewer, draft)).status_code == 409
    assert admit(desk.office.content).questions["3.5-c1"].stem == LIVE
    assert not list(desk.office.content.rglob(".*"))
    desk.clock.move(seconds=5)
    assert (await approve(reviewer, draft)).status_code == 303
    assert admit(desk.office.content).questions["3.5-c1"].stem == BETTER


async def test_a_name_with_another_key_is_told(desk: Desk, sign_in) -> None:
    author, reviewer = await sign_in(Role.AUTHOR), await sign_in(Role.REVIEWER)
    people = desk.office.content / "approvals" / "reviewers.yaml"
    people.write_text(people.read_text("utf-8") + f"reviewer:\n  key: {'A' * 43}=\n", "utf-8")
    refused = await approve(reviewer, await send(author))
    assert refused.status_code == 409 and "reviewers.yaml" in refused.text


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
