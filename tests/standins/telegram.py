"""Telegram, on loopback: the Bot API over real HTTP, and the platform that sends updates.

It answers as `telegram_api.py`, refuses what Telegram refuses (`telegram_rules.py`), holds the truth of
what is on each person's screen, and can be told to misbehave. A test drives it like a person with a phone:

    async with TelegramStandIn() as telegram:
        bot = TelegramChannel(token=telegram.token, webhook_secret=telegram.secret, api_base=telegram.url, …)
        telegram.webhook = "http://127.0.0.1:8000/telegram/webhook"   # or leave it out, and poll
        await telegram.start(7, "campaign")           # each returns when the bot has taken the update
        await telegram.send_text(7, "สวัสดี")
        await telegram.until(lambda: telegram.buttons(7))
        await telegram.tap(7, "เลือกเรื่อง")            # press what is on the screen, by its label
        telegram.texts(7)                             # the bot's messages as they look now
        telegram.script("sendMessage", answer(429, retry_after=3), silence())
"""

import asyncio
import socket
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple, Self

import httpx2
import uvicorn

from tests.standins import telegram_rules as rules
from tests.standins.telegram_api import (
    BOT,
    Call,
    Fault,
    Shown,
    TelegramApi,
    answer,
    as_message,
    reset,
    silence,
    slow,
)
from tests.standins.telegram_rules import Json

__all__ = ["Button", "Call", "Fault", "Shown", "TelegramStandIn", "answer", "reset", "silence", "slow"]

#: How often an update is offered to a webhook that does not answer 2xx; the real one goes on for 24 hours.
ATTEMPTS = 5


class Button(NamedTuple):
    """What a person can press: what it reads, what it sends, and the message it belongs to."""

    label: str
    token: str
    message: int


class TelegramStandIn(TelegramApi):
    """Telegram for one bot with the token `token`, at `url`; updates carry `secret`.

    `sent` are the updates so far. What the API holds (`screens`, `calls`, `menus` …) is `TelegramApi`'s.
    """

    def __init__(self, token: str = "1001:stand-in-token", secret: str = "stand-in-secret") -> None:
        super().__init__(token, secret)
        self.url = ""
        self.sent: list[Json] = []
        self._queues: dict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def __aenter__(self) -> Self:
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        listening.listen()  # from here on a connection waits for the server instead of being refused
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        rules.spec_faults("getMe", {})  # read the specification before anyone waits
        config = uvicorn.Config(self.app, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listening]))
        self._http = httpx2.AsyncClient(timeout=60)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.closing.set()
        await self.tell()
        await self._http.aclose()
        self._server.should_exit = True
        await self._serving

    # What a person sees

    def screen(self, user: int) -> list[Shown]:
        """What the bot's messages look like now, oldest first."""
        return [shown for shown in self.screens.get(user, []) if not shown.mine]

    def texts(self, user: int) -> list[str]:
        """The bot's texts as they read now, oldest first."""
        return [shown.text for shown in self.screen(user) if shown.file is None]

    def buttons(self, user: int) -> list[Button]:
        """The buttons of the newest message that has any, top to bottom."""
        for shown in reversed(self.screen(user)):
            if shown.keyboard:
                return [
                    Button(button["text"], button["callback_data"], shown.id)
                    for button in rules.buttons(shown.keyboard)
                ]
        return []

    async def until(self, seen: Callable[[], object], seconds: float = 10) -> None:
        """Wait until something is so; looked at whenever a screen changes. Raises TimeoutError."""
        async with asyncio.timeout(seconds), self.changed:
            await self.changed.wait_for(lambda: bool(seen()))

    # What people do; each returns when the bot has taken the update, or at once when it polls

    async def start(self, user: int, source: str = "") -> int:
        """A person opens the chat, perhaps through a deep link; the number of their message."""
        return await self.send_text(user, f"/start {source}".strip())

    async def send_text(self, user: int, text: str) -> int:
        """A person types; the number of their message, by which it can be edited."""
        shown = await self.show_own(user, text)
        await self.send_update(user, message=as_message(user, shown))
        return shown.id

    async def edit(self, user: int, message: int, text: str) -> None:
        """A person changes a text they have sent."""
        shown = next(shown for shown in self.screens[user] if shown.id == message and shown.mine)
        shown.text = text
        edited = as_message(user, shown) | {"edit_date": int(time.time())}
        await self.send_update(user, edited_message=edited)

    async def press(self, user: int, token: str, message: int = 0) -> str:
        """A person presses a button of a message (the newest), old or made up; the id of the press."""
        screen = self.screen(user)
        shown = next((shown for shown in screen if shown.id == message), screen[-1])
        press = f"press{self.new_id()}"
        self.presses[press] = user
        query = {
            "id": press,
            "from": _person(user),
            "chat_instance": "1",
            "data": token,
            "message": as_message(user, shown),
        }
        await self.send_update(user, callback_query=query)
        return press

    async def tap(self, user: int, label: str) -> str:
        """A person presses the one button on the screen whose label ends with `label`; the press's id."""
        found = [button for button in self.buttons(user) if button.label.endswith(label)]
        assert len(found) == 1, f"{label!r} is not one of {[b.label for b in self.buttons(user)]}"
        return await self.press(user, found[0].token, found[0].message)

    async def send_file(
        self, user: int, content: bytes, name: str = "", *, caption: str = "", kind: str = "document"
    ) -> int:
        """A person sends a file, or with `kind` "photo" a picture, which has no name."""
        shown = await self.show_own(user, caption)
        ref = f"file{shown.id}"
        self.files[f"documents/{ref}"] = content
        file: Json = {"file_id": ref, "file_unique_id": ref, "file_size": len(content)}
        message = as_message(user, shown)
        del message["text"]
        if kind == "photo":
            thumbnail = file | {"file_id": "thumbnail", "width": 90, "height": 60, "file_size": 100}
            message["photo"] = [thumbnail, file | {"width": 900, "height": 600}]
        else:
            message[kind] = file | {"file_name": name}
        await self.send_update(user, message=message | ({"caption": caption} if caption else {}))
        return shown.id

    async def block(self, user: int) -> None:
        """A person blocks the bot; from now on nothing can be shown to them."""
        self.blocked.add(user)
        await self.send_update(user, my_chat_member=_membership(user, "private", "member", "kicked"))

    async def unblock(self, user: int) -> None:
        """A person unblocks the bot in the settings."""
        self.blocked.discard(user)
        await self.send_update(user, my_chat_member=_membership(user, "private", "kicked", "member"))

    async def invite(self, group: int) -> None:
        """A person puts the bot into a group (a negative number)."""
        self.screens.setdefault(group, [])
        await self.send_update(group, my_chat_member=_membership(group, "group", "left", "member"))

    async def redeliver(self, update: Json | None = None) -> None:
        """Send an update (the last) once more, as Telegram does when it missed our answer."""
        update = update or self.sent[-1]
        await self._offer(0, update)

    # What the platform sends

    async def show_own(self, user: int, text: str) -> Shown:
        """Put a person's own message on their screen."""
        self.screens.setdefault(user, [])
        return await self.show(user, text, mine=True)

    async def send_update(self, chat: int, **update: Any) -> None:
        """Send an update: to the webhook, one at a time per chat, or to whoever polls."""
        complete = {"update_id": self.new_id(), **update}
        self.sent.append(complete)
        await self._offer(chat, complete)

    async def post(self, body: bytes, headers: dict[str, str] | None = None) -> httpx2.Response:
        """One call of the webhook with this body; with other headers than Telegram's own when given."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.secret} if headers is None else headers
        return await self._http.post(
            self.webhook, content=body, headers={"Content-Type": "application/json"} | headers
        )

    async def _offer(self, chat: int, update: Json) -> None:
        self.pending.append(update)
        if not self.webhook:
            await self.tell()
            return
        async with self._queues[chat]:
            for attempt in range(ATTEMPTS):
                try:
                    response = await self.post(httpx2.Response(200, json=update).content)
                except httpx2.HTTPError as error:
                    self.webhook_error = f"Connection failed: {type(error).__name__}"
                else:
                    if response.is_success:
                        self.pending.remove(update)
                        return
                    self.webhook_error = f"Wrong response from the webhook: {response.status_code}"
                await asyncio.sleep(0.05 * 2**attempt)


def _person(user: int) -> Json:
    return {"id": user, "is_bot": False, "first_name": "person"}


def _membership(chat: int, kind: str, before: str, now: str) -> Json:
    return {
        "chat": {"id": chat, "type": kind},
        "from": _person(abs(chat)),
        "date": int(time.time()),
        "old_chat_member": _member(before),
        "new_chat_member": _member(now),
    }


def _member(status: str) -> Json:
    return {"user": BOT, "status": status} | ({"until_date": 0} if status == "kicked" else {})
