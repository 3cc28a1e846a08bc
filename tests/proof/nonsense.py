"""A hundred thousand bodies, texts and headers that mean little: none breaks a turn or is answered 5xx."""

import asyncio
import json
import random
import string
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from bot.dialogue import Verb
from tests.proof.asking import (
    LINE_PATH,
    TELEGRAM_PATH,
    TELEGRAM_SECRET,
    Headers,
    line_event,
    serving,
    signed,
    update_of,
)
from tests.proof.lengths import ALPHABETS
from tests.proof.outcome import Figure, Size

_INPUTS: Final = {Size.SHORT: 300, Size.LONG: 110_000}

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
    event = line_event(draw(st.integers(0, 10**9)))
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
    update = update_of(draw(st.integers(0, 2**31)), draw(_texts))
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


def nonsense(size: Size, seed: int) -> list[tuple[str, bytes, Headers, str]]:
    """Requests with a valid signature and a body that means little, and requests with any headers at all."""
    chance, count = random.Random(seed), _INPUTS[size]
    lines = _drawn(_line_bodies(), count // 5, seed)
    updates = _drawn(_updates(), count // 5, seed)
    lines += [_damaged(chance.choice(lines), chance) for _ in range(count // 5)]
    updates += [_damaged(chance.choice(updates), chance) for _ in range(count // 5)]
    secret = [(b"x-telegram-bot-api-secret-token", TELEGRAM_SECRET)]
    found = [(LINE_PATH, body, [(b"x-line-signature", signed(body))], "POST") for body in lines]
    found += [(TELEGRAM_PATH, body, list(secret), "POST") for body in updates]
    paths = [
        "/", "/chat", "/chat/letters", "/chat/latest", "/chat/events", "/chat/files", "/copy/x", "/copy/x/y",
        "/readyz", "/metrics", "/secretariat", "/secretariat/sign-in", "/static/x", "/\x00", "/%ff", "/../etc",
    ]  # fmt: skip
    for headers in _drawn(_headers, count // 5, seed):
        method = chance.choice(["GET", "POST", "PUT", "HEAD", "DELETE", "X"])
        found.append((chance.choice(paths), chance.choice(lines), headers, method))
    return found


async def nonsensical(asked: Sequence[tuple[str, bytes, Headers, str]]) -> list[Figure]:
    """What these requests got, 64 at a time."""
    async with serving() as bot:
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
