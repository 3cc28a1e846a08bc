"""A small conversation in memory: what the runtime is to the web chat, with a script instead of the handlers.

It implements Mailbox, Uploads and Submit, and keeps what it was given so that a test can look at it.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from ruamel.yaml import YAML

from bot.channels.web import Preview, WebChannel, load_words
from bot.channels.web.limits import Limits
from bot.dialogue import (
    Button,
    Event,
    FileArrived,
    FileRefused,
    Message,
    Opened,
    Place,
    Pressed,
    RefusalReason,
    Typed,
)
from bot.errors import UnavailableError
from bot.runtime.channel import Broken, Incoming, Letter

WORDS = load_words(Path(__file__).parents[3] / "content" / "web.yaml")

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)

_SCRIPT = msgspec.convert(
    YAML(typ="safe", pure=True).load(Path(__file__).with_name("script.yaml")), dict[str, tuple[Message, ...]]
)


class Conversation:
    """Answers from the script.

    While `down`, the store does not answer. While `deaf`, a poll that waits does not hear of a letter,
    as when another process stored it. `patience` caps a poll's wait.
    """

    def __init__(self, patience: float = 60) -> None:
        self.events: list[Event] = []
        self.files: list[tuple[str, bytes]] = []
        self.down = False
        self.deaf = False
        self.patience = patience
        self.asked_to_wait: list[float] = []
        self._letters: dict[str, list[Letter]] = defaultdict(list)
        self._toggled: set[str] = set()
        self._came = asyncio.Condition()

    def channel(self, *, secure: bool = False, previews: Mapping[str, Preview] | None = None) -> WebChannel:
        """A web chat in front of this conversation; nothing in these tests is about being too fast."""
        return WebChannel(
            mailbox=self,
            uploads=self,
            words=WORDS,
            clock=lambda: NOW,
            secure_cookies=secure,
            previews=previews or {},
            max_upload=1024 * 1024,
            limits=Limits(clock=iter(range(0, 10**9, 1000)).__next__),
        )

    async def submit(self, incoming: Sequence[Incoming | Broken]) -> None:
        """Take each event once and answer it."""
        self._check()
        for each in incoming:
            assert isinstance(each, Incoming)
            if each.event.id in {event.id for event in self.events}:
                continue
            self.events.append(each.event)
            await self.say(each.sender, each.event.id, self._answer(each.event))

    async def say(self, sender: str, id_: str, messages: tuple[Message, ...]) -> None:
        """Put a letter into someone's mailbox."""
        letters = self._letters[sender]
        letters.append(Letter(len(letters) + 1, id_, messages))
        async with self._came:
            self._came.notify_all()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait, at most 10 s, until something holds that an event brings about."""
        async with asyncio.timeout(10), self._came:
            await self._came.wait_for(condition)

    def _answer(self, event: Event) -> tuple[Message, ...]:
        match event.body:
            case Opened():
                return _SCRIPT["opened"]
            case Pressed(token=token) if token.startswith("1:toggle:"):
                self._toggled ^= {token}
                return tuple(self._marked(message) for message in _SCRIPT["1:toggle"])
            case Pressed(token=said) | Typed(text=said):
                return _SCRIPT.get(said, _SCRIPT["*"])
            case FileArrived():
                return _SCRIPT["file"]
            case _:
                return _SCRIPT["*"]

    def _marked(self, message: Message) -> Message:
        options = (Button(each.label, each.token, each.token in self._toggled) for each in message.options)
        return msgspec.structs.replace(message, options=tuple(options))

    async def since(self, sender: str, after: int) -> Sequence[Letter]:
        self._check()
        return [letter for letter in self._letters[sender] if letter.seq > after]

    async def latest(self, sender: str) -> Letter | None:
        self._check()
        return self._letters[sender][-1] if self._letters[sender] else None

    async def wait(self, sender: str, after: int, seconds: float) -> Sequence[Letter]:
        self.asked_to_wait.append(seconds)
        if not (letters := await self.since(sender, after)):
            with suppress(TimeoutError):
                async with asyncio.timeout(min(seconds, self.patience)), self._came:
                    await self._came.wait_for(lambda: not self.deaf and len(self._letters[sender]) > after)
            letters = await self.since(sender, after)
        return letters

    async def keep(self, sender: str, content: bytes, name: str) -> FileArrived | FileRefused:
        self._check()
        if not content.startswith(b"%PDF-"):
            return FileRefused(RefusalReason.TYPE)
        self.files.append((name, content))
        return FileArrived("f1", sha256(content).hexdigest(), "application/pdf", len(content), name)

    def _check(self) -> None:
        if self.down:
            raise UnavailableError("The database does not answer.")


def as_line(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Messages as LINE message objects, near enough to draw: text, buttons in a bubble, quick replies."""
    drawn: list[dict[str, Any]] = []
    for message in messages:
        if message.place is Place.MARK:
            continue
        drawn.append({"type": "text", "text": message.text})
        if message.options:
            rows = [
                {"type": "button", "style": "secondary", "action": {"type": "postback", "label": label}}
                for label in (option.label for option in message.options)
            ]
            body = {"type": "box", "layout": "vertical", "contents": rows}
            drawn.append({"type": "flex", "altText": "…", "contents": {"type": "bubble", "body": body}})
        if message.exits:
            items = [
                {"type": "action", "action": {"type": "postback", "label": e.label}} for e in message.exits
            ]
            drawn[-1]["quickReply"] = {"items": items}
    return drawn


def as_telegram(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Messages as Telegram calls, near enough to draw: HTML text, one option a row, exits in one row."""
    methods = {Place.NEW: "sendMessage", Place.REPLACE: "editMessageText", Place.MARK: "editMessageText"}
    calls = []
    for message in messages:
        rows = [[{"text": each.label, "callback_data": each.token}] for each in message.options]
        rows.append([{"text": each.label, "callback_data": each.token} for each in message.exits])
        calls.append(
            {
                "method": methods[message.place],
                "text": f"<b>{message.lines[0]}</b>\n" + "\n".join(message.lines[1:]),
                "parse_mode": "HTML",
                "reply_markup": {"inline_keyboard": [row for row in rows if row]},
            }
        )
    return calls
