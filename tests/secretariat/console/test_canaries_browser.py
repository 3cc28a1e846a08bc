"""Hundreds of hostile texts from everybody through every page, in a real Chromium: none of them runs.

One rule: no list of pages is kept here. What the console serves is what is opened, and a page with a place
in its address that nobody filled fails.
"""

import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page
from starlette.applications import Starlette

from bot.channels.web import WebChannel, load_words
from bot.channels.web.wire import NAME as WEB
from bot.language.words import clean, visible
from bot.pages import Copies, Pages
from bot.runtime.fetching import Keeper, StoredUploads
from bot.runtime.guard import SecurityHeaders
from bot.runtime.mailbox import StoredMailbox
from bot.secretariat.console.accounts import NAME_LIMIT, Accounts
from bot.secretariat.console.policy import Role
from tests.secretariat.console.browsing import Watched, address_of, enter, needs_chromium, served, watched
from tests.secretariat.console.canaries import HOST, MARK, canaries
from tests.secretariat.console.conftest import Browser, Desk, SignIn
from tests.secretariat.console.lively import Person, come, turns_of
from tests.secretariat.console.test_operations import park
from tests.secretariat.console.wordings import CLAUSE, UNIT, begin, content, review_of, send  # noqa: F401

pytestmark = needs_chromium

#: Texts of a kind of which one page shows a list.
LIST = 50
#: An answer that somebody of the staff hides.
HIDDEN = "ข้อความนี้จะถูกซ่อน"
#: Before a page's own scripts: who calls `x`, which events of its own a page reports.
BIRD_TABLE = """
window.__xss = [];
window.x = number => { window.__xss.push(number); };
document.addEventListener('securitypolicyviolation', seen => window.__xss.push(seen.violatedDirective));
"""
#: What came to be on a page: what ran, what it made, where it leads; and all that its reader sees as text.
LOOK = """
() => {
  const made = [];
  for (const one of document.querySelectorAll('*')) {
    const tag = one.localName;
    if (['iframe', 'object', 'embed', 'base', 'style', 'frame', 'img', 'xmp', 'plaintext'].includes(tag))
      made.push(one.outerHTML.slice(0, 200));
    if (tag === 'script' && one.type !== 'application/json' && !(one.src ?? '').startsWith(location.origin + '/')) made.push(one.outerHTML.slice(0, 200));
    for (const { name, value } of one.attributes) {
      const leads = ['href', 'src', 'action', 'formaction', 'xlink:href', 'data', 'poster', 'srcset', 'ping'].includes(name)
        || /^(data-)?hx-(get|post|put|patch|delete|push-url)$/.test(name);
      if (/^on|^(data-)?hx-on|^srcdoc$/.test(name) || name === 'MARK'
          || (name === 'style' && !/^height: [0-9]+px;$/.test(value)) // as the chat's field grows
          || (leads && value !== 'true' && value !== 'false'
              && new URL(value, location.href).origin !== location.origin && !value.startsWith('blob:')))
        made.push(`${tag} ${name}=${value}`.slice(0, 200));
    }
  }
  const fields = [...document.querySelectorAll('input, textarea, option')].map(one => one.value);
  return { ran: window.__xss, made, text: [document.documentElement.textContent, ...fields].join('\\n') };
}
""".replace("MARK", MARK)


@dataclass
class Typed:
    """What was typed where, to be found again as text; `places` are what addresses lead to."""

    shown: dict[str, list[str]] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)

    def all(self, name: str, texts: Iterable[str]) -> list[str]:
        """These will be somewhere on some page."""
        self.shown[name] = [*self.shown.get(name, []), *texts]
        return self.shown[name]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What is tried here is the pages; both databases are tried beside it."""
    return sqlite_url


@pytest.fixture
async def staff(sign_in: SignIn) -> Browser:
    """Somebody with every role."""
    return await sign_in(*Role, name="all")


@pytest.fixture
async def typed(desk: Desk, staff: Browser, sign_in: SignIn) -> Typed:
    """A store in which everybody typed what they could."""
    done = Typed()
    await _people(desk, done)
    await _suggestion_of_staff(desk, staff, done)
    for name in done.all("names", canaries(6, NAME_LIMIT - 1)[: 4 * LIST]):
        if name.isprintable():
            await Accounts(desk.office.store.staff, desk.office.trail, desk.clock).add("all", name, [])
    done.shown["names"] = [name for name in done.shown["names"] if name.isprintable()]
    await _wording(desk, staff, await sign_in(Role.AUTHOR, name="author"), done)
    await park(desk, canaries(9)[40])
    return done


async def _people(desk: Desk, done: Typed) -> None:
    answers, suggestions = done.all("answers", canaries(1)), done.all("suggestions", canaries(2))
    organisations, files = canaries(3), canaries(4, 100)
    both = zip(answers, suggestions, organisations, [*files, *answers], strict=False)
    await come(desk, [Person(answer=a, suggestion=s, organisation=o, file=f) for a, s, o, f in both])
    await come(desk, [Person(answer=HIDDEN)] * 20, first=1_000)
    sent = [found async for _, found in desk.office.store.suggestions.export()]
    assert len(sent) >= 200
    one = sent[-1]
    done.places |= {"receipt": one.receipt, "sha256": one.attachments[0].sha256}
    done.all("organisations", [one.organisation or ""])
    done.all("files", [one.attachments[0].name])


async def _suggestion_of_staff(desk: Desk, staff: Browser, done: Typed) -> None:
    """Tags, reasons and replies, all on one suggestion: its page shows them as lists."""
    here = f"/suggestions/{done.places['receipt']}"
    for tag in done.all("tags", canaries(5, 40)[:LIST]):
        assert (await staff.post(f"{here}/tag", tag=tag, act="add")).status_code == 303, tag
    for reason in done.all("reasons", canaries(7)[:LIST]):
        assert (await staff.post(f"{here}/flag", reason=reason, flag="cleared")).status_code == 303, reason
    sent = [
        text
        for n, text in enumerate(canaries(8)[::4])
        if (await staff.post(f"{here}/reply", text=text, once=f"{n}")).status_code == 303
    ]
    assert len(sent) >= 20
    done.all("replies", sent)
    hidden = [
        f"{answer.id}" async for _, answer in desk.office.store.answers.export() if answer.text == HIDDEN
    ]
    for id_, reason in zip(hidden, done.all("reasons of answers", canaries(10)[: len(hidden)]), strict=True):
        answer = await staff.post("/answers/flag", answer=id_, flag="hidden", reason=reason, back="")
        assert answer.status_code == 303, reason


async def _wording(desk: Desk, staff: Browser, author: Browser, done: Typed) -> None:
    """A draft whose every field is hostile, and one that came back with a hostile note."""
    sent = await send(author)
    [note] = done.all("notes", ["\n".join(canaries(11)[:LIST])[:2_000]])
    done.shown["notes"] = note.splitlines()[:-1]
    seen = re.search(r'name="seen" value="(\w+)"', (await staff.get(review_of(sent))).text)
    assert seen
    answer = await staff.post(review_of(sent), act="return", seen=seen[1], note=note)
    assert answer.status_code == 303
    done.places |= {"file:path": CLAUSE, "wording": sent.rpartition("/")[2]}
    own = await begin(staff, UNIT, CLAUSE)
    texts = done.all("drafts", canaries(12)[:20])
    fields = {f"option.{n}.label": text for n, text in enumerate(texts[1:7])}
    done.shown["drafts"] = [texts[0]]
    await staff.post(own, unit=UNIT, act="save", stem=texts[0], **fields)
    done.texts.append(own)


def house(desk: Desk) -> tuple[SecurityHeaders, Copies]:
    """The console, the chat and the copies over one store, as the bot serves them."""
    store, library, clock = desk.office.store, desk.office.library, desk.clock
    identity = turns_of(desk).identity
    mailbox = StoredMailbox(store.outbox, identity, WEB)
    turns = turns_of(desk, lambda done: mailbox.ring(done.readers))
    web = WebChannel(
        mailbox=mailbox,
        uploads=StoredUploads(Keeper(store.files, clock), identity, WEB),
        words=load_words(desk.office.content / "web.yaml"),
        clock=clock.now,
        secure_cookies=False,
    )

    async def submit(events: Any) -> None:
        await turns.commit(events)

    copies = Copies(store, library, identity, clock, Pages(library))
    routes = [*web.routes(submit), *desk.console.routes(), *copies.routes()]
    return SecurityHeaders(Starlette(routes=routes)), copies


@pytest.fixture
async def address(desk: Desk) -> AsyncIterator[str]:
    app, _ = house(desk)
    async with served(app) as here:
        yield here


# Opening everything


async def look(page: Page, name: str) -> str:
    """All that a reader sees of the page as text; nothing of it ran, nothing of it is an element."""
    found = await page.evaluate(LOOK)
    assert found["ran"] == [], name
    assert found["made"] == [], name
    text: str = found["text"]
    return text


def queries(names: Iterable[str]) -> list[str]:
    """Addresses that say something hostile for everything that a page may ask."""
    asked = list(names)
    kinds = (canaries(20)[n::2] for n in range(2))
    return [urlencode(dict(zip(asked, kind, strict=False))) for kind in kinds]


async def every_get(desk: Desk, page: Page, typed: Typed) -> tuple[str, set[str]]:
    """Open each page that can be asked for, plainly and with a hostile query; its text, and its fields."""
    text, fields = "", {"lang", "show", "sent", "unit", "whole", "after", "before", "page", "taken"}
    shown = [one for one in desk.console.pages if one.method == "GET"]
    for one in shown:
        path = address_of(one, typed.places)
        answer = await page.context.request.get(f"{base(page)}{path}")
        if "attachment" in answer.headers.get("content-disposition", ""):
            continue
        await page.goto(f"{base(page)}{path}")
        text += await look(page, one.name)
        fields |= set(
            await page.evaluate("[...document.querySelectorAll('[name]')].map(one => one.name)")
        ) - {"csrf"}
        for query in queries(sorted(fields)):
            await page.goto(f"{base(page)}{path}?{query}&lang=en")
            text += await look(page, f"{one.name}?{query[:80]}")
    return text, fields


def base(page: Page) -> str:
    """Where the console of the page is."""
    here = urlsplit(page.url)
    return f"{here.scheme}://{here.netloc}/secretariat"


async def turned(page: Page, path: str, pages: int) -> str:
    """The text of a list to its end, by its own links."""
    await page.goto(f"{base(page)}{path}")
    text = await look(page, path)
    for _ in range(pages):
        onward = page.locator("nav a", has_text=re.compile("เก่ากว่า|Older"))
        if not await onward.count():
            break
        async with page.expect_navigation():
            await onward.first.click()
        text += await look(page, path)
    return text


async def every_post(desk: Desk, page: Page, typed: Typed, fields: set[str]) -> str:
    """Send every form with hostile fields, and show in the page whatever comes back."""
    text = ""
    for one in [one for one in desk.console.pages if one.method == "POST" and one.name != "sign-out"]:
        await page.goto(f"{base(page)}/account")
        csrf = await page.locator("[name=csrf]").first.get_attribute("value")
        form = dict(zip(sorted(fields), canaries(30)[::2], strict=False)) | {"csrf": csrf}
        html = await page.evaluate(
            """async ([path, form]) => {
              const answer = await fetch(path, { method: 'POST', body: new URLSearchParams(form) });
              return answer.headers.get('content-type').startsWith('text/html') ? answer.text() : '';
            }""",
            [f"{base(page)}{address_of(one, typed.places)}", form],
        )
        if html:
            await page.set_content(html)
            text += await look(page, one.name)
    return text


async def the_copy(desk: Desk, page: Page, address: str) -> None:
    """The copy of one's data: a list of files, of which no browser opens one as a page of ours."""
    _, copies = house(desk)
    await page.goto(f"{address}{copies.path('line', 'U0')}")
    await look(page, "copy")
    links = await page.locator("li a").all()
    assert links
    for link in links:
        here = page.url.rpartition("/")[0]
        answer = await page.context.request.get(f"{here}/{await link.get_attribute('href')}")
        assert answer.headers["content-disposition"].startswith("attachment"), answer.url
        assert "x(1000)" in await answer.text()


def unshown(typed: Typed, text: str) -> dict[str, list[str]]:
    """What was typed and is nowhere to be read, by where it was typed."""
    read = " ".join(text.split())
    return {
        name: missing
        for name, texts in typed.shown.items()
        if (missing := [one for one in texts if " ".join(visible(clean(one)).split()) not in read])
    }


async def test_nothing_that_anybody_typed_runs(
    desk: Desk, chromium: Chromium, address: str, typed: Typed
) -> None:
    """The policy of the browser finds nothing to stop, so escaping alone holds."""
    async with watched(chromium, address) as watch:
        page = await opened(watch)
        text, fields = await every_get(desk, page, typed)
        text += await turned(page, "/answers?clause=3.5", 15)
        text += await turned(page, "/suggestions", 12)
        text += await turned(page, "/audit", 3)
        await page.goto(f"{base(page)}{typed.texts[0]}?unit={UNIT}")
        text += await look(page, "draft")
        text += await every_post(desk, page, typed, fields)
        await page.goto(f"{base(page)}/suggestions/<svg onload=x(1) {MARK}>")
        await look(page, "no such suggestion")
        await the_copy(desk, page, address)
    assert unshown(typed, text) == {}
    assert (watch.strangers, watch.complaints) == ([], [])
    assert sum(map(len, typed.shown.values())) >= 200


async def opened(watch: Watched) -> Page:
    """A page of somebody who may do everything."""
    await enter(watch, "session-of-all")
    await watch.context.add_init_script(BIRD_TABLE)
    page = await watch.context.new_page()
    await page.goto("account")
    return page


async def test_nothing_that_is_typed_into_the_chat_runs(desk: Desk, chromium: Chromium, address: str) -> None:
    """The page shows what one typed, what the bot reads back, and it again after a reload; so does the copy."""
    said = [one.replace("\n", " ") for one in canaries(40)]
    lots = [" ".join(said[n : n + 25]) for n in range(0, len(said), 25)]
    async with watched(chromium, address, width=390) as watch:
        await watch.context.add_init_script(BIRD_TABLE)
        page = await watch.context.new_page()
        await page.goto(f"{address}/chat")
        text = page.locator("#text")
        await text.wait_for()
        for lot in lots:
            before = await page.locator(".bubble").count()
            await text.fill(lot)
            await text.press("Enter")
            await page.wait_for_function(
                "n => document.querySelectorAll('.bubble').length > n + 1", arg=before
            )
        read = " ".join((await look(page, "chat")).split())
        assert [one for one in said if " ".join(one.split()) not in read] == []
        await page.reload()
        await text.wait_for()
        await look(page, "chat, again")
    assert (watch.strangers, watch.complaints) == ([], [])


async def test_without_escaping_they_would(
    desk: Desk, chromium: Chromium, address: str, staff: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the tests above look for is there as soon as the templates escape nothing."""
    await come(desk, [Person(suggestion=text) for text in canaries(2)[:25]])
    templates = desk.console._frame._templates
    monkeypatch.setattr(templates, "autoescape", False)
    assert templates.cache is not None
    templates.cache.clear()
    for policy in (True, False):
        async with watched(chromium, address, bypass_csp=not policy) as watch:
            page = await opened(watch)
            await watch.context.route(lambda url: HOST in url, lambda route: route.abort())
            await page.goto("suggestions", wait_until="domcontentloaded")
            await page.wait_for_function("window.__xss.length")
            found = await page.evaluate(LOOK)
        assert len(found["made"]) > 10
        assert watch.strangers or policy
        if policy:
            assert any("Security Policy" in said for said in watch.complaints)
        else:
            assert any(number in range(2_000, 3_000) for number in found["ran"])
