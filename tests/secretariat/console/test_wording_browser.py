"""An author and a reviewer in a real Chromium: typed, refused, mended, sent, approved, started anew."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, expect

from bot.library import admit
from bot.secretariat.console.policy import Role
from bot.store import Store
from bot.store.wordings import WordingState
from tests.secretariat.console.browsing import DESK, NARROW, enter, needs_chromium, watched
from tests.secretariat.console.conftest import Desk
from tests.secretariat.console.wordings import BETTER, CLAUSE, LEADING, LIVE, TITLE, content  # noqa: F401

pytestmark = needs_chromium

Opened = Callable[..., Awaitable[Page]]


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    """One database: what is tried here is the pages."""
    return sqlite_store


@pytest.fixture
async def opened(chromium: Chromium, sign_in, address: str) -> AsyncIterator[Opened]:
    """A page of somebody who is signed in. Another host, a refused script or an error fails the test."""
    async with AsyncExitStack() as stack:
        watches = []

        async def open_page(*roles: Role, name: str, script: bool = True, width: int = DESK) -> Page:
            await sign_in(*roles, name=name)
            watch = await stack.enter_async_context(
                watched(chromium, address, width, java_script_enabled=script)
            )
            watches.append(watch)
            await enter(watch, f"session-of-{name}")
            return await watch.context.new_page()

        yield open_page
        assert [(watch.strangers, watch.complaints) for watch in watches] == [([], [])] * len(watches)


async def look(page: Page, name: str) -> None:
    """Nothing hangs over the edge; test_look_browser.py has axe."""
    await page.wait_for_load_state()
    over = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over <= 0, name


async def edit(page: Page) -> None:
    await page.goto(f"wording/live/{CLAUSE}")
    await page.get_by_role("button", name=f"แก้ {TITLE}").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)


async def test_from_a_fault_to_the_next_start(desk: Desk, opened: Opened) -> None:
    author = await opened(Role.AUTHOR, Role.REVIEWER, name="somjai")
    await author.goto("wording")
    await look(author, "list")
    await edit(author)
    stem, verdict = author.get_by_label("คำถาม", exact=True), author.locator("#verdict")
    await expect(stem).to_have_value(LIVE)
    await stem.fill(LEADING)
    await expect(verdict.locator("mark")).to_have_text("ใช่ไหม")
    await expect(verdict.get_by_role("status")).to_contain_text("ยังส่งตรวจไม่ได้")
    await look(author, "fault")
    await author.get_by_role("button", name="ส่งตรวจ").click()
    await expect(author.get_by_role("alert")).to_contain_text("ยังมีจุดที่ห้าม")
    await stem.fill(BETTER)
    await expect(verdict.get_by_role("status")).to_contain_text("ส่งตรวจได้")
    await expect(verdict.get_by_label("บน LINE").locator(".bubble").first).to_contain_text(BETTER)
    await author.get_by_role("button", name="ส่งตรวจ").click()
    await expect(author.get_by_text("ส่งให้ผู้ตรวจแล้ว")).to_be_visible()
    await author.goto(author.url.replace("/drafts/", "/review/"))
    await expect(author.get_by_text("คุณเขียนร่างนี้ ต้องให้คนอื่นตรวจ")).to_be_visible()
    await expect(author.get_by_role("button", name="อนุมัติ")).to_have_count(0)

    reviewer = await opened(Role.REVIEWER, name="wichai")
    await reviewer.goto("wording")
    await reviewer.get_by_role("link", name=CLAUSE).first.click()
    await expect(reviewer.locator("ins").first).to_be_visible()
    await look(reviewer, "review")
    await reviewer.get_by_role("button", name="อนุมัติ").click()
    await expect(reviewer.get_by_role("alert")).to_contain_text("เมื่อตอบว่าใช่ทั้งสามข้อ")
    for answer in await reviewer.get_by_label("ใช่", exact=True).all():
        await answer.check()
    await reviewer.get_by_role("button", name="อนุมัติ").click()
    await expect(reviewer.get_by_role("status")).to_contain_text("เริ่มระบบครั้งต่อไป")
    await look(reviewer, "approved")
    assert admit(desk.office.content).questions["3.5-c1"].stem == BETTER


async def test_without_scripts_it_works_too(desk: Desk, opened: Opened) -> None:
    author = await opened(Role.AUTHOR, name="somjai", script=False)
    await edit(author)
    await author.get_by_label("คำถาม", exact=True).fill(LEADING)
    await author.get_by_role("button", name="บันทึกร่าง").click()
    await expect(author.locator("#verdict mark")).to_have_text("ใช่ไหม")
    await author.get_by_label("คำถาม", exact=True).fill(BETTER)
    await author.get_by_role("button", name="ส่งตรวจ").click()
    [sent] = await desk.office.store.wordings.open()
    assert sent.state is WordingState.SENT


async def test_on_a_phone_nothing_hangs_over(desk: Desk, opened: Opened) -> None:
    author = await opened(Role.AUTHOR, name="somjai", width=NARROW)
    for path in ("wording", f"wording/live/{CLAUSE}", "wording/live/labels.yaml"):
        await author.goto(path)
        await look(author, path.replace("/", "-"))
    await edit(author)
    await look(author, "phone-question")
    await author.get_by_role("link", name="ข้อ 3.5").click()
    await expect(author.get_by_role("heading", level=1)).to_have_text("ข้อ 3.5")
    await look(author, "phone-clause")
    await author.get_by_role("link", name="ทั้งไฟล์").click()
    await expect(author.get_by_role("textbox", name="ทั้งไฟล์")).to_be_visible()
    await look(author, "phone-whole")
