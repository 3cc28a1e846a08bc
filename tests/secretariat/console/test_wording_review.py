"""The wording in the console: returned, approved; and what must not be approved."""

import io
from pathlib import Path
from zipfile import ZipFile

import pytest
from msgspec.structs import replace

from bot.errors import ContentError
from bot.library import admit
from bot.secretariat.console.policy import Role
from bot.secretariat.wording import approving
from bot.secretariat.wording.approving import Approving
from bot.secretariat.wording.folder import hashed
from bot.store import Store
from bot.store.wordings import WordingState
from tests.secretariat.console.conftest import Desk
from tests.secretariat.console.wordings import (
    ALL_YES,
    BETTER,
    CLAUSE,
    LEADING,
    LIVE,
    UNIT,
    approve,
    content,
    review_of,
    seen_in,
    send,
    stored,
)

__all__ = ["content"]


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    """One database: what is judged is a folder; test_wording_approved.py is run on both."""
    return sqlite_store


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


async def test_what_is_blocked_is_not_approved_even_when_it_was_sent(desk: Desk, sign_in) -> None:
    """The rules may have become stricter since, or somebody wrote into the database."""
    author, reviewer = await sign_in(Role.AUTHOR), await sign_in(Role.REVIEWER)
    draft = await send(author)
    was = await stored(desk, draft)
    await desk.office.store.wordings.change(was, replace(was, content=was.content.replace(BETTER, LEADING)))
    refused = await approve(reviewer, draft)
    assert refused.status_code == 409 and "W01" in refused.text
    assert LIVE in desk.office.content.joinpath(CLAUSE).read_text("utf-8")


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
