"""What the tests of the wording in the console begin with: a folder to change, a draft, an approval."""

import re
import shutil
from pathlib import Path

import pytest

from bot.app import content_folder
from bot.library.seal import QUESTIONS
from bot.settings import Settings
from bot.store.wordings import Wording
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
