"""The console in a real Chromium: served on a port, opened by somebody, and watched while it is."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

import pytest
import uvicorn
from playwright.async_api import Browser as Chromium
from playwright.async_api import BrowserContext, Dialog, async_playwright
from starlette.types import ASGIApp

from bot.secretariat.console.policy import Page as ConsolePage
from tests.channels.web.test_web_browser import ARGUMENTS, CHROMIUM

needs_chromium = pytest.mark.skipif(
    not CHROMIUM.exists(), reason="there is no Chromium: apt-get install chromium"
)

#: Widths of a desk, of a phone, and of the narrowest that must do.
DESK: Final = 1100
PHONE: Final = 390
NARROW: Final = 360


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """Where the application listens, until the end of the block."""
    config = uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=0)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await serving


@asynccontextmanager
async def chromium() -> AsyncIterator[Chromium]:
    """A browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@dataclass
class Watched:
    """A context of the browser and what its pages did: hosts asked, complaints of the policy, dialogs."""

    context: BrowserContext
    address: str
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def strangers(self) -> list[str]:
        """What was asked of anybody but us."""
        return [
            url for url in self.asked if not url.startswith((f"{self.address}/", f"blob:{self.address}/"))
        ]


@asynccontextmanager
async def watched(browser: Chromium, address: str, width: int = DESK, **how: Any) -> AsyncIterator[Watched]:
    """Somebody's browser of a width in pixels, signed in to nothing yet; `how` is for Playwright."""
    context = await browser.new_context(
        viewport={"width": width, "height": 844},
        reduced_motion="reduce",
        base_url=f"{address}/secretariat/",
        **how,
    )
    context.set_default_timeout(20_000)
    watch = Watched(context, address)
    context.on("request", lambda request: watch.asked.append(request.url))
    context.on("weberror", lambda error: watch.complaints.append(str(error.error)))

    async def dismissed(dialog: Dialog) -> None:
        watch.complaints.append(f"dialog: {dialog.message}")
        await dialog.dismiss()

    context.on("dialog", dismissed)
    context.on(
        "console", lambda said: watch.complaints.append(said.text) if "Security Policy" in said.text else None
    )
    yield watch
    await context.close()


async def enter(watch: Watched, cookie: str) -> None:
    """Have the browser carry the session of somebody who signed in elsewhere."""
    await watch.context.add_cookies([{"name": "secretariat", "value": cookie, "url": watch.address}])


def address_of(page: ConsolePage, places: Mapping[str, str]) -> str:
    """The path of a page below /secretariat, its {places} filled. Fails for a place that nobody filled."""

    def filled(place: re.Match[str]) -> str:
        assert place[1] in places, f"{page.name}: say what stands for {place[0]}"
        return quote(places[place[1]], safe="/")

    return re.sub(r"\{([^}]+)\}", filled, page.path)
