"""A crowd on LINE that answers questions, and what of it was stored and shown."""

import asyncio
import base64
import hashlib
import hmac
import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from bot.dialogue import Action, Verb
from bot.library import Library
from bot.store import LetterState, Store
from bot.store.schema import outbox
from tests.scale.fleet import Fleet
from tests.standins.line import LineStandIn
from tests.standins.line_rules import Json

Endpoint = Callable[[Request, bytes], Response]


class Line(LineStandIn):
    """LINE, with a memory of which event each message answered, and of who was written to at once.

    `seconds` is how long it takes over a message. Not `strict`, it looks at no message, which costs most.
    """

    def __init__(self, seconds: float = 0.0, *, strict: bool = True) -> None:
        self.seconds = seconds
        self.strict = strict
        self.answered: list[str] = []
        self.most_at_once = 0
        self._busy: Counter[str] = Counter()
        self._event_of: dict[str, str] = {}
        super().__init__()

    def press(self, user: str, token: str) -> Json:  # type: ignore[override]
        """The event of a person who presses a button; not sent yet."""
        event = self.event("postback", user, postback={"data": token})
        self._event_of[event["replyToken"]] = event["webhookEventId"]
        return event

    def signed(self, *events: Json) -> tuple[bytes, dict[str, str]]:
        """A webhook with these events, and its headers."""
        body = json.dumps({"destination": "Ubot", "events": events}).encode()
        mac = base64.b64encode(hmac.digest(self.secret.encode(), body, hashlib.sha256)).decode()
        return body, {"Content-Type": "application/json; charset=utf-8", "X-Line-Signature": mac}

    def _checked(self, call: Any) -> Response | None:
        return super()._checked(call) if self.strict else None

    def _endpoint(self, operation: str, endpoint: Endpoint) -> Any:
        served = super()._endpoint(operation, endpoint)
        if operation not in ("reply", "push"):
            return served

        async def watched(request: Request) -> Response:
            asked = json.loads(await request.body())
            token = asked.get("replyToken", "")
            chat = asked.get("to") or self._tokens[token].chat
            self._busy[chat] += 1
            self.most_at_once = max(self.most_at_once, self._busy[chat])
            try:
                await asyncio.sleep(self.seconds)
                response = await served(request)
            finally:
                self._busy[chat] -= 1
            if response.status_code == 200 and token:
                self.answered.append(self._event_of[token])
                self._changed.set()
            return response

        return watched


@dataclass
class Crowd:
    """People who press buttons: `acked` are the events that were answered with 200."""

    line: Line
    library: Library
    people: int
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    acked: set[str] = field(default_factory=set)
    repeated: int = 0

    async def answer(self, fleet: Fleet, questions: int, at_once: int = 8) -> None:
        """Everybody answers so many questions, two of them at the same moment to whatever process."""
        tokens = self._tokens(questions)
        turns = asyncio.Semaphore(at_once)

        async def person(n: int) -> None:
            async with turns:
                for first in range(0, questions, 2):
                    pair = tokens[first : first + 2]
                    await asyncio.gather(*(self._press(fleet, f"U{n:032x}", token) for token in pair))

        await asyncio.gather(*(person(n) for n in range(self.people)))

    async def told(self, store: Store, seconds: float) -> None:
        """Wait until nothing is left to be said."""
        async with asyncio.timeout(seconds):
            while (await store.counts()).waiting:
                await asyncio.sleep(0.1)

    def _tokens(self, count: int) -> list[str]:
        asked = [q for q in self.library.questions.values() if q.kind in ("single", "likert") and q.options]
        assert len(asked) >= count
        return [Action(Verb.CHOOSE, (q.id, q.version, q.options[0].id)).token() for q in asked[:count]]

    async def _press(self, fleet: Fleet, user: str, token: str) -> None:
        """Do it once, and deliver it until it is taken; now and then once more, as LINE does."""
        event = self.line.press(user, token)
        while await fleet.post("/line/webhook", *self.line.signed(event)) != 200:
            event |= {"deliveryContext": {"isRedelivery": True}}
            await asyncio.sleep(0.05)
        self.acked.add(event["webhookEventId"])
        if self.chance.random() < 0.05:
            self.repeated += 1
            event |= {"deliveryContext": {"isRedelivery": True}}
            await fleet.post("/line/webhook", *self.line.signed(event))


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What became of a crowd's answers; all but `acked` and `repeated` must be 0, and `most_at_once` 1.

    Of a message that LINE did not answer in time nobody knows whether it was shown; one that is not
    repeated for that is not counted as never shown.
    """

    acked: int
    repeated: int
    lost: int = 0
    doubled: int = 0
    never_shown: int = 0
    shown_twice: int = 0
    out_of_order: int = 0
    most_at_once: int


async def look(store: Store, crowd: Crowd) -> Seen:
    """Compare what was taken with what is stored and what LINE showed."""
    stored = Counter(
        [answer.id.partition("/")[0].removeprefix("line:") async for _, answer in store.answers.export()]
    )
    shown = Counter(crowd.line.answered)
    async with store._database.reading() as connection:
        rows = (
            await connection.execute(
                select(outbox.c.participant, outbox.c.id, outbox.c.state).order_by(outbox.c.seq)
            )
        ).all()
    written: dict[str, list[str]] = defaultdict(list)
    doubtful = {id_.removeprefix("line:") for _, id_, state in rows if state is LetterState.UNKNOWN}
    for participant, id_, _ in rows:
        written[participant].append(id_.removeprefix("line:"))
    place = {event: n for n, event in enumerate(crowd.line.answered)}
    order = [[place[event] for event in theirs if event in place] for theirs in written.values()]
    return Seen(
        acked=len(crowd.acked),
        repeated=crowd.repeated,
        lost=len(crowd.acked - set(stored)),
        doubled=sum(count - 1 for count in stored.values()),
        never_shown=len(crowd.acked - set(shown) - doubtful),
        shown_twice=sum(count - 1 for count in shown.values()),
        out_of_order=sum(theirs != sorted(theirs) for theirs in order),
        most_at_once=crowd.line.most_at_once,
    )
