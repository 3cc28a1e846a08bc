"""The page in a real Chromium: taps, keys, reloads, lost connections, a screen reader's view."""

import json
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    Route,
    ViewportSize,
    async_playwright,
    expect,
)

from bot.dialogue import Button, FileArrived, Message, MessageType, Opened, Pressed, Typed
from bot.runtime.guard import HEADERS
from tests.channels.web.conftest import Site
from tests.channels.web.conversation import WORDS

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--no-first-run"),
]

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason="there is no Chromium: apt-get install chromium"
)

PHONE = ViewportSize(width=390, height=844)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
async def context(browser: Browser, site: Site) -> AsyncIterator[BrowserContext]:
    """A phone. Whatever a page of it asks another host for, or complains about, fails the test."""
    async for each in _context(browser, site):
        yield each


@pytest.fixture
async def page(context: BrowserContext, site: Site) -> Page:
    """The page, greeted."""
    return await _open(context, site)


async def _context(browser: Browser, site: Site) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(viewport=PHONE, has_touch=True, reduced_motion="reduce")
    context.set_default_timeout(10_000)
    asked: list[str] = []
    complaints: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on(
        "console", lambda said: complaints.append(said.text) if "Security Policy" in said.text else None
    )
    yield context
    await context.close()
    assert [url for url in asked if not url.startswith((site.address + "/", "blob:" + site.address))] == []
    assert complaints == []


async def _open(context: BrowserContext, site: Site) -> Page:
    page = await context.new_page()
    await page.goto(site.address)
    await expect(button(page, "เลือกเรื่อง")).to_be_visible()
    return page


def button(page: Page, name: str) -> Locator:
    """The newest button of that name."""
    return page.get_by_role("button", name=re.compile(rf"(^|\d ){re.escape(name)}( ✓)?$")).last


def field(page: Page) -> Locator:
    return page.get_by_role("textbox", name=WORDS["input_label"])


async def press(page: Page, *names: str) -> None:
    """Press buttons one after another. By key: a new button takes the pointer only after a moment."""
    for name in names:
        await button(page, name).press("Enter")


async def to_question(page: Page) -> None:
    await press(page, "เลือกเรื่อง", "วัดผลการใช้งบ")
    await expect(button(page, "ค่อนข้างไม่พอใจ")).to_be_visible()


async def to_steps(page: Page) -> None:
    await to_question(page)
    await press(page, "ค่อนข้างไม่พอใจ", "ข้อต่อไป")
    await expect(button(page, "อ่านร่าง")).to_be_visible()


def pressed(site: Site, token: str) -> int:
    return [event.body for event in site.conversation.events].count(Pressed(token))


async def bubbles(page: Page) -> list[str]:
    return await page.locator(".bubble").all_inner_texts()


# The conversation


async def test_an_answer_is_three_taps_away_and_is_marked_where_it_was_chosen(page: Page, site: Site) -> None:
    for name in ("เลือกเรื่อง", "วัดผลการใช้งบ", "ค่อนข้างไม่พอใจ"):
        await button(page, name).tap()
    await expect(page.get_by_text("บันทึกแล้ว แก้ได้จนถึงวันปิดรับ")).to_be_visible()
    chosen = page.get_by_role("button", pressed=True)
    await expect(chosen).to_have_count(1)
    await expect(chosen).to_have_text("4 ค่อนข้างไม่พอใจ✓")
    bodies = [event.body for event in site.conversation.events]
    assert bodies == [Opened(), Pressed("1:topics"), Pressed("1:clause:3.5"), Pressed("1:choose:q:d")]
    assert all(UUID(event.id.rpartition("/")[2]) for event in site.conversation.events)


async def test_a_way_on_is_echoed_and_a_marked_choice_is_not(page: Page) -> None:
    await to_question(page)
    await press(page, "ค่อนข้างไม่พอใจ")
    await expect(button(page, "ข้อต่อไป")).to_be_visible()
    said = await page.locator(".person p").all_inner_texts()
    assert said == ["เลือกเรื่อง", "วัดผลการใช้งบ"]


async def test_a_typed_number_is_sent_and_shift_enter_makes_a_line(page: Page, site: Site) -> None:
    await to_question(page)
    await field(page).fill("4")
    await field(page).press("Enter")
    await expect(page.get_by_text("บันทึกแล้ว แก้ได้จนถึงวันปิดรับ")).to_be_visible()
    await field(page).press_sequentially("หนึ่ง")
    await field(page).press("Shift+Enter")
    await field(page).press_sequentially("สอง")
    await page.get_by_role("button", name=WORDS["send"], exact=True).tap()
    await site.conversation.until(lambda: site.conversation.events[-1].body == Typed("หนึ่ง\nสอง"))
    await expect(field(page)).to_have_value("")
    assert Typed("4") in [event.body for event in site.conversation.events]


async def test_nothing_is_sent_for_nothing(page: Page, site: Site) -> None:
    await field(page).fill("  \n ")
    await page.get_by_role("button", name=WORDS["send"], exact=True).tap()
    await press(page, "เลือกเรื่อง")
    await site.conversation.until(lambda: pressed(site, "1:topics") == 1)
    assert len(site.conversation.events) == 2


async def test_a_choice_of_several_changes_in_place(page: Page) -> None:
    await to_steps(page)
    before = len(await bubbles(page))
    step = button(page, "อ่านร่าง")
    await step.tap()
    await expect(step).to_have_attribute("aria-pressed", "true")
    await press(page, "ติดตามผล")
    await expect(page.locator(".entry").last.get_by_role("button", pressed=True)).to_have_count(2)
    assert len(await bubbles(page)) == before


async def test_another_face_takes_the_place_of_the_message_that_was_pressed(page: Page) -> None:
    await press(page, "เลือกเรื่อง")
    await button(page, "ย้อนกลับ").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("กลับมาที่เมนูแล้ว")).to_be_visible()
    await expect(page.get_by_text("คุณอยากอ่านเรื่องใด")).to_have_count(0)
    # The button that had the focus is gone: the focus is on what took its place, not at the top of the page.
    await expect(page.locator(".entry").last).to_be_focused()


async def test_an_old_button_still_works(page: Page, site: Site) -> None:
    await to_steps(page)
    await page.get_by_role("button", name="เลือกเรื่อง", exact=True).first.tap()
    await site.conversation.until(lambda: pressed(site, "1:topics") == 2)
    await expect(page.get_by_text("คุณอยากอ่านเรื่องใด")).to_have_count(2)


async def test_a_doubled_tap_is_one_press(page: Page, site: Site) -> None:
    await to_steps(page)
    step = button(page, "อ่านร่าง")
    await step.dblclick()
    await expect(step).to_have_attribute("aria-pressed", "true")
    await press(page, "ส่งคำตอบ")
    await site.conversation.until(lambda: pressed(site, "1:submit:m") == 1)
    assert pressed(site, "1:toggle:m:c") == 1


async def test_the_second_half_of_a_double_tap_does_not_press_what_has_just_come(page: Page) -> None:
    await page.evaluate("""() => new MutationObserver((_, observer) => {
        const fresh = document.querySelector('.settling [data-token="1:clause:3.5"]');
        if (!fresh) return;
        observer.disconnect();
        window.pointerOfFresh = getComputedStyle(fresh).pointerEvents;
    }).observe(document.getElementById('log'), {childList: true, subtree: true})""")
    await button(page, "เลือกเรื่อง").tap()
    await expect(button(page, "วัดผลการใช้งบ")).to_be_visible()
    assert await page.evaluate("window.pointerOfFresh") == "none"
    await button(page, "วัดผลการใช้งบ").tap()  # and a moment later it is an ordinary button
    await expect(page.get_by_text("ข้อ 1 จาก 3")).to_be_visible()


async def test_a_doubled_tap_while_the_server_is_slow_is_one_press(
    page: Page, site: Site, context: BrowserContext
) -> None:
    await context.set_offline(True)
    await button(page, "เลือกเรื่อง").tap()
    await page.evaluate("performance.now = () => 1e9")  # a minute later, by the page's clock
    await button(page, "เลือกเรื่อง").tap()
    await context.set_offline(False)
    await expect(button(page, "วัดผลการใช้งบ")).to_be_visible()
    assert pressed(site, "1:topics") == 1


# What a person sends is text, and only text


async def test_markup_stays_text(page: Page, context: BrowserContext, site: Site) -> None:
    attacks = [
        "<script>window.__xss=1</script>",
        "<img src=x onerror='window.__xss=1'>",
        "<svg onload=window.__xss=1>",
        "javascript:window.__xss=1",
        "'\"><iframe src=javascript:window.__xss=1>",
        "{{constructor.constructor('window.__xss=1')()}}",
        "</script><script>window.__xss=1</script>",
        "&lt;b&gt; &amp; <b>x</b>",
        "<a href='javascript:window.__xss=1'>x</a>",
        "\u202e<style>*{display:none}</style>",
    ]
    texts = [f"{attack} {number}" for number in range(100) for attack in attacks]
    lines = tuple(texts)
    choice = Button("<img src=x onerror='window.__xss=1'>", "1:<b>")
    (session,) = [cookie["value"] for cookie in await context.cookies()]
    message = Message(MessageType.EXPLAIN, lines, options=(choice,), exits=(choice,))
    await site.conversation.say(session, "web:x/y", (message,))
    last = page.locator(".bot").last
    await expect(last.locator("p")).to_have_count(1000)
    assert await last.locator("p").all_text_contents() == texts
    assert await page.locator(".log :is(script, img, svg, iframe, a, b, style)").count() == 0
    await field(page).fill(attacks[1])
    await field(page).press("Enter")
    await expect(page.locator(".person p").last).to_have_text(attacks[1])
    await page.reload()
    await expect(page.locator(".person p").last).to_have_text(attacks[1])
    assert await page.evaluate("window.__xss") is None


# Reloads and other tabs


async def test_a_reload_changes_nothing(page: Page, site: Site) -> None:
    await to_steps(page)
    await press(page, "อ่านร่าง")
    await expect(button(page, "อ่านร่าง")).to_have_attribute("aria-pressed", "true")
    before, events = await bubbles(page), len(site.conversation.events)
    await page.reload()
    await expect(button(page, "อ่านร่าง")).to_have_attribute("aria-pressed", "true")
    assert await bubbles(page) == before
    await press(page, "ติดตามผล")
    await expect(page.locator(".entry").last.get_by_role("button", pressed=True)).to_have_count(2)
    assert await bubbles(page) == before
    assert len(site.conversation.events) == events + 1


async def test_a_new_tab_begins_with_the_newest_letter(
    page: Page, context: BrowserContext, site: Site
) -> None:
    await to_question(page)
    await press(page, "ค่อนข้างไม่พอใจ")
    await expect(button(page, "ข้อต่อไป")).to_be_visible()
    events = len(site.conversation.events)
    other = await context.new_page()
    await other.goto(site.address + "/chat")
    await expect(button(other, "ข้อต่อไป")).to_be_visible()
    await expect(other.get_by_role("button", pressed=True)).to_have_text("4 ค่อนข้างไม่พอใจ✓")
    assert len(await bubbles(other)) == 2
    assert len(site.conversation.events) == events


async def test_another_person_on_the_same_tab_sees_nothing_of_the_first(
    page: Page, context: BrowserContext
) -> None:
    await to_question(page)
    await context.clear_cookies()
    await page.reload()
    await expect(page.get_by_text("ข้อ 1 จาก 3")).to_have_count(0)
    await expect(button(page, "เลือกเรื่อง")).to_be_visible()
    assert len(await bubbles(page)) == 1


async def test_a_session_that_is_gone_is_said_so(page: Page, context: BrowserContext) -> None:
    await context.clear_cookies()
    await press(page, "เลือกเรื่อง")
    await expect(page.get_by_role("status")).to_have_text(WORDS["status_session"])
    await page.get_by_role("button", name=WORDS["reload"]).tap()
    await expect(button(page, "เลือกเรื่อง")).to_be_visible()
    await expect(page.get_by_role("status")).to_have_text("")


# The connection


async def test_what_is_said_offline_is_sent_once_and_in_order_when_the_connection_is_back(
    page: Page, context: BrowserContext, site: Site
) -> None:
    await context.set_offline(True)
    await expect(page.get_by_role("status")).to_have_text(WORDS["status_offline"])
    for text in ("หนึ่ง", "สอง", "สาม"):
        await field(page).fill(text)
        await field(page).press("Enter")
    await expect(page.locator('.person[data-state="sending"]')).to_have_count(3)
    (session,) = [cookie["value"] for cookie in await context.cookies()]
    news = Message(MessageType.REPORT, ("ข้อเสนอของคุณมีคนอ่านแล้ว",))
    await site.conversation.say(session, "web:status/1", (news,))
    await context.set_offline(False)
    await expect(page.locator('.person[data-state="sent"]')).to_have_count(3)
    await expect(page.get_by_text("ข้อเสนอของคุณมีคนอ่านแล้ว")).to_have_count(1)
    await expect(page.get_by_text("ระบบยังไม่เข้าใจข้อความนี้")).to_have_count(3)
    await expect(page.get_by_role("status")).to_have_text("")
    assert [e.body.text for e in site.conversation.events if isinstance(e.body, Typed)] == [
        "หนึ่ง",
        "สอง",
        "สาม",
    ]


async def test_what_is_unsent_survives_a_reload(page: Page, site: Site) -> None:
    site.conversation.down = True
    await field(page).fill("ยังไม่ถึง")
    await field(page).press("Enter")
    await expect(page.get_by_role("status")).to_have_text(WORDS["status_unreachable"])
    await page.reload()
    await expect(page.locator('.person[data-state="sending"]')).to_have_count(1)
    site.conversation.down = False
    await expect(page.locator('.person[data-state="sent"]')).to_have_count(1)
    assert [event.body for event in site.conversation.events].count(Typed("ยังไม่ถึง")) == 1


async def test_an_acknowledgement_that_is_lost_does_not_double_the_event(
    page: Page, context: BrowserContext, site: Site
) -> None:
    lost = 0

    async def lose_the_answer(route: Route) -> None:
        nonlocal lost
        lost += 1
        await route.fetch()
        await route.abort()

    await context.route("**/chat/events", lose_the_answer, times=1)
    await field(page).fill("ครั้งเดียว")
    await field(page).press("Enter")
    await expect(page.locator('.person[data-state="sent"]')).to_have_count(1)
    assert lost == 1
    assert [event.body for event in site.conversation.events].count(Typed("ครั้งเดียว")) == 1
    await expect(page.get_by_text("ระบบยังไม่เข้าใจข้อความนี้")).to_have_count(1)


async def test_an_answer_is_not_waited_for_when_another_process_stored_it(page: Page, site: Site) -> None:
    site.conversation.deaf = True
    await press(page, "เลือกเรื่อง")
    await expect(page.get_by_text("คุณอยากอ่านเรื่องใด")).to_have_count(1)


async def test_a_text_that_is_too_long_stays_in_the_field(page: Page, site: Site) -> None:
    await field(page).fill("ก" * 11_000)
    await field(page).press("Enter")
    await expect(page.get_by_role("status")).to_have_text(WORDS["too_long"])
    await expect(field(page)).to_have_value("ก" * 11_000)
    await field(page).fill("ก" * 10_000)
    await field(page).press("Enter")
    await site.conversation.until(lambda: site.conversation.events[-1].body == Typed("ก" * 10_000))


# Files


async def test_a_file_is_sent_and_one_that_is_too_large_is_not(page: Page, site: Site) -> None:
    chooser = page.get_by_label(WORDS["file"])
    await chooser.set_input_files(
        {"name": "x.pdf", "mimeType": "application/pdf", "buffer": bytes(1024 * 1024 + 1)}
    )
    await expect(page.get_by_role("status")).to_have_text(WORDS["file_too_large"].format(limit=1))
    await chooser.set_input_files(
        {"name": "ข้อเสนอ.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
    )
    await expect(page.get_by_text("ได้รับไฟล์แล้ว")).to_be_visible()
    await expect(page.get_by_text("ไฟล์ ข้อเสนอ.pdf")).to_be_visible()
    assert site.conversation.files == [("ข้อเสนอ.pdf", b"%PDF-1.7")]
    assert isinstance(site.conversation.events[-1].body, FileArrived)


async def test_a_file_that_a_reload_cut_off_is_said_so(
    page: Page, context: BrowserContext, site: Site
) -> None:
    site.conversation.down = True
    await page.get_by_label(WORDS["file"]).set_input_files(
        {"name": "x.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
    )
    await expect(page.get_by_role("status")).to_have_text(WORDS["status_unreachable"])
    await page.reload()
    site.conversation.down = False
    await expect(page.get_by_role("status")).to_have_text(WORDS["file_lost"])
    await expect(page.get_by_text(WORDS["unsent"])).to_be_visible()
    assert site.conversation.files == []


async def test_documents_are_downloads_made_in_the_page(page: Page) -> None:
    await to_question(page)
    await press(page, "ค่อนข้างไม่พอใจ")
    await press(page, "ข้อมูลของฉัน")
    contents = {}
    for name in ("ข้อมูลของฉัน.txt", "my-data.json"):
        async with page.expect_download() as waiting:
            await page.get_by_role("button", name=WORDS["download"].format(name=name)).tap()
        download = await waiting.value
        contents[download.suggested_filename] = Path(await download.path()).read_text()
    assert contents["ข้อมูลของฉัน.txt"] == "ข้อ 3.5 ค่อนข้างไม่พอใจ\n"
    assert json.loads(contents["my-data.json"]) == {"answers": ["d"]}


# Everybody


async def test_a_screen_reader_finds_names_and_roles(page: Page) -> None:
    await to_question(page)
    tree = await page.locator("body").aria_snapshot()
    for line in (
        '- link "ไปที่ช่องพิมพ์"',
        '- heading "ร่วมคิด" [level=1]',
        '- log "บทสนทนา"',
        '- list "ตัวเลือก"',
        '- button "4 ค่อนข้างไม่พอใจ"',
        '- list "ทางไปต่อ"',
        '- button "หยุด"',
        "- status",
        '- textbox "คำตอบ คำถาม หรือเลขข้อ"',
        '- button "แนบไฟล์"',
        '- button "ส่ง"',
    ):
        assert line in tree, tree
    assert await page.get_by_role("log").get_attribute("aria-live") == "polite"
    assert "ระบบตอบอัตโนมัติ" in tree
    choices = page.locator("button[aria-pressed=false]")  # the options of the question only
    assert await choices.count() == len(await page.locator(".entry").last.locator(".options button").all())


async def test_what_a_screen_reader_hears_is_added_once(page: Page) -> None:
    """The log is a live region: each node added to it is read out, so none may be added twice."""
    await page.evaluate("""() => {
        window.heard = [];
        new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach(
            (node) => window.heard.push(node.textContent)))).observe(
            document.getElementById('log'), {childList: true, subtree: true});
    }""")
    await to_steps(page)
    before = await page.evaluate("window.heard.length")
    await press(page, "อ่านร่าง")
    await expect(button(page, "อ่านร่าง")).to_have_attribute("aria-pressed", "true")
    heard = await page.evaluate("window.heard")
    assert len([text for text in heard if "คุณอยากร่วมในขั้นใด" in text]) == 1
    assert [
        text for text in heard[before:] if text not in {"อ่านร่าง", "บอกปัญหา", "เสนอทางแก้", "ติดตามผล"}
    ] == []


async def test_the_whole_conversation_goes_by_keyboard(page: Page, site: Site) -> None:
    async def tab_to(name: str) -> None:
        for _ in range(40):
            await page.keyboard.press("Tab")
            focused = await page.evaluate("document.activeElement.innerText || document.activeElement.id")
            if name in focused:
                return
        raise AssertionError(f"Tab does not reach {name}")

    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name=WORDS["skip_link"])).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(field(page)).to_be_focused()
    await page.keyboard.press("Shift+Tab")
    await expect(page.get_by_label(WORDS["file"])).to_be_focused()
    await page.keyboard.press("Shift+Tab")
    await expect(button(page, "หยุด")).to_be_focused()
    await button(page, "เลือกเรื่อง").focus()
    await page.keyboard.press("Enter")
    await expect(button(page, "วัดผลการใช้งบ")).to_be_visible()
    await expect(page.get_by_role("button", name="เลือกเรื่อง", exact=True)).to_be_focused()
    await tab_to("วัดผลการใช้งบ")
    await page.keyboard.press("Space")
    await expect(button(page, "ค่อนข้างไม่พอใจ")).to_be_visible()
    await tab_to("ค่อนข้างไม่พอใจ")
    await page.keyboard.press("Enter")
    await expect(button(page, "ค่อนข้างไม่พอใจ")).to_have_attribute("aria-pressed", "true")
    await expect(button(page, "ค่อนข้างไม่พอใจ")).to_be_focused()
    await tab_to("text")
    await page.keyboard.type("ขอบคุณ")
    await page.keyboard.press("Enter")
    await site.conversation.until(lambda: site.conversation.events[-1].body == Typed("ขอบคุณ"))
    await expect(field(page)).to_be_focused()


@pytest.mark.parametrize(
    ("width", "height"),
    [(320, 568), (320, 256), (683, 384)],
    ids=["a small phone", "1280 px at 400 %", "1366 px at 200 %"],
)
async def test_nothing_overflows_and_everything_can_be_reached(page: Page, width: int, height: int) -> None:
    await page.set_viewport_size({"width": width, "height": height})
    await to_question(page)
    await field(page).fill("ก" * 300 + " " + "w" * 300)
    await field(page).press("Enter")
    await expect(page.get_by_text("ระบบยังไม่เข้าใจข้อความนี้")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") == width
    for box in await page.locator(".chat button:visible, .attach label").all():
        size = await box.bounding_box()
        assert size is not None
        assert min(size["width"], size["height"]) >= 44
    await button(page, "พอใจมาก").tap()


async def test_choices_look_alike(page: Page) -> None:
    await to_question(page)
    looks = await page.evaluate("""() => ['options', 'exits'].map((group) => Array.from(
        document.querySelector('.entry:last-child .' + group).querySelectorAll('button'), (button) => {
            const {color, backgroundColor, borderColor, borderWidth, fontSize, fontWeight} = getComputedStyle(button);
            const {width, height} = button.getBoundingClientRect();
            return JSON.stringify({color, backgroundColor, borderColor, borderWidth, fontSize, fontWeight, width, height});
        }))""")
    assert [len(set(group)) for group in looks] == [1, 1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_thai_is_set_in_the_font_we_serve_and_axe_finds_nothing(
    page: Page, scheme: str, request: pytest.FixtureRequest
) -> None:
    await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # a Literal
    await to_question(page)
    await press(page, "ค่อนข้างไม่พอใจ")
    await field(page).fill("งบ")
    await field(page).press("Enter")
    await expect(page.get_by_text("ระบบยังไม่เข้าใจข้อความนี้")).to_be_visible()
    loaded = (
        "Array.from(document.fonts).filter((font) => font.status === 'loaded').map((font) => font.family)"
    )
    assert await page.evaluate(f"document.fonts.ready.then(() => {loaded})")
    if "AXE_CORE" not in os.environ:
        pytest.skip("AXE_CORE is not set: the path of axe.min.js from npm's axe-core")
    await page.evaluate(Path(os.environ["AXE_CORE"]).read_text())
    found = await page.evaluate(
        "axe.run().then(({violations}) => violations.map(({id, nodes}) => [id, nodes[0].html]))"
    )
    assert found == []


async def test_without_javascript_the_page_says_what_to_do(browser: Browser, site: Site) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(site.address)
    told = page.locator("noscript p")  # which Playwright finds by no text of it
    await expect(told).to_be_visible()
    assert await told.inner_text() == WORDS["noscript"]
    await expect(page.get_by_role("textbox")).to_have_count(0)
    await context.close()


async def test_the_policy_is_in_force(browser: Browser, site: Site) -> None:
    context = await browser.new_context()
    page = await _open(context, site)
    refused = await page.evaluate("""() => new Promise((resolve) => {
        document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective));
        const script = document.createElement('script');
        script.textContent = 'window.__inline = 1';
        document.body.append(script);
    })""")
    assert refused == "script-src-elem"
    assert await page.evaluate("window.__inline") is None
    assert "'self'" in HEADERS["Content-Security-Policy"]
    await context.close()


# The preview of a local run


async def test_the_preview_draws_each_letter_as_the_platforms_would(
    browser: Browser, local_site: Site
) -> None:
    async for context in _context(browser, local_site):
        page = await _open(context, local_site)
        await page.set_viewport_size({"width": 1366, "height": 820})
        switch = page.get_by_role("button", name=WORDS["preview_show"])
        await switch.click()
        await to_question(page)
        line, telegram = page.locator(".line .letter"), page.locator(".telegram .letter")
        await expect(line).to_have_count(3)
        await expect(line.last.locator(".card .button")).to_have_count(6)
        await expect(line.last.locator(".quick span")).to_have_text(["ข้าม", "ย้อนกลับ", "หยุด"])
        await expect(line.last.locator(".limits").nth(1)).to_have_text("ข้อความ 47/5,000")
        await expect(line.last.locator(".limits").nth(2)).to_have_text("ปุ่ม 6 · ปุ่มลัด 3/13")
        await expect(line.last.locator(".limits").last).to_have_text("บับเบิล 3/5")
        await expect(telegram.last.locator(".said b").last).to_have_text("ข้อ 1 จาก 3")
        await expect(telegram.last.locator(".keyboard").last.locator("div")).to_have_count(7)
        await expect(telegram.last.locator(".limits").last).to_have_text(
            "ข้อความ 47/4,096 · ปุ่ม 9 · รหัสปุ่ม 12/64 ไบต์"
        )
        await button(page, "ค่อนข้างไม่พอใจ").click()
        await expect(telegram.last.get_by_text(WORDS["preview_edit"])).to_be_visible()
        await page.reload()
        await expect(page.locator(".telegram .letter")).to_have_count(
            1
        )  # still shown, with the newest letter
        await page.get_by_role("button", name=WORDS["preview_hide"]).click()
        await expect(page.get_by_role("complementary")).to_have_count(0)
        assert await page.evaluate("document.documentElement.scrollWidth") == 1366
