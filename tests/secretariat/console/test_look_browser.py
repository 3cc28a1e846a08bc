"""How every page of the console looks and is reached: axe-core finds nothing, nothing hangs over, every
control comes under the Tab key and shows it; in the light and in the dark, at a desk and on a phone.

Where PICTURES names a folder, a picture of each is left there for whoever wants to look.
"""

import os
from importlib.resources import files
from typing import Any

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page

from bot.secretariat.console.policy import Role
from bot.store import Store
from tests.secretariat.console.browsing import DESK, NARROW, PHONE, address_of, enter, needs_chromium, watched
from tests.secretariat.console.conftest import Browser, Desk, SignIn, account_of
from tests.secretariat.console.lively import Person, come
from tests.secretariat.console.test_operations import fail, park
from tests.secretariat.console.wordings import CLAUSE, LEADING, UNIT, begin, content, send  # noqa: F401

pytestmark = needs_chromium

PICTURES = os.environ.get("PICTURES")
AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")

LONG = "https-ไม่มีช่องว่างให้ตัดบรรทัดเลยสักที่เดียวในข้อความนี้" * 6
#: The controls that the Tab key must reach: of radio buttons of one name it reaches one.
CONTROLS = """
() => [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
  .filter(one => one.checkVisibility() && !one.disabled && one.type !== 'hidden')
  .filter(one => one.type !== 'radio' || document.querySelector(`input[name="${one.name}"]`) === one)
  .map((one, n) => { one.dataset.control = n; return one.outerHTML.slice(0, 120); })
"""
#: Which control has the focus, and whether somebody who looks can tell.
FOCUSED = """
() => {
  const one = document.activeElement, style = getComputedStyle(one);
  return [one.dataset.control ?? null, style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2];
}
"""


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    """One database: what is tried here is the pages."""
    return sqlite_store


@pytest.fixture
async def staff(sign_in: SignIn) -> Browser:
    """Somebody with every role."""
    return await sign_in(*Role, name="all")


@pytest.fixture
async def places(desk: Desk, staff: Browser, sign_in: SignIn) -> dict[str, str]:
    """A store with a little of everything; what stands for the {places} of addresses."""
    people = [
        Person(answer=f"อยากให้เปิดเผยรายจ่ายทุกปี {n}", suggestion=f"ขอให้ลดเอกสาร {n}", chosen="abde"[n % 4])
        for n in range(8)
    ]
    organised = Person(suggestion=LONG, organisation="สมาคม" * 20, file=f"{LONG[:90]}.pdf", answer=LONG)
    await come(desk, [*people, organised])
    [one] = [s async for _, s in desk.office.store.suggestions.export() if s.organisation]
    for tag in ("เอกสาร", LONG[:40]):
        await staff.post(f"/suggestions/{one.receipt}/tag", tag=tag, act="add")
    await staff.post(f"/suggestions/{one.receipt}/flag", reason="ลองซ่อน", flag="hidden")
    await staff.post(f"/suggestions/{one.receipt}/flag", reason="ลองเลิกซ่อน", flag="cleared")
    await staff.post(f"/suggestions/{one.receipt}/reply", text="เราส่งข้อเสนอนี้ให้คณะอนุกรรมการอ่านแล้ว", once="1")
    await fail(desk, "line:1")
    await park(desk, "400: bad request")
    await account_of(desk, "ชื่อยาวมาก" * 6, list(Role))
    draft = await send(await sign_in(Role.AUTHOR, name="author"))
    return {
        "receipt": one.receipt,
        "sha256": one.attachments[0].sha256,
        "file:path": CLAUSE,
        "wording": draft.rpartition("/")[2],
    }


async def every_page(desk: Desk, staff: Browser, places: dict[str, str]) -> dict[str, str]:
    """The path of each page that can be looked at, by its name; of some of them with something chosen."""
    found = {
        one.name: address_of(one, places)
        for one in desk.console.pages
        if one.method == "GET" and one.name != "attachment"
    }
    own = await begin(staff)
    await staff.post(own, unit=UNIT, stem=LEADING, act="save")
    return found | {
        "wording-draft": f"{own}?unit={UNIT}",
        "answers-clause": "/answers?clause=3.5",
        "suggestions-none": "/suggestions?words=ไม่มีแน่",
        "not-there": "/suggestions/B-0000000",
    }


async def axe(page: Page, *rules: str) -> list[Any]:
    """What axe-core finds, by the debugger, which the page's own policy does not bind."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE)
    chosen = {"runOnly": {"type": "rule", "values": rules}} if rules else {}
    found: list[Any] = await page.evaluate(
        """chosen => axe.run(chosen).then(seen => seen.violations.map(
             v => [v.id, v.nodes.length, v.nodes[0].html.slice(0, 200), v.nodes[0].failureSummary]))""",
        chosen,
    )
    return found


async def over(page: Page) -> int:
    """Pixels by which the page is wider than the screen."""
    wide: int = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return wide


async def picture(page: Page, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


async def test_every_page_in_every_light(
    desk: Desk, chromium: Chromium, address: str, staff: Browser, places: dict[str, str]
) -> None:
    """One page after another, so that all that is wrong is told at once."""
    wrong: list[Any] = []
    paths = await every_page(desk, staff, places)
    async with watched(chromium, address) as watch:
        page = await watch.context.new_page()
        for name, path in {"sign-in": "/sign-in", **paths}.items():
            if name != "sign-in":
                await enter(watch, "session-of-all")
            for width in (DESK, PHONE, NARROW):
                await page.set_viewport_size({"width": width, "height": 844})
                await page.emulate_media(color_scheme="light", reduced_motion="reduce")
                if width != NARROW:
                    await page.goto(f"/secretariat{path}")
                if wide := await over(page):
                    wrong.append((name, width, f"hangs over by {wide} px"))
                if width == NARROW:
                    continue
                wrong += [(name, width, "light", *found) for found in await axe(page)]
                await picture(page, f"{name}-{width}-light")
                await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
                wrong += [(name, width, "dark", *found) for found in await axe(page, "color-contrast")]
                await picture(page, f"{name}-{width}-dark")
    assert wrong == []
    assert (watch.strangers, watch.complaints) == ([], [])


async def test_what_is_wrong_is_found(desk: Desk, chromium: Chromium, address: str, staff: Browser) -> None:
    """A field without its label, a pale text and a wide box: each of the looks above sees its own."""
    async with watched(chromium, address, width=NARROW) as watch:
        await enter(watch, "session-of-all")
        page = await watch.context.new_page()
        await page.goto("people")
        assert (await axe(page), await over(page)) == ([], 0)
        await page.evaluate(
            """() => {
              document.querySelector('label[for=name]').remove();
              document.querySelector('h1').style.color = '#cccccc';
              document.querySelector('h2').style.width = '800px';
            }"""
        )
        assert {found[0] for found in await axe(page)} >= {"label", "color-contrast"}
        assert await over(page) > 0


async def test_every_control_comes_under_the_tab_key(
    desk: Desk, chromium: Chromium, address: str, staff: Browser, places: dict[str, str]
) -> None:
    missed: list[Any] = []
    paths = await every_page(desk, staff, places)
    async with watched(chromium, address) as watch:
        await enter(watch, "session-of-all")
        page = await watch.context.new_page()
        for name, path in paths.items():
            await page.goto(f"/secretariat{path}")
            controls = await page.evaluate(CONTROLS)
            reached: dict[str, bool] = {}
            for _ in range(len(controls) + 20):  # a region that scrolls is one more stop
                await page.keyboard.press("Tab")
                number, seen = await page.evaluate(FOCUSED)
                if number is not None:
                    reached[number] = seen
                if len(reached) == len(controls):
                    break
            missed += [
                (name, "not reached", html) for n, html in enumerate(controls) if str(n) not in reached
            ]
            missed += [(name, "unseen", controls[int(n)]) for n, seen in reached.items() if not seen]
    assert missed == []


async def test_each_rule_of_the_stylesheet_is_closed(
    desk: Desk, chromium: Chromium, address: str, staff: Browser
) -> None:
    """A brace that a merge lost puts all that follows inside the rule before it, and nobody is told."""
    async with watched(chromium, address) as watch:
        await enter(watch, "session-of-all")
        page = await watch.context.new_page()
        await page.goto("account")
        nested = await page.evaluate(
            """() => [...document.styleSheets].flatMap(sheet => [...sheet.cssRules])
                 .filter(rule => rule instanceof CSSStyleRule && rule.cssRules.length)
                 .map(rule => rule.selectorText)"""
        )
    assert nested == []
