"""Hostile input: forged and repeated webhooks, and a hundred thousand bodies, texts and headers that are nothing.

The whole bot, asked without a socket; what needs a socket is in overload.py.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import random
import string
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from starlette.types import ASGIApp

from bot import app
from bot.app import running
from bot.channels.line import wire
from bot.dialogue import (
    Action,
    Consent,
    Event,
    Expects,
    ForAnswer,
    ForSuggestion,
    Opened,
    Participant,
    Pressed,
    Purpose,
    Typed,
    Verb,
)
from bot.errors import StoreError
from bot.language.privacy import find
from bot.library import Library
from bot.runtime.channel import Incoming
from bot.runtime.edge import cleaned
from bot.runtime.retention import RetentionJob
from bot.runtime.trail import Trail
from bot.settings import Settings
from bot.store.transaction import Transaction
from handlers import take_turn
from tests.proof.outcome import Figure, Outcome, Size
from tests.proof.parts import bench, finished, library, replaced
from tests.store.look import column, everything

UNSIGNED: Final = "the signature is not looked at"
FORGETFUL: Final = "every event is taken for a new one"
TRUSTING: Final = "what cannot be read raises"
FAULTS: Final = (UNSIGNED, FORGETFUL, TRUSTING)

_MUTATIONS: Final = {Size.SHORT: 150, Size.LONG: 6_000}
_INPUTS: Final = {Size.SHORT: 300, Size.LONG: 110_000}

_SECRET: Final = b"channel-secret"
_TELEGRAM: Final = b"webhook-secret"
_LINE_PATH: Final = "/line/webhook"
_TELEGRAM_PATH: Final = "/telegram/webhook"

Headers = list[tuple[bytes, bytes]]

#: What letters people type with, and what they do not: each alphabet is repeated to the length wanted.
ALPHABETS: Final = {
    "Thai": "นโยบายนี้ควรเพิ่มรถเมล์ในชนบทให้มากขึ้นครับ ",
    "Thai marks": "ก็่้๊๋์ํ",
    "one consonant": "ก",
    "one vowel": "เ",
    "digits": "1234567890",
    "Thai digits": "๑๒๓๔๕๖๗๘๙๐",
    "telephone numbers": "081-234-5678 ",
    "e-mails": "a.b@example.go.th ",
    "Latin": "the quick brown fox ",
    "spaces": " \t\n",
    "zero width": "\u200b\u200d\ufeff",
    "turned around": "\u202eabc\u202c",
    "emoji": "👨‍👩‍👧‍👦🇹🇭",
    "zalgo": "a" + "\u0301\u0316\u0489" * 8,
    "SARA AM": "\u0e4d\u0e48\u0e32",
    "brackets": "((((<<[[{{",
    "commas": ",.;:!?",
}


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
async def _bot() -> AsyncIterator[Bot]:
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'store.db'}"
        chosen = Settings.model_validate(
            {
                "database_url": url,
                "identity_key": "5a" * 32,
                "line_channel_secret": _SECRET.decode(),
                "line_channel_access_token": "token",
                "line_api_base": "http://127.0.0.1:9",  # nobody listens there
                "telegram_bot_token": "123456:standin-token",
                "telegram_webhook_secret": _TELEGRAM.decode(),
                "telegram_api_base": "http://127.0.0.1:9",
            }
        )
        with replaced(app, "admit", lambda _: library()):  # read once for all of them
            async with running(chosen) as bot:
                yield Bot(bot.asgi, url)


def _signed(body: bytes) -> bytes:
    return base64.b64encode(hmac.digest(_SECRET, body, hashlib.sha256))


def _line_event(n: int, **more: Any) -> dict[str, Any]:
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


def _line_body(*events: dict[str, Any]) -> bytes:
    return json.dumps({"destination": "Ubot", "events": events}, ensure_ascii=False).encode()


def _update(n: int, text: str = "สวัสดี") -> dict[str, Any]:
    chat = {"id": 1000 + n % 50, "type": "private", "first_name": "p"}
    message = {"message_id": n, "date": 1_795_000_000, "chat": chat, "from": {"id": chat["id"]}, "text": text}
    return {"update_id": n, "message": message}


# Forged


def _forgeries(chance: random.Random, size: int) -> Iterator[tuple[str, bytes, Headers]]:
    """Requests that no platform signed: bits of body and signature flipped, headers missing, doubled, odd."""
    body = _line_body(_line_event(1))
    good = _signed(body)
    name = b"x-line-signature"
    odd: list[tuple[bytes, Headers]] = [
        (body, []),
        (body, [(name, b"")]),
        (body, [(name, b" ")]),
        (body, [(name, good[:-1])]),
        (body, [(name, good + b"=")]),
        (body, [(name, good.swapcase())]),
        (body, [(name, good.rstrip(b"="))]),
        (body, [(name, hmac.digest(_SECRET, body, hashlib.sha256).hex().encode())]),
        (body, [(name, base64.b64encode(hmac.digest(b"other", body, hashlib.sha256)))]),
        (body, [(name, base64.b64encode(hmac.digest(_SECRET, body, hashlib.sha1)))]),
        (body, [(name, b"\xff\xfe")]),
        (body, [(name, "ลายเซ็น".encode())]),
        (body, [(name, b"\xed\xa0\x80")]),
        (body, [(name, good), (name, b"x")]),
        (body, [(name, b"x"), (name, good)]),
        (body, [(name, good), (name, good)]),
        (body, [(name, good + b", " + good)]),
        (body, [(b"x-line-signature2", good)]),
        (body, [(name, b"A" * 100_000)]),
        (json.dumps(json.loads(body)).encode(), [(name, good)]),
        (b"\xef\xbb\xbf" + body, [(name, good)]),
        (body + b"\n", [(name, good)]),
        (b"", [(name, good)]),
    ]
    yield from ((_LINE_PATH, changed, headers) for changed, headers in odd)
    secret, told = b"x-telegram-bot-api-secret-token", json.dumps(_update(1)).encode()
    wrong: list[Headers] = [
        [],
        [(secret, b"")],
        [(secret, _TELEGRAM[:-1])],
        [(secret, _TELEGRAM + b"x")],
        [(secret, _TELEGRAM.upper())],
        [(secret, b"\xff")],
        [(secret, _TELEGRAM), (secret, b"x")],
        [(secret, _TELEGRAM), (secret, _TELEGRAM)],
        [(secret, _TELEGRAM + b" ")],
        [(b"authorization", _TELEGRAM)],
    ]
    yield from ((_TELEGRAM_PATH, told, headers) for headers in wrong)
    bits: list[tuple[str, bytes, Headers]] = []
    for bit in range(len(_TELEGRAM) * 8):
        bits.append((_TELEGRAM_PATH, told, [(secret, _flipped(_TELEGRAM, bit))]))
    bits += [(_LINE_PATH, body, [(name, _flipped(good, bit))]) for bit in range(len(good) * 8)]
    bits += [(_LINE_PATH, _flipped(body, bit), [(name, good)]) for bit in range(len(body) * 8)]
    yield from chance.sample(bits, min(len(bits), size))
    for _ in range(size - len(bits)):  # several bits at once
        mutated = body
        for _ in range(chance.randint(2, 20)):
            mutated = _flipped(mutated, chance.randrange(len(body) * 8))
        if mutated != body:
            yield _LINE_PATH, mutated, [(name, good)]


def _flipped(value: bytes, bit: int) -> bytes:
    changed = bytearray(value)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


async def _forged(size: Size, seed: int) -> list[Figure]:
    async with _bot() as bot:
        asked = list(_forgeries(random.Random(seed), _MUTATIONS[size]))
        statuses = Counter([await bot.ask(*one) for one in asked])
        rows = await bot.rows()
        # That nothing was refused for another reason.
        body = _line_body(_line_event(1))
        genuine = await bot.ask(_LINE_PATH, body, [(b"x-line-signature", _signed(body))])
        headers = [(b"x-telegram-bot-api-secret-token", _TELEGRAM)]
        genuine += await bot.ask(_TELEGRAM_PATH, json.dumps(_update(1)).encode(), headers)
        taken = await bot.rows()
    return [
        Figure.least("forged webhooks", len(asked), _MUTATIONS[size] if size is Size.SHORT else 5_000),
        Figure.none("forged and not refused with 401", len(asked) - statuses[401]),
        Figure.none("rows they left", rows),
        Figure(
            "the genuine two: answers and rows", f"{genuine}, {taken}", "400, 2", (genuine, taken) == (400, 2)
        ),
    ]


# Repeated


async def _repeated(size: Size, seed: int) -> list[Figure]:
    """A person's acts brought again at once, after 25 hours and after 30 days, with retention at work."""
    async with bench(take_turn) as told:
        acts = []
        for n in range(5):
            acts += _answered(library(), f"U{n:032x}", n * 100)
        for one in acts:
            await told.commit(one)
        before = await everything(told.url)
        changed = 0
        job = RetentionJob(
            store=told.store,
            draft=library().draft,
            trail=Trail(told.store.audit, b"k" * 32, told.clock),
            clock=told.clock,
        )
        for wait in (timedelta(), timedelta(hours=25), timedelta(days=30)):
            told.clock.moment += wait
            await job.do()
            before = await everything(told.url)
            for one in random.Random(seed).sample(acts, len(acts)):
                try:
                    await told.commit(one)
                    await told.commit(one, one)
                except StoreError:
                    changed += 1
            changed += before != await everything(told.url)
    return [
        Figure("repeated webhooks", 9 * len(acts)),
        Figure.none("replays (at once, 25 h, 30 d) that changed a row", changed),
    ]


def _answered(words: Library, person: str, first: int) -> list[Incoming]:
    """Somebody opens, answers three questions, changes one answer and types."""
    asked = [q for q in words.questions.values() if q.kind in ("single", "scale")][:3]
    tokens = [
        Action(Verb.CHOOSE, (q.id, q.version, option.id)).token() for q in asked for option in q.options[:2]
    ]
    at = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
    bodies = [Opened(), *(Pressed(token) for token in tokens), Typed("รถเมล์", "m1"), Typed("อายุ", "m2")]
    return [
        Incoming(
            Event(f"line:{first + n}", at + timedelta(seconds=n), "line", body), person, f"token{first + n}"
        )
        for n, body in enumerate(bodies)
    ]


# Nonsense

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
_texts = st.text(st.characters(), max_size=300) | st.sampled_from(sorted(ALPHABETS.values())).map(
    lambda alphabet: alphabet * 40
)


@st.composite
def _line_bodies(draw: st.DrawFn) -> bytes:
    """Something like a webhook of LINE: a genuine event with a field replaced, or any JSON at all."""
    if draw(st.integers(0, 4)) == 0:
        return json.dumps(draw(_json)).encode()
    event = _line_event(draw(st.integers(0, 10**9)))
    kind = draw(st.sampled_from(["text", "postback", "field", "unsend"]))
    if kind == "text":
        event["message"]["text"] = draw(_texts)
    elif kind == "postback":
        event |= {"type": "postback", "postback": {"data": draw(_tokens)}}
    elif kind == "unsend":
        event |= {"type": "unsend", "unsend": {"messageId": draw(st.text(max_size=120))}}
    else:
        event[draw(st.sampled_from(sorted(event)))] = draw(_json)
    return json.dumps({"destination": "U", "events": [event]}).encode()


@st.composite
def _updates(draw: st.DrawFn) -> bytes:
    if draw(st.integers(0, 4)) == 0:
        return json.dumps(draw(_json)).encode()
    update = _update(draw(st.integers(0, 2**31)), draw(_texts))
    if draw(st.booleans()):
        update["message"][draw(st.sampled_from(sorted(update["message"])))] = draw(_json)
    if draw(st.integers(0, 3)) == 0:
        who = {"id": 1001, "is_bot": False, "first_name": "p"}
        return json.dumps(
            {
                "update_id": draw(st.integers(0, 2**31)),
                "callback_query": {"id": "1", "from": who, "data": draw(_tokens)},
            }
        ).encode()
    return json.dumps(update).encode()


_tokens = st.text(max_size=70) | st.builds(
    lambda verb, args: ":".join(["1", verb, *args]),
    st.sampled_from([verb.value for verb in Verb]),
    st.lists(st.text(string.ascii_lowercase + string.digits + "-._", max_size=12), max_size=4),
)
_headers = st.lists(
    st.tuples(
        st.sampled_from(
            [b"x-line-signature", b"content-type", b"cookie", b"host", b"range", b"sec-fetch-site"]
        )
        | st.binary(min_size=1, max_size=20).map(bytes.lower),
        st.binary(max_size=60),
    ),
    max_size=6,
)


def _damaged(body: bytes, chance: random.Random) -> bytes:
    """A body with bytes flipped, cut out, doubled or put in."""
    changed = bytearray(body)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(changed) + 1)
        match chance.randrange(5):
            case 0:
                changed[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del changed[at : at + chance.randint(1, 20)]
            case 2:
                changed[at:at] = changed[at : at + chance.randint(1, 30)]
            case 3:
                changed[at:at] = chance.choice(
                    [b"\\ud800", b"\x00", b"\\u0000", b"1e999", b"-", b"[" * 200, b'"']
                )
            case _:
                changed[at:at] = str(chance.choice([2**63, 2**64, -1, 10**40])).encode()
    return bytes(changed)


def _drawn(strategy: st.SearchStrategy[Any], count: int, seed: int) -> list[Any]:
    """So many values of a strategy, the same for the same seed."""
    found: list[Any] = []

    @seeded(seed)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(value: Any) -> None:
        found.append(value)

    draw()
    return found


def _nonsense(size: Size, seed: int) -> list[tuple[str, bytes, Headers, str]]:
    """Requests with a valid signature and a body that means little, and requests with any headers at all."""
    chance, count = random.Random(seed), _INPUTS[size]
    lines = _drawn(_line_bodies(), count // 5, seed)
    updates = _drawn(_updates(), count // 5, seed)
    lines += [_damaged(chance.choice(lines), chance) for _ in range(count // 5)]
    updates += [_damaged(chance.choice(updates), chance) for _ in range(count // 5)]
    secret = [(b"x-telegram-bot-api-secret-token", _TELEGRAM)]
    found = [(_LINE_PATH, body, [(b"x-line-signature", _signed(body))], "POST") for body in lines]
    found += [(_TELEGRAM_PATH, body, list(secret), "POST") for body in updates]
    paths = [
        "/", "/chat", "/chat/letters", "/chat/latest", "/chat/events", "/chat/files", "/copy/x", "/copy/x/y",
        "/readyz", "/metrics", "/secretariat", "/secretariat/sign-in", "/static/x", "/\x00", "/%ff", "/../etc",
    ]  # fmt: skip
    for headers in _drawn(_headers, count // 5, seed):
        method = chance.choice(["GET", "POST", "PUT", "HEAD", "DELETE", "X"])
        found.append((chance.choice(paths), chance.choice(lines), headers, method))
    return found


async def _nonsensical(asked: Sequence[tuple[str, bytes, Headers, str]]) -> list[Figure]:
    async with _bot() as bot:
        lanes = asyncio.Semaphore(64)

        async def ask(one: tuple[str, bytes, Headers, str]) -> int:
            async with lanes:
                return await bot.ask(*one)

        statuses: Counter[int] = Counter()
        for first in range(0, len(asked), 2_000):
            statuses.update(await asyncio.gather(*map(ask, asked[first : first + 2_000])))
        failed = await bot.failed()
    broken = sum(count for status, count in statuses.items() if status >= 500)
    return [
        Figure("fuzzed requests", len(asked)),
        Figure(
            "their answers", ", ".join(f"{status}: {count:,}" for status, count in sorted(statuses.items()))
        ),
        Figure.none("fuzzed requests answered 5xx", broken),
        Figure.none("fuzzed events whose turn raised", failed),
    ]


# Long


def _long(size: Size) -> list[Figure]:
    """What one text costs: as a question, an answer and a suggestion, and searched for personal data whole."""
    words = library()
    worst, steepest, slowest = 0.0, 0.0, ""
    lengths = (1_250, 2_500, 5_000) if size is Size.LONG else (2_500, 5_000)
    ways = [*(_as_turn(person, words) for person in _writers(words)), lambda text: find(text, words.signs)]
    for name, alphabet in ALPHABETS.items():
        for way in ways:
            times = [_cost(way, _of_length(alphabet, n)) for n in lengths]
            if times[-1] > worst:
                worst, slowest = times[-1], name
            steepest = max([steepest, *(b / a for a, b in pairwise(times) if b > 0.004)])
    return [
        Figure("alphabets", len(ALPHABETS)),
        Figure.most("text path: time(2n) / time(n), worst", steepest, 2.5),
        Figure.most(f"text path: worst seconds at 5,000 characters ({slowest})", worst, 0.3),
    ]


def _writers(words: Library) -> list[Participant]:
    """Somebody who asks, and two of whom a text is expected and may be kept."""
    question = next(q for q in words.questions.values() if q.kind == "open")
    at = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
    consents = tuple(
        Consent(id=f"c/{purpose}", purpose=purpose, given=True, notice=words.notice, at=at)
        for purpose in Purpose
    )
    awaited = (None, ForAnswer(question.id, question.version), ForSuggestion(words.draft.clauses[0].id))
    return [
        Participant(
            id="p",
            channel="line",
            adult=True,
            notice=words.notice,
            consents=consents,
            expects=Expects(text=text),
        )
        for text in awaited
    ]


def _as_turn(person: Participant, words: Library) -> Callable[[str], object]:
    at = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)

    def turn(text: str) -> object:
        event = cleaned(Incoming(Event("line:9", at, "line", Typed(text, "m")), "U"))
        assert isinstance(event, Incoming)
        return take_turn(person, event.event, words)

    return turn


def _cost(way: Callable[[str], object], text: str) -> float:
    """The least of three processor times, because others use the machine as well."""
    times = []
    for _ in range(3):
        began = time.process_time()
        way(text)
        times.append(time.process_time() - began)
    return min(times)


def _of_length(alphabet: str, length: int) -> str:
    return (alphabet * (length // len(alphabet) + 1))[:length]


# Together


def prove(size: Size, seed: int, fault: str = "") -> Outcome:
    """What hostile input gets: nothing stored, nothing broken, and no more time than its length."""
    began = time.monotonic()
    with ExitStack() as planted:
        _plant(planted, fault)
        figures = list(_figures(size, seed, fault))
    return Outcome(title="Hostile input", seed=seed, seconds=time.monotonic() - began, figures=figures)


def _figures(size: Size, seed: int, fault: str) -> Iterable[Figure]:
    if fault in ("", UNSIGNED):
        yield from finished(lambda: _forged(size, seed))
    if fault in ("", FORGETFUL):
        yield from finished(lambda: _repeated(size, seed))
    if fault in ("", TRUSTING):
        asked = _nonsense(size, seed)
        yield from finished(lambda: _nonsensical(asked))
    if not fault:
        yield from _long(size)


def _plant(planted: ExitStack, fault: str) -> None:
    match fault:
        case "":
            pass
        case str() if fault == UNSIGNED:
            planted.enter_context(replaced(wire, "verify", lambda *_: True))
        case str() if fault == FORGETFUL:

            async def claim(self: Any, events: Any, now: Any) -> set[str]:
                return {event.id for event in events}

            planted.enter_context(replaced(Transaction, "claim", claim))
        case str() if fault == TRUSTING:

            def parse(raw: bytes) -> Any:
                return [wire._incoming(e) for e in json.loads(raw)["events"]]

            planted.enter_context(replaced(wire, "parse", parse))
        case _:
            raise ValueError(f"{fault!r} is none of {FAULTS}")
