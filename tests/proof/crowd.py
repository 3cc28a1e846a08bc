"""Many people who answer on LINE and on Telegram at once, and the two platforms' ways of bringing that.

LINE sends several events in one webhook, in any order, and sends again what was not answered with 200; so
does this one, a part of it late and a part of it twice. Telegram sends a chat's updates one at a time, and
again until it gets a 200.

An event is known by «person-number» to the platforms, so that what is shown leads back to it.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, NamedTuple

from bot.dialogue import Action, Verb
from tests.proof.platforms import Platforms
from tests.proof.server import LINE_SECRET, TELEGRAM_SECRET, free_port

#: Of a hundred answers on LINE: how many are held back behind later ones, and how many come once more
#: although they were taken.
_LATE: Final = 8
_TWICE: Final = 8
#: LINE events in one webhook, at most.
_TOGETHER: Final = 4
#: Seconds after which what was refused comes again; platforms take minutes.
_REFUSED: Final = 0.1
#: People read before they answer again: so many answers may wait for what the bot says to them.
_UNHEARD: Final = 400


Work = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Sent(NamedTuple):
    """An answer a person gave. `id` is the event's id as the bot knows it, `name` as the platforms do.

    Of one person's answers to one question the one with the highest `at` is to stand.
    """

    id: str
    name: str
    person: str
    question: str
    at: int
    body: bytes


class Crowd:
    """People who answer. `acked` are the answers that were met with 200, `sent` all of them, by id.

    `choices` are pairs of a question and a button. Put `target` to how many answers are to be given,
    `files_target` to how many files are to be sent, `ports` to where the bots are, and `up` when it is there.
    With `more` nobody goes home when that many were given.
    """

    def __init__(
        self,
        platforms: Platforms,
        choices: Sequence[tuple[str, str]],
        seed: int,
        *,
        people: int = 60,
        questions: int = 12,
    ) -> None:
        self.chance = random.Random(seed)
        self.sent: dict[str, Sent] = {}
        self.acked: set[str] = set()
        self.redelivered = 0
        self.reordered = 0
        self.refused = 0
        self.target = 0
        self.files: dict[str, Sent] = {}
        self.files_acked: set[str] = set()
        self.files_target = 0
        self.more = False
        self.ports = [free_port()]
        self.up = asyncio.Event()
        self.changed = asyncio.Event()
        self._platforms = platforms
        wanted = sorted({question for question, _ in choices})[:questions]
        self._choices = [choice for choice in choices if choice[0] in wanted]
        self._line = [f"U{n:032x}" for n in range(people)]
        self._chats = [str(1_000 + n) for n in range(people)]
        self._free = deque(self._chats)
        self._late: list[Sent] = []
        self._again: list[Sent] = []
        self._unanswered: dict[str, Sent] = {}
        self._bundles: list[list[Sent]] = []
        self._taken: list[Sent] = []
        self._moment = time.time_ns() // 1_000_000
        self._updates = 0

    @property
    def port(self) -> int:
        """The port of the only bot, or of the first."""
        return self.ports[0]

    @property
    def _may_begin(self) -> bool:
        """Whether somebody gives another answer now."""
        return len(self.sent) < min(self.target, len(self._platforms.shown) + _UNHEARD)

    @property
    def met(self) -> bool:
        """Whether everything of the target was sent and met with 200."""
        answers, files = len(self.acked), len(self.files_acked)
        sent = answers == len(self.sent) and files == len(self.files)
        return sent and answers >= self.target and files >= self.files_target

    @property
    def done(self) -> bool:
        """Whether everybody has gone home."""
        return self.met and not self.more

    async def answer(self, line: int = 12, telegram: int = 12) -> None:
        """Answer over so many connections of each platform until the target is met."""
        async with asyncio.TaskGroup() as group:
            for _ in range(line):
                group.create_task(self._work(self._line_work))
            for _ in range(telegram):
                group.create_task(self._work(self._telegram_work))

    async def until(self, count: int) -> None:
        """Wait until so many answers were met with 200, or all."""
        await self.when(lambda: len(self.acked) >= count or self.met)

    async def when(self, happened: Callable[[], bool]) -> None:
        """Wait until what the bot answered has made this true."""
        while not happened():
            self.changed.clear()
            await self.changed.wait()

    async def _work(self, work: Work) -> None:
        while not self.done:
            await self.up.wait()
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.chance.choice(self.ports))
            except OSError:
                await self._pause()
                continue
            try:
                await work(reader, writer)
            except (OSError, EOFError):
                await self._pause()
            finally:
                writer.close()

    async def _pause(self) -> None:
        """A platform does not ask again at once."""
        await asyncio.sleep(0.01)

    async def _line_work(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while self.up.is_set() and not self.done:
            events = self._with_file() or self._some()
            if not events:
                await self._pause()
                continue
            for event in events:
                self._platforms.expect(event.name)
            body = b'{"destination": "Ubot", "events": [%s]}' % b",".join(e.body for e in events)
            mac = base64.b64encode(hmac.digest(LINE_SECRET.encode(), body, hashlib.sha256))
            settled = False
            try:
                settled = await self._post(
                    reader, writer, b"/line/webhook", b"x-line-signature: " + mac, body
                )
            finally:
                self._settle(events, settled)

    async def _telegram_work(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while self.up.is_set() and not self.done:
            if not self._free:
                await self._pause()
                continue
            chat = self._free.popleft()
            settled = False
            update = self._unanswered.pop(chat, None) or self._update(chat)
            if update is None:
                self._free.append(chat)
                await self._pause()
                continue
            try:
                secret = b"x-telegram-bot-api-secret-token: " + TELEGRAM_SECRET.encode()
                settled = await self._post(reader, writer, b"/telegram/webhook", secret, update.body)
                if settled and self.chance.randrange(100) < _TWICE:
                    self.redelivered += 1
                    await self._post(reader, writer, b"/telegram/webhook", secret, update.body)
            finally:
                if settled:
                    self._take(update)
                else:
                    self.redelivered += 1
                    self._unanswered[chat] = update
                self._free.append(chat)

    async def _post(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        path: bytes,
        header: bytes,
        body: bytes,
    ) -> bool:
        """Whether the bot answered 200."""
        head = b"POST %s HTTP/1.1\r\nhost: bot\r\ncontent-length: %d\r\n%s\r\n\r\n"
        writer.write(head % (path, len(body), header) + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        if length := int(answer.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0):
            await reader.readexactly(length)
        if not answer.startswith(b"HTTP/1.1 200"):
            self.refused += 1
            self.changed.set()
            await asyncio.sleep(_REFUSED)
            return False
        return True

    def _some(self) -> list[Sent]:
        """What LINE sends next: what was not taken, what comes late, what comes twice, and new answers."""
        events: dict[str, Sent] = {}
        while self._again and len(events) < _TOGETHER and self.chance.random() < 0.7:
            event = self._again.pop(self.chance.randrange(len(self._again)))
            self.redelivered += 1
            events[event.id] = event._replace(
                body=event.body.replace(b'"isRedelivery": false', b'"isRedelivery": true')
            )
        if self._late and (self.chance.random() < 0.1 or len(self.sent) >= self.target):
            late = self._late.pop(0)
            events[late.id] = late
        while len(events) < _TOGETHER and self._may_begin and self.chance.random() < 0.6:
            event = self._event()
            if self.chance.randrange(100) < _LATE:
                self.reordered += 1
                self._late.append(event)
            else:
                events[event.id] = event
        # Only beside something else, or whoever waits for new answers would send the old ones meanwhile.
        if events and self._taken and self.chance.randrange(100) < _TWICE:
            twice = self.chance.choice(self._taken)
            if twice.id not in events:
                self.redelivered += 1
                events[twice.id] = twice
        return list(events.values())

    def _with_file(self) -> list[Sent]:
        """Somebody new says to be of age, consents, and sends a file; [] when nobody does."""
        if self._bundles:
            return self._bundles.pop()
        if len(self.files) >= self.files_target:
            return []
        person = f"F{len(self.files):032x}"
        doing = [
            {"type": "postback", "postback": {"data": Action(Verb.AGE, ("yes", "s.-")).token()}},
            {"type": "postback", "postback": {"data": Action(Verb.CONSENT, ("yes", "s.-")).token()}},
            {
                "type": "message",
                "message": {"id": f"file{len(self.files)}", "type": "file", "fileName": "a.pdf"},
            },
        ]
        self._platforms.files[f"file{len(self.files)}"] = b"%PDF-1.7 " + person.encode()
        bundle = [self._line_event(person, "", did) for did in doing]
        self.files[bundle[-1].id] = bundle[-1]
        return bundle

    def _settle(self, events: Sequence[Sent], settled: bool) -> None:
        if events[-1].id in self.files:
            self.redelivered += not settled
            if settled:
                self.files_acked.add(events[-1].id)
                self.changed.set()
            else:
                self._bundles.append(list(events))
            return
        for event in events:
            if settled:
                self._take(event)
                self._taken = [*self._taken[-200:], event]
            elif event.id not in self.acked:
                self._again.append(event)

    def _take(self, event: Sent) -> None:
        self.acked.add(event.id)
        self.changed.set()

    def _event(self) -> Sent:
        """A new answer on LINE."""
        question, token = self.chance.choice(self._choices)
        pressed = {"type": "postback", "postback": {"data": token}}
        return self._keep(self._line_event(self.chance.choice(self._line), question, pressed))

    def _line_event(self, person: str, question: str, did: dict[str, Any]) -> Sent:
        self._moment += 1
        name = f"{person}-{self._moment}"
        body = json.dumps(
            {
                "mode": "active",
                "timestamp": self._moment,
                "source": {"type": "user", "userId": person},
                "webhookEventId": name,
                "deliveryContext": {"isRedelivery": False},
                "replyToken": name,
                **did,
            }
        )
        return Sent(f"line:{name}", name, person, question, self._moment, body.encode())

    def _update(self, chat: str) -> Sent | None:
        """A new answer on Telegram; None when nobody gives one now."""
        if not self._may_begin:
            return None
        self._updates += 1
        question, token = self.chance.choice(self._choices)
        name = f"{chat}-{self._updates}"
        press = {"id": name, "from": {"id": int(chat), "is_bot": False, "first_name": "p"}}
        message = {"message_id": 1, "date": 1_700_000_000, "chat": {"id": int(chat), "type": "private"}}
        update = {
            "update_id": self._updates,
            "callback_query": press | {"chat_instance": "1", "data": token, "message": message},
        }
        body = json.dumps(update).encode()
        return self._keep(Sent(f"telegram:{self._updates}", name, chat, question, self._updates, body))

    def _keep(self, event: Sent) -> Sent:
        self.sent[event.id] = event
        return event
