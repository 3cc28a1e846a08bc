"""A reply in a real Chromium: the wording is checked while it is typed, and what presses is not sent."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, ViewportSize, async_playwright, expect

from bot.secretariat.console.policy import Role
from tests.channels.web.test_web_browser import ARGUMENTS, CHROMIUM
from tests.secretariat.console.conftest import Desk, SignIn
from tests.store.look import column
from tests.store.values import commit, person, suggestion, take_in

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason="there is no Chromium: apt-get install chromium"
)

FAIR = "เราส่งข้อเสนอนี้ให้คณะอนุกรรมการอ่านแล้ว ยังไม่มีข้อสรุป"
HOSTILE = '<img src=x onerror="window.xss=1"><script>window.xss=1</script>'


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What is tried here is the page; both databases are tried beside it."""
    return sqlite_url


@pytest.fixture
async def context(desk: Desk, address: str, sign_in: SignIn) -> AsyncIterator[BrowserContext]:
    """An analyst's phone. Whatever a page asks another host for, or complains about, fails the test."""
    for n, text in enumerate((HOSTILE, "ขอให้ลดขั้นตอน", "ขอให้เปิดเผยรายจ่าย")):
        record: Any = suggestion(f"e{n}/r0", receipt=f"B-{n}345678", text=text, tell=True)
        await take_in(desk.office.store, commit(f"e{n}", record, who=person(f"p{n}")))
    analyst = await sign_in(Role.ANALYST, name="mali")
    cookie = analyst.web.cookies.get("secretariat")
    assert cookie
    asked: list[str] = []
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = await browser.new_context(viewport=ViewportSize(width=360, height=740))
        context.set_default_timeout(10_000)
        await context.add_cookies([{"name": "secretariat", "value": cookie, "url": address}])
        context.on("request", lambda request: asked.append(request.url))
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on(
            "console", lambda said: complaints.append(said.text) if "Security Policy" in said.text else None
        )
        yield context
        await context.close()
        await browser.close()
    assert [url for url in asked if not url.startswith(address + "/")] == []
    assert complaints == []


async def fits(page: Page) -> None:
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    assert await page.evaluate("window.xss") is None


async def test_a_pressing_reply_is_refused_mended_and_sent(
    context: BrowserContext, address: str, database_url: str
) -> None:
    page = await context.new_page()
    await page.goto(f"{address}/secretariat/suggestions")
    await expect(page.get_by_text(HOSTILE)).to_be_visible()
    await fits(page)
    await page.get_by_label("คำหรือเลขรับ").fill("ขั้นตอน")
    await page.get_by_role("button", name="ค้นหา").click()
    await expect(page.locator(".inbox li.card")).to_have_count(1)
    await page.get_by_role("link", name="B-1345678").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("B-1345678")

    field = page.get_by_label("เขียนคำตอบ")
    await field.press_sequentially("ข้อเสนอของคุณจะถูกนำไปใช้แน่นอน")
    finding = page.locator(".findings li")
    await expect(finding).to_contain_text("สัญญาผลเกินจริง")
    await expect(page.get_by_text("25 จาก 1,000 ตัวอักษร")).to_be_visible()
    await page.get_by_role("button", name="ส่งคำตอบ").click()
    await expect(page.get_by_role("alert")).to_contain_text("ยังไม่ได้ส่ง")
    await expect(finding).to_contain_text("เราสัญญาแทนผู้ตัดสินใจไม่ได้")
    await expect(field).to_have_value("ข้อเสนอของคุณจะถูกนำไปใช้แน่นอน")
    assert await column(database_url, "outbox", "id") == []
    await fits(page)

    await field.fill(FAIR)
    await expect(page.get_by_text("ถ้อยคำผ่านการตรวจ")).to_be_visible()
    await expect(page.locator(".letter")).to_contain_text("ข้อเสนอ B-1345678 มีคำตอบแล้ว")
    await page.get_by_role("button", name="ส่งคำตอบ").dblclick()
    await expect(page.locator("p.notice[role=status]")).to_contain_text("ส่งข้อความถึงเจ้าของข้อเสนอตามที่ขอไว้")
    await expect(page.locator("article")).to_contain_text(FAIR)
    await expect(page.get_by_role("heading", level=1)).to_contain_text("ตอบแล้ว")
    assert await column(database_url, "outbox", "participant") == ["p1"]
    await fits(page)


async def test_without_scripts_the_wording_is_checked_by_a_button(
    context: BrowserContext, address: str
) -> None:
    browser = context.browser
    assert browser
    plain = await browser.new_context(java_script_enabled=False, storage_state=await context.storage_state())
    page = await plain.new_page()
    await page.goto(f"{address}/secretariat/suggestions/B-2345678")
    await page.get_by_label("เขียนคำตอบ").fill("ข้อเสนอของคุณจะถูกนำไปใช้แน่นอน")
    await page.get_by_role("button", name="ตรวจถ้อยคำ").click()
    await expect(page.locator(".findings li")).to_contain_text("สัญญาผลเกินจริง")
    await expect(page.get_by_label("เขียนคำตอบ")).to_have_value("ข้อเสนอของคุณจะถูกนำไปใช้แน่นอน")
    await plain.close()
