"""The console in this process, and people who are signed in to it."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import httpx2
import pyotp
import pytest
from msgspec.structs import replace
from playwright.async_api import Browser as Chromium
from starlette.applications import Starlette

from bot.app import content_folder
from bot.channels.web.page import STATIC
from bot.language.wording import Rules
from bot.library import Library, admit
from bot.library.rulebook import load_rulebook
from bot.previews import PREVIEWS
from bot.runtime.clock import Clock
from bot.runtime.guard import SecurityHeaders
from bot.runtime.identity import Identity
from bot.runtime.operating import Operating
from bot.runtime.trail import Trail
from bot.runtime.turns import TakeTurn, Turns
from bot.secretariat.console.accounts import Accounts
from bot.secretariat.console.console import Console
from bot.secretariat.console.credentials import Codes, hashed, mark
from bot.secretariat.console.office import Office
from bot.secretariat.console.opening import open_console
from bot.secretariat.console.policy import Role
from bot.secretariat.console.words import WordPart, load_console_words
from bot.secretariat.replying import Replying
from bot.settings import Settings
from bot.store import Store
from handlers import take_turn
from tests.runtime.fakes import HandClock
from tests.secretariat.console import browsing

KEY = b"k" * 32
PASSWORD = "ถนนสายยาว แมวสามสี ปลาทูนึ่ง"
ORIGIN = {"Sec-Fetch-Site": "same-origin"}

#: From roles to a browser of somebody who has them and is signed in.
SignIn = Callable[..., Awaitable["Browser"]]


@dataclass
class Desk:
    """An office, its console and the clock of both."""

    office: Office
    console: Console
    app: SecurityHeaders
    clock: HandClock


@dataclass
class Browser:
    """Somebody's browser: it keeps the cookie, and knows what forms must carry."""

    web: httpx2.AsyncClient
    csrf: str

    async def get(self, path: str = "") -> httpx2.Response:
        return await self.web.get(f"/secretariat{path}")

    async def post(self, path: str, **form: object) -> httpx2.Response:
        return await self.web.post(f"/secretariat{path}", data={"csrf": self.csrf, **form}, headers=ORIGIN)


#: By everything that a folder holds.
_ADMITTED: Final[dict[frozenset[tuple[Path, bytes]], tuple[Library, Rules]]] = {}


def admitted(content: Path) -> tuple[Library, Rules]:
    """What may be said of a folder; reading it takes a second, which copies of one folder pay once."""
    files = (file for file in content.rglob("*") if file.is_file())
    held = frozenset((file.relative_to(content), sha256(file.read_bytes()).digest()) for file in files)
    if held not in _ADMITTED:
        rules, _ = load_rulebook(content / "wording")
        _ADMITTED[held] = admit(content), rules
    return _ADMITTED[held]


@cache
def hash_kept() -> str:
    """What is kept of PASSWORD, at its real cost, which is paid once; each sign-in still pays for its own."""
    return hashed(PASSWORD)


@cache
def words_of(file: Path) -> Mapping[str, WordPart]:
    """The words of the console, of a file that nobody changes."""
    return load_console_words(file)


def turns_over(
    store: Store,
    library: Library,
    clock: Clock,
    *,
    take: TakeTurn = take_turn,
    committed: Callable[[Any], None] = lambda _: None,
) -> Turns:
    """Turns in a store, as the bot takes them."""
    return Turns(
        store=store,
        library=library,
        identity=Identity(KEY, library.draft.slug),
        clock=clock,
        take_turn=take,
        pulling=["web"],
        committed=committed,
    )


def operating_by(turns: Turns) -> Operating:
    """What is decided of what these turns set aside."""
    trail = Trail(turns.store.audit, KEY, turns.clock)
    return Operating(turns.store, turns.identity, turns.commit, lambda: None, trail)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def content() -> Path:
    """The content of the office; a test that changes it takes a copy."""
    return content_folder(Settings())


@pytest.fixture
def desk(store: Store, clock: HandClock, content: Path) -> Desk:
    library, rules = admitted(content)
    operating = operating_by(turns_over(store, library, clock))
    trail = operating.trail
    office = Office(
        store=store,
        library=library,
        rules=rules,
        content=content,
        trail=trail,
        clock=clock,
        codes=Codes(KEY),
        replying=Replying(store, library, rules, trail, clock, ["web"], lambda: None),
        previews=PREVIEWS,
        operating=operating,
    )
    words = words_of(content / "console.yaml")
    console = open_console(office, words, STATIC, secure=False, local=False)
    return Desk(office, console, SecurityHeaders(Starlette(routes=console.routes())), clock)


@pytest.fixture
async def browsers(desk: Desk) -> AsyncIterator[Callable[[], Awaitable[httpx2.AsyncClient]]]:
    """Browsers that nobody is signed in with."""
    async with AsyncExitStack() as stack:

        async def browser(address: str = "10.0.0.1") -> httpx2.AsyncClient:
            transport = httpx2.ASGITransport(desk.app, client=(address, 1))
            return await stack.enter_async_context(
                httpx2.AsyncClient(transport=transport, base_url="http://desk.test")
            )

        yield browser


async def account_of(desk: Desk, name: str, roles: Collection[Role]) -> str:
    """An account that is set up; the secret of its one-time codes."""
    accounts = Accounts(desk.office.store.staff, desk.office.trail, desk.clock)
    made = await accounts.add("test", name, roles)
    secret = desk.office.codes.new_secret()
    ready = replace(made, password=hash_kept(), totp=desk.office.codes.seal(made.id, secret))
    await desk.office.store.staff.keep(ready)
    return secret


def code(secret: str, clock: HandClock) -> str:
    """What the app of somebody shows now."""
    return pyotp.TOTP(secret).at(int(clock.now().timestamp()))


@pytest.fixture
async def sign_in(desk: Desk, browsers) -> SignIn:
    """Somebody with these roles, signed in."""

    async def signed_in(*roles: Role, name: str = "") -> Browser:
        name = name or "-".join(role.value for role in roles)
        if await desk.office.store.staff.named(name) is None:
            await account_of(desk, name, roles)
        account = await desk.office.store.staff.named(name)
        assert account
        web = await browsers()
        cookie = f"session-of-{name}"
        await desk.office.store.staff.begin(account.id, mark(cookie), desk.clock.now())
        web.cookies.set("secretariat", cookie)
        return Browser(web, desk.office.codes.csrf(mark(cookie)))

    return signed_in


@pytest.fixture
async def address(desk: Desk) -> AsyncIterator[str]:
    """Where the console listens."""
    async with browsing.served(desk.app) as here:
        yield here


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Chromium]:
    """A browser for the whole session; each test opens contexts of its own."""
    async with browsing.chromium() as browser:
        yield browser


def token_in(page: str) -> str:
    """What the forms of a page carry."""
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]
