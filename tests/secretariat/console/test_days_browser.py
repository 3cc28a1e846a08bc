"""A day of each role in a real Chromium, from the one-time link to the sign-out.

What each page does is tried beside it; here one thing follows another, as it does at a desk.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, expect

from bot.secretariat.console.accounts import Accounts
from bot.secretariat.console.opening import MENU
from bot.secretariat.console.policy import Role
from bot.store import Store
from bot.store.wordings import WordingState
from tests.secretariat.console.browsing import address_of, needs_chromium, watched
from tests.secretariat.console.conftest import PASSWORD, Desk, SignIn, code
from tests.secretariat.console.lively import Person, come
from tests.secretariat.console.test_operations import fail
from tests.secretariat.console.test_policy import ALLOWED
from tests.secretariat.console.wordings import BETTER, CLAUSE, LEADING, TITLE, content, send  # noqa: F401

pytestmark = needs_chromium

ASKED = "ขอให้ลดเอกสาร"
PRESSING = "ข้อเสนอของคุณจะถูกนำไปใช้แน่นอน"
FAIR = "เราส่งข้อเสนอนี้ให้คณะอนุกรรมการอ่านแล้ว ยังไม่มีข้อสรุป"
SAID = "อยากให้เปิดเผยรายจ่ายทุกปี"

#: A page in a browser of its own.
Opened = Callable[[], Awaitable[Page]]


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    """One database: what is tried here is how the pages follow each other."""
    return sqlite_store


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    """With people who took part, of whom one asked for news."""
    others = [Person(answer="ไม่มีความเห็น", suggestion="ขอให้เพิ่มเจ้าหน้าที่", chosen="d") for _ in range(4)]
    await come(desk, [Person(answer=SAID, suggestion=ASKED, organisation="สภาจังหวัด"), *others])
    return desk


@pytest.fixture
async def opened(chromium: Chromium, address: str) -> AsyncIterator[Opened]:
    """Pages of people who are not signed in; whatever one asks of another host fails the test."""
    async with AsyncExitStack() as stack:
        watches = []

        async def open_page() -> Page:
            watch = await stack.enter_async_context(watched(chromium, address))
            watches.append(watch)
            return await watch.context.new_page()

        yield open_page
        assert [(watch.strangers, watch.complaints) for watch in watches] == [([], [])] * len(watches)


async def set_up(page: Page, desk: Desk, link: str) -> str:
    """Follow a one-time link, choose a password, show that the app works; the secret of the app."""
    await page.goto(link)
    secret = await page.locator("code.secret").inner_text()
    await page.get_by_label("ตั้งรหัสผ่าน").fill(PASSWORD)
    await page.get_by_label("พิมพ์รหัสผ่านอีกครั้ง").fill(PASSWORD)
    await page.get_by_label("รหัส 6 หลักที่แอปแสดง").fill(code(secret, desk.clock))
    await page.get_by_role("button", name="บันทึก").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("รหัสกู้คืน")
    await expect(page.locator(".codes code")).to_have_count(10)
    await page.get_by_role("link", name="เก็บแล้ว ไปต่อ").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("ภาพรวม")
    return secret


async def sign_out(page: Page) -> None:
    """Leave; the way back is closed."""
    await page.get_by_role("button", name="ออกจากระบบ").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("ลงชื่อเข้าใช้")
    await page.goto("account")
    await expect(page).to_have_url(page.url.partition("/secretariat")[0] + "/secretariat/sign-in")


async def begin_day(opened: Opened, desk: Desk, role: Role) -> Page:
    """Somebody new of one role: set up by a link, signed out, signed in by password and code.

    Their menu names what they may do, and each page of another role says that it is not for them.
    """
    accounts = Accounts(desk.office.store.staff, desk.office.trail, desk.clock)
    account = await accounts.add("test", role.value, [role])
    page = await opened()
    secret = await set_up(page, desk, f"link/{await accounts.link('test', account)}")
    await sign_out(page)
    desk.clock.move(seconds=30)  # a code works once
    await page.get_by_label("ชื่อผู้ใช้").fill(role.value)
    await page.get_by_label("รหัสผ่าน").fill(PASSWORD)
    await page.get_by_label("รหัส 6 หลัก").fill(code(secret, desk.clock))
    await page.get_by_role("button", name="ลงชื่อเข้าใช้").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("ภาพรวม")
    await only_its_own(page, desk, role)
    return page


async def only_its_own(page: Page, desk: Desk, role: Role) -> None:
    """The menu is what the role may do, and no address leads further."""
    links = page.get_by_role("navigation", name="เมนูหลัก").get_by_role("link")
    paths = {one.name: f"/secretariat{one.path}" for one in desk.console.pages}
    mine = [paths[name] for name in MENU if role in ALLOWED.get(name, ())]
    assert [await link.get_attribute("href") for link in await links.all()] == mine
    places = {"receipt": "B-0", "sha256": "0", "file:path": CLAUSE, "wording": "0"}
    others = [one for one in desk.console.pages if one.method == "GET" and role not in ALLOWED[one.name]]
    assert others
    for one in others:
        answer = await page.goto(f"/secretariat{address_of(one, places)}")
        assert answer and answer.status == 403, one.name
        await expect(page.get_by_role("heading", level=1)).to_have_text("หน้านี้ไม่ใช่ของบทบาทคุณ")
    await page.get_by_role("link", name="กลับภาพรวม").click()


async def find_suggestion(page: Page) -> None:
    """From the menu to the one that says this, by the filter."""
    await page.get_by_role("link", name="ข้อเสนอ", exact=True).click()
    await page.get_by_label("คำหรือเลขรับ").fill("ลดเอกสาร")
    await page.get_by_role("button", name="ค้นหา").click()
    await expect(page.locator(".inbox li.card")).to_have_count(1)
    await page.locator(".inbox h2 a").click()
    await expect(page.locator(".said").first).to_have_text(ASKED)


async def reply(page: Page) -> None:
    """A pressing reply is refused, a fair one is kept."""
    field = page.get_by_label("เขียนคำตอบ")
    await field.fill(PRESSING)
    await page.get_by_role("button", name="ส่งคำตอบ").click()
    await expect(page.get_by_role("alert")).to_contain_text("ยังไม่ได้ส่ง")
    await field.fill(FAIR)
    await page.get_by_role("button", name="ส่งคำตอบ").click()
    await expect(page.locator("article")).to_contain_text(FAIR)
    await expect(page.get_by_role("heading", level=1)).to_contain_text("ตอบแล้ว")


async def test_an_author(desk: Desk, opened: Opened) -> None:
    page = await begin_day(opened, desk, Role.AUTHOR)
    await find_suggestion(page)
    await reply(page)
    await page.get_by_role("link", name="ถ้อยคำ", exact=True).click()
    await page.get_by_role("link", name=CLAUSE).click()
    await page.get_by_role("button", name=f"แก้ {TITLE}").click()
    stem = page.get_by_label("คำถาม", exact=True)
    await stem.fill(LEADING)
    await page.get_by_role("button", name="ส่งตรวจ").click()
    await expect(page.get_by_role("alert")).to_contain_text("ยังมีจุดที่ห้าม")
    await stem.fill(BETTER)
    await page.get_by_role("button", name="ส่งตรวจ").click()
    await expect(page.get_by_text("ส่งให้ผู้ตรวจแล้ว")).to_be_visible()
    [sent] = await desk.office.store.wordings.open()
    assert (sent.state, sent.author) == (WordingState.SENT, "author")
    answer = await page.goto(f"wording/review/{sent.id}")
    assert answer and answer.status == 403
    await sign_out(page)


async def test_a_reviewer(desk: Desk, opened: Opened, sign_in: SignIn) -> None:
    await send(await sign_in(Role.AUTHOR, name="somjai"))
    page = await begin_day(opened, desk, Role.REVIEWER)
    await page.get_by_role("link", name="ถ้อยคำ", exact=True).click()
    await page.get_by_role("link", name=CLAUSE).first.click()
    await expect(page.locator("ins").first).to_be_visible()
    await page.get_by_role("button", name="ส่งกลับ").click()
    await expect(page.get_by_role("alert")).to_be_visible()  # a reason is asked for
    await page.get_by_role("button", name="อนุมัติ").click()
    await expect(page.get_by_role("alert")).to_contain_text("เมื่อตอบว่าใช่ทั้งสามข้อ")
    for answer in await page.get_by_label("ใช่", exact=True).all():
        await answer.check()
    await page.get_by_role("button", name="อนุมัติ").click()
    await expect(page.get_by_role("status")).to_contain_text("เริ่มระบบครั้งต่อไป")
    assert BETTER in (desk.office.content / CLAUSE).read_text("utf-8")
    await sign_out(page)


async def test_an_analyst(desk: Desk, opened: Opened) -> None:
    page = await begin_day(opened, desk, Role.ANALYST)
    await page.get_by_role("link", name="คำตอบ", exact=True).click()
    await page.get_by_label("ข้อ", exact=True).select_option("3.5")
    await page.get_by_label("คำในข้อความที่พิมพ์").fill("รายจ่าย")
    await page.get_by_role("button", name="แสดง", exact=True).click()
    said = page.locator("article blockquote")
    await expect(said).to_have_text([SAID])
    await page.locator("article summary").click()
    await page.get_by_label("เหตุผล").fill("ซ้ำกับคำตอบอื่น")
    await page.locator("article").get_by_role("button", name="ซ่อน").click()
    await expect(page.locator("article .flagged")).to_contain_text("ซ้ำกับคำตอบอื่น")
    await expect(said).to_have_count(0)
    await find_suggestion(page)
    await page.get_by_label("เพิ่มแท็ก").fill("เอกสาร")
    await page.get_by_role("button", name="เพิ่ม", exact=True).click()
    await expect(page.locator(".tags .tag")).to_have_text(["เอกสาร"])
    await reply(page)
    await take_report(page, desk)
    await sign_out(page)


async def test_an_exporter(desk: Desk, opened: Opened, tmp_path: Path) -> None:
    page = await begin_day(opened, desk, Role.EXPORTER)
    await page.get_by_role("link", name="คำตอบ", exact=True).click()
    await page.get_by_label("ข้อ", exact=True).select_option("3.5")
    await page.get_by_label("คำในข้อความที่พิมพ์").fill("รายจ่าย")
    await page.get_by_role("button", name="แสดง", exact=True).click()
    await expect(page.locator("article blockquote")).to_have_text([SAID])
    await expect(page.locator("article summary")).to_have_count(0)  # hiding is not for exporters
    await page.get_by_role("link", name="ส่งออก", exact=True).click()
    await page.get_by_label("คำในข้อความที่พิมพ์").fill("รายจ่าย")
    await page.get_by_role("button", name="แสดง", exact=True).click()
    await expect(page.get_by_role("status").first).to_contain_text("1 ")
    async with page.expect_download() as coming:
        await page.locator("button[name=format][value=csv]").click()
    await (await coming.value).save_as(tmp_path / "export.zip")
    with ZipFile(tmp_path / "export.zip") as packed:
        assert SAID in "".join(packed.read(name).decode() for name in packed.namelist())
    await take_report(page, desk)
    await sign_out(page)


async def take_report(page: Page, desk: Desk) -> None:
    """The hearing report as a file to edit."""
    await page.get_by_role("link", name="รายงาน", exact=True).click()
    async with page.expect_download() as coming:
        await page.locator("button[name=form][value=docx]").click()
    assert (await coming.value).suggested_filename.endswith(".docx")
    deed = await desk.office.store.audit.head()
    assert deed and deed.act == "report hearing"


async def test_an_administrator(desk: Desk, opened: Opened) -> None:
    await fail(desk, "line:broken")
    page = await begin_day(opened, desk, Role.ADMINISTRATOR)
    await page.get_by_role("link", name="การทำงานของระบบ").click()
    await page.get_by_role("checkbox", name="line:").first.check()
    await page.get_by_role("button", name="รับเข้าใหม่").click()
    await expect(page.get_by_role("status")).to_contain_text("รับเข้าใหม่แล้ว 1 เหตุการณ์")

    await page.get_by_role("link", name="เจ้าหน้าที่", exact=True).click()
    adding = page.locator("form[action$='/people/add']")
    await adding.get_by_label("ชื่อผู้ใช้").fill("มาลี")
    await adding.get_by_label("ผู้วิเคราะห์").check()
    await adding.get_by_role("button").click()
    link = await page.locator(".notice .said").inner_text()
    colleague = await opened()
    await set_up(colleague, desk, link)
    again = await colleague.goto(link)
    assert again and again.status == 404  # once

    await page.get_by_role("link", name="เจ้าหน้าที่", exact=True).click()
    await page.get_by_role("row", name="มาลี").get_by_role("button", name="ปิดบัญชี").click()
    await expect(page.get_by_role("row", name="มาลี")).to_contain_text("ปิดแล้ว")
    await colleague.goto("suggestions")
    await expect(colleague.get_by_role("heading", level=1)).to_have_text("ลงชื่อเข้าใช้")
    await sign_out(page)


async def test_a_data_protection_officer(desk: Desk, opened: Opened) -> None:
    page = await begin_day(opened, desk, Role.DPO)
    await find_suggestion(page)
    await expect(page.get_by_label("เขียนคำตอบ")).to_have_count(0)
    await page.get_by_role("link", name="บันทึกการใช้งาน").click()
    await page.get_by_label("สิ่งที่ทำ").select_option("view")
    await page.get_by_role("button", name="กรอง", exact=True).click()
    await expect(page.get_by_role("row").nth(1)).to_contain_text("suggestion")  # what was just read
    await page.get_by_role("button", name="ตรวจตอนนี้").click()
    await expect(page.get_by_role("status")).to_be_visible()
    async with page.expect_download() as coming:
        await page.get_by_role("button", name="ดาวน์โหลดบันทึกทั้งหมด").click()
    assert (await coming.value).suggested_filename.endswith(".jsonl")
    await sign_out(page)
