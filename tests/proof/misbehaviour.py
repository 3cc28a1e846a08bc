"""Platforms that misbehave: how often a message is shown twice, or never, and whether a wait is kept.

The stand-ins know the truth. Time-outs are real ones of two seconds; every other wait is a clock's that is
moved by hand, so that an hour without a platform takes none.
"""

import asyncio
import random
import socket
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from msgspec.structs import replace

from bot.channels.line import LineChannel, limits
from bot.channels.line.channel import Via
from bot.channels.line.client import LineClient
from bot.runtime.channel import Delivered, Fate
from bot.runtime.delivery import Delivery
from bot.store import LetterState
from tests.proof.by_channel import LETTERS, PATIENCE, by_line, by_telegram, by_web, line_channel
from tests.proof.misdeeds import Platform, Seen, misdeeds, seen_by, states, to_be_shown
from tests.proof.outcome import Figure, Outcome, Size
from tests.proof.parts import Bench, act, bench, finished, replaced
from tests.standins import line as at_line
from tests.standins.line import LineStandIn

REPLY_PUSHED: Final = "a reply is pushed after a time-out"
NO_RETRY_KEY: Final = "no retry key"
NO_PATIENCE: Final = "Retry-After is ignored"
FAULTS: Final = (REPLY_PUSHED, NO_RETRY_KEY, NO_PATIENCE)

#: One part of the proof.
Part = Callable[[Size, int], Awaitable[list[Figure]]]


def prove(size: Size, seed: int, fault: str = "") -> Outcome:
    """What every channel's people saw while their platforms misbehaved."""
    began = time.monotonic()
    with ExitStack() as planted:
        _plant(planted, fault)
        parts = _SHOWN_BY.get(
            fault, (_line_reply, _line_push, _telegram, _web, _away, _without_quota, _stuck)
        )
        figures = finished(lambda: _figures(parts, size, seed))
    notes = [
        "Of 1,000 calls 50 are carried out and never answered, and 4 each meet another misbehaviour: a time-out"
        " or a reset before or after acceptance, 429 with Retry-After, 500 before or after acceptance, 502 with"
        " HTML, 200 without JSON, a slow body. A LINE reply whose outcome stays unknown is not pushed: the next"
        " message restates the question.",
    ]
    return Outcome(
        title="Platforms that misbehave",
        seed=seed,
        seconds=time.monotonic() - began,
        figures=figures,
        notes=notes,
    )


async def _figures(parts: Sequence[Part], size: Size, seed: int) -> list[Figure]:
    return [figure for part in parts for figure in await part(size, seed)]


async def _line_reply(size: Size, seed: int) -> list[Figure]:
    platform, seen = await by_line(size, seed, push=False)
    return [
        *_common("LINE reply", platform, seen),
        Figure.none("LINE reply: shown twice", seen.twice),
        # Not carried out, in doubt, and the token too old when the platform answers again; of two messages.
        Figure.most("LINE reply: never shown", seen.never, 2 * platform.silent),
    ]


async def _line_push(size: Size, seed: int) -> list[Figure]:
    platform, seen = await by_line(size, seed, push=True)
    return [
        *_common("LINE push", platform, seen),
        Figure.none("LINE push: shown twice", seen.twice),
        Figure.none("LINE push: never shown", seen.never),
    ]


async def _telegram(size: Size, seed: int) -> list[Figure]:
    platform, seen = await by_telegram(size, seed)
    return [
        *_common("Telegram", platform, seen),
        Figure.most("Telegram: shown twice", seen.twice, platform.doubtful),
        Figure.none("Telegram: never shown", seen.never),
    ]


async def _web(size: Size, seed: int) -> list[Figure]:
    seen = await by_web(size, seed)
    return [
        Figure("web: letters", seen.letters),
        Figure.none("web: shown twice", seen.twice),
        Figure.none("web: never shown", seen.never),
    ]


#: The part that a fault must break; nothing else is run.
_SHOWN_BY: Final[Mapping[str, tuple[Part, ...]]] = {
    REPLY_PUSHED: (_line_reply,),
    NO_RETRY_KEY: (_line_push,),
    NO_PATIENCE: (_line_push,),
}


def _common(name: str, platform: Platform, seen: Seen) -> list[Figure]:
    return [
        Figure(f"{name}: letters", seen.letters),
        Figure(f"{name}: carried out and not answered", platform.doubtful),
        Figure.none(f"{name}: calls before Retry-After", platform.early),
        Figure.none(f"{name}: people who saw letters out of order", seen.disordered),
        Figure.none(f"{name}: lost without a trace", seen.lost),
    ]


def _plant(planted: ExitStack, fault: str) -> None:
    match fault:
        case "":
            pass
        case str() if fault == REPLY_PUSHED:
            reply = LineChannel._reply

            async def pushed(self: Any, parcel: Any, messages: Any) -> Any:
                outcome = await reply(self, parcel, messages)
                return None if outcome and outcome.via == Via.DOUBT else outcome

            planted.enter_context(replaced(LineChannel, "_reply", pushed))
        case str() if fault == NO_RETRY_KEY:
            send = LineClient.send

            async def keyless(self: Any, way: Any, to: Any, bubbles: Any, within: Any, _: Any = None) -> None:
                await send(self, way, to, bubbles, within)

            planted.enter_context(replaced(LineClient, "send", keyless))
        case str() if fault == NO_PATIENCE:
            settlement = Delivery._settlement
            planted.enter_context(
                replaced(
                    Delivery,
                    "_settlement",
                    lambda self, job, done: settlement(
                        self, job, replace(done, retry_after=0.0 if done.fate is Fate.RETRY else None)
                    ),
                )
            )
        case _:
            raise ValueError(f"{fault!r} is none of {FAULTS}")


async def _away(size: Size, seed: int) -> list[Figure]:
    """An hour in which nobody listens at a platform, then an hour of 502; it comes back after each."""
    async with LineStandIn() as line, bench() as told:
        platform = Platform(told, random.Random(seed), misdeeds(at_line))
        line.clock = lambda: told.clock.now().timestamp()
        channel = await line_channel(line, told)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            there, line.url = line.url, f"http://127.0.0.1:{taken.getsockname()[1]}"
            nobody = await line_channel(line, told)
            line.url = there
            back = told.clock.now() + timedelta(hours=1)
            told.channels["line"] = _Until(told, back, nobody, channel)  # type: ignore[assignment]
            people = LETTERS[size] // 10
            acts = [
                act(f"line:{n}", f"U{n:032x}", told.clock, "line", line.new_reply_token(f"U{n:032x}"))
                for n in range(people)
            ]
            await told.commit(*acts)
            await told.deliver()
            unreached = await seen_by(told, to_be_shown(acts), _texts(line))
            platform.down = True
            ends = told.clock.now() + timedelta(hours=1)
            line.misbehave = lambda call: (
                platform.meet(line.chat_of(call)) if told.clock.now() < ends else None
            )
            pushed = [act(f"line:{n}", f"U{n:032x}", told.clock, "line") for n in range(people, 2 * people)]
            await told.commit(*pushed)
            await told.deliver()
            failing = await seen_by(told, to_be_shown(pushed), _texts(line))
            await nobody.stop()
        await channel.stop()
    return [
        Figure.none("never shown: nobody listened at LINE for an hour", unreached.never + unreached.twice),
        Figure.none("never shown: LINE answered 502 to pushes for an hour", failing.never + failing.twice),
    ]


@dataclass
class _Until:
    """One channel until a moment, another from then on."""

    bench: Bench
    moment: datetime
    before: LineChannel
    after: LineChannel
    replies_for = limits.REPLY_FRESH

    async def deliver(self, parcel: Any) -> Delivered:
        return await (self.before if self.bench.clock.now() < self.moment else self.after).deliver(parcel)


def _texts(line: LineStandIn) -> dict[str, list[str]]:
    return {who: [m["text"] for m in messages] for who, messages in line.shown.items()}


async def _without_quota(_: Size, __: int) -> list[Figure]:
    """The month's pushes are used up after twenty of fifty; the operator raises the limit and sends again."""
    async with LineStandIn() as line, bench() as told:
        told.channels["line"] = channel = await line_channel(line, told)
        line.quota = 20
        line.blocked = {f"U{n:032x}" for n in range(5)}
        acts = [act(f"line:{n}", f"U{n:032x}", told.clock, "line") for n in range(50)]
        await told.commit(*acts)
        await told.deliver()
        before = await seen_by(told, to_be_shown(acts[5:]), _texts(line))
        line.quota = None
        parked = [id_ for id_, state in (await states(told)).items() if state == LetterState.PARKED]
        await told.store.operations.send_again(parked, told.clock.now())
        await told.deliver()
        after = await seen_by(told, to_be_shown(acts[5:]), _texts(line))
        await channel.stop()
    return [
        Figure.none("quota used up: not shown and not before an operator", before.never - before.visible),
        Figure.none("quota raised and sent again: never shown", after.never + after.twice),
    ]


async def _stuck(_: Size, __: int) -> list[Figure]:
    """24 people's calls get no answer; everybody else is to be answered while those still hang."""
    async with LineStandIn() as line, bench() as told:
        told.channels["line"] = channel = await line_channel(line, told)
        stuck = {f"U{n:032x}" for n in range(24)}
        line.misbehave = lambda call: at_line.silence() if line.chat_of(call) in stuck else None
        acts = [act(f"line:{n}", f"U{n:032x}", told.clock, "line") for n in range(120)]
        await told.commit(*acts)
        began = time.monotonic()
        delivering = asyncio.create_task(told.deliver())
        others = [a for a in acts if a.sender not in stuck]
        await line.until(lambda: all(line.shown.get(a.sender) for a in others), seconds=30)
        took = time.monotonic() - began
        line.misbehave = lambda _: None
        await delivering
        await channel.stop()
    return [Figure.most("24 calls hang: seconds until 96 others are all answered", took, PATIENCE)]
