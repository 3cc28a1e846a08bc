"""Telegram, on loopback: the Bot API over real HTTP, and the platform that sends updates.

It answers as `telegram_api.py`, refuses what Telegram refuses (`telegram_rules.py`), holds the truth of
what is on each person's screen, and can be told to misbehave. A test drives it like a person with a phone:

    async with TelegramStandIn() as telegram:
        bot = TelegramChannel(token=telegram.token, webhook_secret=telegram.secret, api_base=telegram.url, …)
        telegram.webhook = "http://127.0.0.1:8000/telegram/webhook"
        await telegram.start(7)                     # each returns the bot's HTTP response
        await telegram.tap(7, "เลือกเรื่อง")          # press what is on the screen, by its label
        telegram.texts(7)                           # what is on the screen, oldest first, edits applied
        telegram.script("sendMessage", answer(429, retry_after=3), silence())
"""

import asyncio
import re
import socket
import time
from typing import Any, NamedTuple, Self

import httpx2
import uvicorn

from tests.standins import telegram_rules as rules
from tests.standins.telegram_api import (
    BOT,
    Call,
    Fault,
    TelegramApi,
    answer,
    as_message,
    reset,
    silence,
    slow,
)
from tests.standins.telegram_rules import Json

__all__ = ["Button", "Call", "Fault", "TelegramStandIn", "answer", "reset", "silence", "slow"]


class Button(NamedTuple):
    """What a person can press: under which message, what it reads and what it sends."""

    message: int
    label: str
    token: str


class TelegramStandIn(TelegramApi):
    """Telegram for one bot with `token` and `secret`, at `url`; what the API holds is `TelegramApi`'s.

    `sent` are the updates so far.
    """

    def __init__(self, token: str = "123456:standin-token", secret: str = "webhook-secret") -> None:
        super().__init__(token, secret)
        self.url = ""
        self.sent: list[Json] = []

    async def __aenter__(self) -> Self:
        listening = socket.socket(proto=socket.IPPROTO_TCP)  # else asyncio leaves Nagle on: 40 ms an answer
        listening.bind(("127.0.0.1", 0))
        listening.listen()  # from here on a connection waits for the server instead of being refused
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        rules.spec_faults("getme", {})  # read the specifications before anyone waits for an answer
        config = uvicorn.Config(
            self.app,
            interface="asgi3",
            lifespan="off",
            log_level="error",
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listening]))
        self._http = httpx2.AsyncClient(timeout=30)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.closing.set()
        await self.tell()
        await self._http.aclose()
        self._server.should_exit = True
        await self._serving

    # What a person sees

    def texts(self, user: int) -> list[str]:
        """What the bot's messages on the screen say, oldest first."""
        return [shown.text for shown in self.screens.get(user, []) if not shown.mine]

    def buttons(self, user: int) -> list[Button]:
        """Every button on the screen, oldest first."""
        return [
            Button(shown.id, button["text"], button["callback_data"])
            for shown in self.screens.get(user, [])
            for button in rules.buttons(shown.keyboard)
        ]

    def named(self, user: int, label: str) -> list[Button]:
        """The buttons that say `label`, oldest first, whatever number or tick stands before it."""
        pattern = re.compile(rf"(✓ )?(\d+\. )?{re.escape(label)}")
        return [button for button in self.buttons(user) if pattern.fullmatch(button.label)]

    # What people do; each returns the bot's answer

    async def start(self, user: int, source: str = "") -> httpx2.Response:
        """A person opens the chat, perhaps through a deep link."""
        return await self.send_text(user, f"/start {source}".strip())

    async def send_text(self, user: int, text: str) -> httpx2.Response:
        """A person types."""
        message = await self._typed(user, text)
        if text.startswith("/"):
            length = len(text.split(maxsplit=1)[0])
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
        return await self.post("message", message)

    async def send_file(self, user: int, content: bytes, name: str) -> httpx2.Response:
        """A person sends a document."""
        message = await self._typed(user, "")
        file_id = f"file{message['message_id']}"
        self.files[f"documents/{file_id}"] = content
        document = {"file_id": file_id, "file_unique_id": file_id, "file_name": name}
        del message["text"]
        return await self.post("message", message | {"document": document | {"file_size": len(content)}})

    async def edit(self, user: int, message: int, text: str) -> httpx2.Response:
        """A person changes a message they sent."""
        shown = next(shown for shown in self.screens[user] if shown.id == message)
        shown.text = text
        return await self.post("edited_message", as_message(user, shown) | {"edit_date": int(time.time())})

    async def tap(self, user: int, label: str) -> httpx2.Response:
        """A person presses the newest button that says `label`."""
        found = self.named(user, label)
        assert found, f"{label!r} is not one of {[b.label for b in self.buttons(user)]}"
        return await self.press(user, found[-1].message, found[-1].token)

    async def press(self, user: int, message: int, token: str) -> httpx2.Response:
        """A person presses a button carrying `token` under a message."""
        query_id = str(self.new_id())
        self.presses[query_id] = user
        shown = next((shown for shown in self.screens[user] if shown.id == message), None)
        query: Json = {"id": query_id, "from": _person(user), "chat_instance": "1", "data": token}
        return await self.post(
            "callback_query", query | ({"message": as_message(user, shown)} if shown else {})
        )

    async def block(self, user: int) -> httpx2.Response:
        """A person blocks the bot; from now on nothing reaches them."""
        self.blocked.add(user)
        member: Json = {"user": BOT, "status": "member"}
        kicked: Json = {"user": BOT, "status": "kicked", "until_date": 0}
        chat = {"id": user, "type": "private", "first_name": "person"}
        change: Json = {"chat": chat, "from": _person(user), "date": int(time.time())}
        return await self.post(
            "my_chat_member", change | {"old_chat_member": member, "new_chat_member": kicked}
        )

    async def redeliver(self) -> httpx2.Response:
        """Deliver the newest update again, as after an answer that never came."""
        return await self._deliver(self.sent[-1])

    # What the platform sends

    async def post(self, kind: str, value: Json) -> httpx2.Response:
        """Send an update to the webhook; without one it waits for getUpdates, and that counts as taken."""
        update = {"update_id": self.new_id(), kind: value}
        self.sent.append(update)
        if self.webhook:
            return await self._deliver(update)
        self.pending.append(update)
        await self.tell()
        return httpx2.Response(200)

    async def _deliver(self, update: Json) -> httpx2.Response:
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.secret}
        return await self._http.post(self.webhook, json=update, headers=headers)

    async def _typed(self, user: int, text: str) -> dict[str, Any]:
        """A message of the person's own, on their screen."""
        self.screens.setdefault(user, [])
        return as_message(user, await self.show(user, text, mine=True))


def _person(user: int) -> Json:
    return {"id": user, "is_bot": False, "first_name": "person"}
