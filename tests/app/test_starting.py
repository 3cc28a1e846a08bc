"""What a start does without until somebody needs it, and that nobody waits for it then but who asked."""

import asyncio
import gc
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.channels.line import LineChannel
from bot.channels.line.channel import PATH as LINE_PATH
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram.channel import PATH as TELEGRAM_PATH
from bot.deferring import Deferred
from bot.platforms import WEBHOOKS
from bot.runtime.identity import new_key
from bot.store import Store

ROOT = Path(__file__).resolve().parents[2]
SECRET = "0123456789abcdef0123456789abcdef"
LINE = {
    "LINE_CHANNEL_SECRET": SECRET,
    "LINE_CHANNEL_ACCESS_TOKEN": "token",
    "LINE_API_BASE": "http://127.0.0.1:1",
}
TELEGRAM = {
    "TELEGRAM_BOT_TOKEN": "1:TOKEN",
    "TELEGRAM_WEBHOOK_SECRET": SECRET,
    "TELEGRAM_API_BASE": "http://127.0.0.1:1",
}

#: What no first reply needs, on whichever platform.
LATER = {
    "PIL", "alembic", "argon2", "asyncpg", "bot.desk", "bot.demo", "bot.previews", "bot.secretariat.console.console",
    "bot.secretariat.console.pages", "bot.secretariat.paper", "docx", "linebot", "lxml", "openpyxl", "phonenumbers", "pyotp",
    "ruamel.yaml", "rustpy_xlsxwriter", "segno", "typst", "zxcvbn",
}  # fmt: skip

#: A process of its own, as `serve` is: it starts, says which modules it has, opens the console and says so again.
_PROGRAM = """
import asyncio, json, sys
from bot.verbs import serving
import httpx2

async def main():
    async with serving.running(serving.settings.load()) as bot:
        ready = sorted(sys.modules)
        web = httpx2.AsyncClient(transport=httpx2.ASGITransport(bot.asgi), base_url="https://bot.example")
        page = await web.get("/secretariat/sign-in")
        print(json.dumps([ready, page.status_code, sorted(sys.modules)]))

asyncio.run(main())
"""


async def modules(tmp_path: Path, platform: dict[str, str]) -> tuple[set[str], int, set[str]]:
    """The modules of a process when it is ready, what the console's door answered, and the modules then."""
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    store = await Store.open(url)
    await store.migrate()
    await store.close()
    environment = {"DATABASE_URL": url, "IDENTITY_KEY": new_key(), "PUBLIC_URL": "https://bot.example"}
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", _PROGRAM],
        env=environment | platform | {"PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    ready, status, then = json.loads(done.stdout)
    return set(ready), status, set(then)


@pytest.mark.parametrize(
    ("platform", "other"), [(LINE, "telegram"), (TELEGRAM, "bot.channels.line")], ids=["line", "telegram"]
)
async def test_a_start_imports_what_the_first_reply_needs(
    tmp_path: Path, platform: dict[str, str], other: str
) -> None:
    ready, status, then = await modules(tmp_path, platform)
    assert ready & (LATER | {other}) == set()
    assert status == 200
    assert then >= {"argon2", "bot.desk", "bot.secretariat.console.pages"}  # the names are those of modules


def test_the_paths_of_the_webhooks_are_the_channels() -> None:
    assert {LINE_PATH: LineChannel.name, TELEGRAM_PATH: TelegramChannel.name} == WEBHOOKS


class Making:
    """Pages that are made when `go` is set, and how often they were."""

    def __init__(self, patience: float = 10) -> None:
        self.patience = patience
        self.go = threading.Event()
        self.begun = threading.Event()
        self.times = 0
        self.faults = 0
        app = Starlette(routes=[Deferred("/late", self._made), Route("/now", _said)])
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        self.web = httpx2.AsyncClient(transport=transport, base_url="http://bot")

    def _made(self) -> list[BaseRoute]:
        self.times += 1
        self.begun.set()
        assert self.go.wait(self.patience)
        if self.faults:
            self.faults -= 1
            raise OSError("the disk")
        return [Route("/late", _said), Route("/late/{name}", _said), Route("/elsewhere", _said)]


async def _said(request: Request) -> Response:
    return PlainTextResponse(request.url.path)


async def test_nobody_waits_for_pages_but_who_asked_for_them() -> None:
    making = Making()
    first, second = (asyncio.create_task(making.web.get(path)) for path in ("/late", "/late/more"))
    assert await asyncio.to_thread(making.begun.wait, 10)
    assert (await making.web.get("/now")).text == "/now"
    making.go.set()
    assert [(await page).text for page in (first, second)] == ["/late", "/late/more"]
    assert making.times == 1
    assert gc.get_freeze_count()
    gc.unfreeze()


async def test_made_on_the_event_loop_they_would_keep_everybody_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def here(made: Callable[[], object]) -> object:
        return made()

    monkeypatch.setattr("bot.deferring.asyncio.to_thread", here)
    making = Making(patience=0.2)
    page = asyncio.create_task(making.web.get("/late"))
    await asyncio.sleep(0)
    assert (await making.web.get("/now")).text == "/now"
    making.go.set()  # too late: until then the loop stood still
    assert (await page).status_code == 500


async def test_pages_that_could_not_be_made_are_made_for_the_next_who_asks() -> None:
    making = Making()
    making.go.set()
    making.faults = 1
    assert (await making.web.get("/late")).status_code == 500
    assert (await making.web.get("/late")).status_code == 200
    assert making.times == 2
    gc.unfreeze()


async def test_only_what_is_below_the_path_is_deferred() -> None:
    making = Making()
    making.go.set()
    assert [(await making.web.get(path)).status_code for path in ("/later", "/elsewhere")] == [404, 404]
    assert making.times == 0
    assert (await making.web.get("/late/a/b")).status_code == 404
    gc.unfreeze()
