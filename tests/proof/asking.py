"""The whole bot, asked without a socket, and what its platforms would ask it."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from starlette.types import ASGIApp

from bot import app
from bot.app import running
from bot.settings import Settings
from tests.proof.parts import library, replaced
from tests.store.look import column

LINE_SECRET: Final = b"channel-secret"
TELEGRAM_SECRET: Final = b"webhook-secret"
LINE_PATH: Final = "/line/webhook"
TELEGRAM_PATH: Final = "/telegram/webhook"

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Bot:
    """A whole bot without a socket, and where its database is."""

    app: ASGIApp
    url: str

    async def ask(self, path: str, body: bytes, headers: Headers, method: str = "POST") -> int:
        """The status of the answer to a request."""
        statuses: list[int] = []
        sent = False

        async def receive() -> dict[str, Any]:
            nonlocal sent
            if sent:
                return {"type": "http.disconnect"}
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": headers,
            "http_version": "1.1",
            "scheme": "http",
            "root_path": "",
            "client": ("192.0.2.1", 1),
            "server": ("bot.test", 80),
            "state": {},
        }
        try:
            await self.app(scope, receive, send)
        except Exception:  # as a server: it answers 500 to what leaves the application
            return 500
        return statuses[0] if statuses else 500

    async def rows(self) -> int:
        """How many events were taken in or set aside."""
        return sum([len(await column(self.url, table, "id")) for table in ("events", "quarantine")])

    async def failed(self) -> int:
        """How many turns raised: what is set aside and belongs to somebody."""
        return sum(who is not None for who in await column(self.url, "quarantine", "participant"))


@asynccontextmanager
async def serving() -> AsyncIterator[Bot]:
    """A bot over an empty store; nobody listens where its platforms would be."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'store.db'}"
        chosen = Settings.model_validate(
            {
                "database_url": url,
                "identity_key": "5a" * 32,
                "line_channel_secret": LINE_SECRET.decode(),
                "line_channel_access_token": "token",
                "line_api_base": "http://127.0.0.1:9",  # nobody listens there
                "telegram_bot_token": "123456:standin-token",
                "telegram_webhook_secret": TELEGRAM_SECRET.decode(),
                "telegram_api_base": "http://127.0.0.1:9",
            }
        )
        with replaced(app, "admit", lambda _: library()):  # read once for all of them
            async with running(chosen) as bot:
                yield Bot(bot.asgi, url)


def signed(body: bytes) -> bytes:
    """LINE's signature of a body."""
    return base64.b64encode(hmac.digest(LINE_SECRET, body, hashlib.sha256))


def line_event(n: int, **more: Any) -> dict[str, Any]:
    """The `n`-th event of LINE, by one of fifty people: a text, unless `more` says otherwise."""
    message = {"id": str(n), "type": "text", "text": "สวัสดี", "quoteToken": "q"}
    return {
        "type": "message",
        "mode": "active",
        "timestamp": 1_795_000_000_000 + n,
        "source": {"type": "user", "userId": f"U{n % 50:032x}"},
        "webhookEventId": f"01H{n:020d}",
        "deliveryContext": {"isRedelivery": False},
        "replyToken": f"{n:032x}",
        "message": message,
    } | more


def line_body(*events: dict[str, Any]) -> bytes:
    """A webhook of LINE."""
    return json.dumps({"destination": "Ubot", "events": events}, ensure_ascii=False).encode()


def update_of(n: int, text: str = "สวัสดี") -> dict[str, Any]:
    """The `n`-th update of Telegram, by one of fifty people."""
    chat = {"id": 1000 + n % 50, "type": "private", "first_name": "p"}
    message = {"message_id": n, "date": 1_795_000_000, "chat": chat, "from": {"id": chat["id"]}, "text": text}
    return {"update_id": n, "message": message}
