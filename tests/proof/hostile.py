"""Hostile input: forged and repeated webhooks, and a hundred thousand bodies, texts and headers that are nothing.

The whole bot, asked without a socket; what needs a socket is in overload.py.
"""

import json
import random
import time
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bot.channels.line import wire
from bot.dialogue import Action, Event, Opened, Pressed, Typed, Verb
from bot.errors import StoreError
from bot.library import Library
from bot.runtime.channel import Incoming
from bot.runtime.retention import RetentionJob
from bot.runtime.trail import Trail
from bot.store.transaction import Transaction
from handlers import take_turn
from tests.proof.forged import forged
from tests.proof.lengths import lengths
from tests.proof.nonsense import nonsense, nonsensical
from tests.proof.outcome import Figure, Outcome, Size
from tests.proof.parts import bench, finished, library, replaced
from tests.store.look import everything

UNSIGNED: Final = "the signature is not looked at"
FORGETFUL: Final = "every event is taken for a new one"
TRUSTING: Final = "what cannot be read raises"
FAULTS: Final = (UNSIGNED, FORGETFUL, TRUSTING)


def prove(size: Size, seed: int, fault: str = "") -> Outcome:
    """What hostile input gets: nothing stored, nothing broken, and no more time than its length."""
    began = time.monotonic()
    with ExitStack() as planted:
        _plant(planted, fault)
        figures = list(_figures(size, seed, fault))
    return Outcome(title="Hostile input", seed=seed, seconds=time.monotonic() - began, figures=figures)


def _figures(size: Size, seed: int, fault: str) -> Iterable[Figure]:
    if fault in ("", UNSIGNED):
        yield from finished(lambda: forged(size, seed))
    if fault in ("", FORGETFUL):
        yield from finished(lambda: _repeated(size, seed))
    if fault in ("", TRUSTING):
        asked = nonsense(size, seed)
        yield from finished(lambda: nonsensical(asked))
    if not fault:
        yield from lengths(size)


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
