"""Webhooks that no platform signed: each is refused with 401 and leaves nothing."""

import base64
import hashlib
import hmac
import json
import random
from collections import Counter
from collections.abc import Iterator
from typing import Final

from tests.proof.asking import (
    LINE_PATH,
    LINE_SECRET,
    TELEGRAM_PATH,
    TELEGRAM_SECRET,
    Headers,
    line_body,
    line_event,
    serving,
    signed,
    update_of,
)
from tests.proof.outcome import Figure, Size

_MUTATIONS: Final = {Size.SHORT: 150, Size.LONG: 6_000}


def _forgeries(chance: random.Random, size: int) -> Iterator[tuple[str, bytes, Headers]]:
    """Requests that no platform signed: bits of body and signature flipped, headers missing, doubled, odd."""
    body = line_body(line_event(1))
    good = signed(body)
    name = b"x-line-signature"
    odd: list[tuple[bytes, Headers]] = [
        (body, []),
        (body, [(name, b"")]),
        (body, [(name, b" ")]),
        (body, [(name, good[:-1])]),
        (body, [(name, good + b"=")]),
        (body, [(name, good.swapcase())]),
        (body, [(name, good.rstrip(b"="))]),
        (body, [(name, hmac.digest(LINE_SECRET, body, hashlib.sha256).hex().encode())]),
        (body, [(name, base64.b64encode(hmac.digest(b"other", body, hashlib.sha256)))]),
        (body, [(name, base64.b64encode(hmac.digest(LINE_SECRET, body, hashlib.sha1)))]),
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
    yield from ((LINE_PATH, changed, headers) for changed, headers in odd)
    secret, told = b"x-telegram-bot-api-secret-token", json.dumps(update_of(1)).encode()
    wrong: list[Headers] = [
        [],
        [(secret, b"")],
        [(secret, TELEGRAM_SECRET[:-1])],
        [(secret, TELEGRAM_SECRET + b"x")],
        [(secret, TELEGRAM_SECRET.upper())],
        [(secret, b"\xff")],
        [(secret, TELEGRAM_SECRET), (secret, b"x")],
        [(secret, TELEGRAM_SECRET), (secret, TELEGRAM_SECRET)],
        [(secret, TELEGRAM_SECRET + b" ")],
        [(b"authorization", TELEGRAM_SECRET)],
    ]
    yield from ((TELEGRAM_PATH, told, headers) for headers in wrong)
    bits: list[tuple[str, bytes, Headers]] = []
    for bit in range(len(TELEGRAM_SECRET) * 8):
        bits.append((TELEGRAM_PATH, told, [(secret, _flipped(TELEGRAM_SECRET, bit))]))
    bits += [(LINE_PATH, body, [(name, _flipped(good, bit))]) for bit in range(len(good) * 8)]
    bits += [(LINE_PATH, _flipped(body, bit), [(name, good)]) for bit in range(len(body) * 8)]
    yield from chance.sample(bits, min(len(bits), size))
    for _ in range(size - len(bits)):  # several bits at once
        mutated = body
        for _ in range(chance.randint(2, 20)):
            mutated = _flipped(mutated, chance.randrange(len(body) * 8))
        if mutated != body:
            yield LINE_PATH, mutated, [(name, good)]


def _flipped(value: bytes, bit: int) -> bytes:
    changed = bytearray(value)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


async def forged(size: Size, seed: int) -> list[Figure]:
    """What forged webhooks got, and that the genuine ones are taken in."""
    async with serving() as bot:
        asked = list(_forgeries(random.Random(seed), _MUTATIONS[size]))
        statuses = Counter([await bot.ask(*one) for one in asked])
        rows = await bot.rows()
        # That nothing was refused for another reason.
        body = line_body(line_event(1))
        genuine = await bot.ask(LINE_PATH, body, [(b"x-line-signature", signed(body))])
        headers = [(b"x-telegram-bot-api-secret-token", TELEGRAM_SECRET)]
        genuine += await bot.ask(TELEGRAM_PATH, json.dumps(update_of(1)).encode(), headers)
        taken = await bot.rows()
    return [
        Figure.least("forged webhooks", len(asked), _MUTATIONS[size] if size is Size.SHORT else 5_000),
        Figure.none("forged and not refused with 401", len(asked) - statuses[401]),
        Figure.none("rows they left", rows),
        Figure(
            "the genuine two: answers and rows", f"{genuine}, {taken}", "400, 2", (genuine, taken) == (400, 2)
        ),
    ]
