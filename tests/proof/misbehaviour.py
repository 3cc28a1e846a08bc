"""Platforms that misbehave: how often a message is shown twice, or never, and whether a wait is kept.

The stand-ins know the truth. Time-outs are real ones of two seconds; every other wait is a clock's that is
moved by hand, so that an hour without a platform takes none.
"""

import asyncio
import random
import socket
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from aiohttp import ClientTimeout
from msgspec.structs import replace

from bot.channels.line import LineChannel, limits
from bot.channels.line.channel import Via
from bot.channels.line.client import LineClient
from bot.channels.telegram import TelegramChannel
from bot.dialogue import Message, MessageType
from bot.runtime.channel import Delivered, Fate
from bot.runtime.delivery import Delivery
from bot.runtime.mailbox import StoredMailbox
from bot.store import LetterState
from tests.proof.outcome import Figure, Outcome, Size
from tests.proof.parts import Bench, act, bench, finished, replaced
from tests.standins import line as at_line
from tests.standins import telegram as at_telegram
from tests.standins.line import LineStandIn
from tests.standins.telegram import TelegramStandIn
from tests.store.look import column

REPLY_PUSHED: Final = "a reply is pushed after a time-out"
NO_RETRY_KEY: Final = "no retry key"
NO_PATIENCE: Final = "Retry-After is ignored"
FAULTS: Final = (REPLY_PUSHED, NO_RETRY_KEY, NO_PATIENCE)

#: One part of the proof.
Part = Callable[[Size, int], Awaitable[list[Figure]]]

#: How many letters a channel, and of how many people.
_LETTERS: Final = {Size.SHORT: 100, Size.LONG: 10_000}
_PEOPLE: Final = 5
#: Seconds after which the bot gives a call up.
_PATIENCE: Final = 2.0
#: Of 1,000 calls: time-outs after acceptance, and each of the other misbehaviours.
_TIMED_OUT: Final = 50
_OTHER: Final = 4
#: Seconds of silence asked for with a 429.
_RETRY_AFTER: Final = 40


@dataclass
class Platform:
    """What one platform does to the calls of the bot, and what it saw of them.

    `doubtful` are the calls it carried out and gave no proper answer to, `silent` those it did not carry
    out and the bot cannot tell from them, `early` the calls before the time it had named.
    """

    bench: Bench
    chance: random.Random
    faults: Sequence[tuple[str, Any]]
    doubtful: int = 0
    silent: int = 0
    early: int = 0
    waiting: dict[str, datetime] = field(default_factory=dict)
    down: bool = False

    def meet(self, chat: str, *, refused: bool = False) -> Any:
        """What happens to a call into this chat, which would be `refused`: a Fault, or None for an answer."""
        now = self.bench.clock.now()
        if now < self.waiting.get(chat, now):
            self.early += 1
        if self.down:
            return dict(self.faults)["502"]
        draw = self.chance.randrange(1000)
        kind = "silence" if draw < _TIMED_OUT else ""
        if _TIMED_OUT <= draw < _TIMED_OUT + _OTHER * (len(self.faults) - 1):
            kind = self.faults[1 + (draw - _TIMED_OUT) // _OTHER][0]
        if not kind:
            return None
        fault = dict(self.faults)[kind]
        if kind == "429":
            self.waiting[chat] = now + timedelta(seconds=_RETRY_AFTER)
        elif fault.then != "proceed":
            self.doubtful += fault.accepted and not refused
            self.silent += refused or not fault.accepted
        return fault


def _faults(standin: Any) -> tuple[tuple[str, Any], ...]:
    """The misbehaviours, by name; both stand-ins have the same words for them."""
    return (
        ("silence", standin.silence()),
        ("silence before", standin.silence(accepted=False)),
        ("reset", standin.reset()),
        ("reset before", standin.reset(accepted=False)),
        ("429", standin.answer(429, retry_after=_RETRY_AFTER)),
        ("500", standin.answer(500)),
        ("500 after", standin.answer(500, accepted=True)),
        ("502", standin.answer(502, body=b"<html><h1>Bad gateway</h1>\xe9</html>")),
        ("no JSON", standin.answer(200, accepted=True, body=b"<html>")),
        ("slow", standin.slow(0.2)),
    )


@dataclass
class Seen:
    """What one channel's people saw of their letters. Every number is of messages, but for `lanes`."""

    letters: int
    twice: int
    never: int
    visible: int
    lost: int
    disordered: int


async def _seen(told: Bench, wanted: Sequence[tuple[str, str]], shown: dict[str, list[str]]) -> Seen:
    """`wanted` are (person, text) of everything that was to be shown, `shown` the texts by person."""
    state = await _states(told)
    counts = {person: Counter(texts) for person, texts in shown.items()}
    never = [(who, text) for who, text in wanted if not counts.get(who, Counter())[text]]
    fates = [state[text.removesuffix("b")] for _, text in never]
    order: dict[str, list[str]] = {}
    for who, text in wanted:
        order.setdefault(who, []).append(text)
    first = {person: list(dict.fromkeys(texts)) for person, texts in shown.items()}
    return Seen(
        letters=len({text.removesuffix("b") for _, text in wanted}),
        twice=sum(counts[who][text] - 1 for who, text in wanted if counts.get(who, Counter())[text] > 1),
        never=len(never),
        visible=fates.count(LetterState.PARKED),
        lost=sum(fate not in (LetterState.PARKED, LetterState.UNKNOWN, LetterState.GONE) for fate in fates),
        disordered=sum(
            texts != [text for text in order.get(person, []) if text in set(texts)]
            for person, texts in first.items()
        ),
    )


async def _states(told: Bench) -> dict[str, object]:
    """Where each letter is on its way, by its id."""
    ids, states = [await column(told.url, "outbox", name) for name in ("id", "state")]
    return {str(id_): state for id_, state in zip(ids, states, strict=True)}


def _wanted(acts: Sequence[Any]) -> list[tuple[str, str]]:
    texts = [(a.sender, a.event.id) for a in acts]
    return [(who, t) for who, id_ in texts for t in ([id_, f"{id_}b"] if int(id_[-1]) % 2 == 0 else [id_])]


async def _line_channel(line: LineStandIn, told: Bench) -> LineChannel:
    channel = LineChannel(
        secret=line.secret,
        access_token=line.token,
        api_base=line.url,
        data_api_base=line.url,
        greeting=Message(MessageType.NAV, ("-",)),
        copy_link=lambda _: None,
    )
    channel.timeout = ClientTimeout(total=_PATIENCE, connect=_PATIENCE)
    channel.clock = told.clock
    await channel.start()
    return channel


async def _by_line(size: Size, seed: int, *, push: bool) -> tuple[Platform, Seen]:
    """LINE, each letter by reply (one in fifty with a token that has expired or was used) or each by push."""
    async with LineStandIn() as line, bench() as told:
        chance = random.Random(seed)
        platform = Platform(told, chance, _faults(at_line))
        line.clock = lambda: told.clock.now().timestamp()
        line.misbehave = lambda call: (
            platform.meet(line.chat_of(call), refused=line.refuses(call))
            if call.operation in ("reply", "push")
            else None
        )
        told.channels["line"] = channel = await _line_channel(line, told)
        acts = []
        for turn in range(_PEOPLE):  # a person acts, is answered, and acts again
            now = []
            for n in range(turn, _LETTERS[size], _PEOPLE):
                person = f"U{n // _PEOPLE:032x}"
                token = "" if push else line.new_reply_token(person)
                if token and chance.random() < 0.02:
                    line.expire_reply_tokens(token)
                now.append(act(f"line:{n}", person, told.clock, "line", token))
            await told.commit(*now)
            await told.deliver()
            acts += now
        await channel.stop()
        shown = {who: [m["text"] for m in messages] for who, messages in line.shown.items()}
        return platform, await _seen(told, _wanted(acts), shown)


async def _by_telegram(size: Size, seed: int) -> tuple[Platform, Seen]:
    async with TelegramStandIn() as telegram, bench() as told:
        platform = Platform(told, random.Random(seed), _faults(at_telegram))
        telegram.misbehave = lambda call: (
            platform.meet(call.params["chat_id"]) if call.method == "sendmessage" else None
        )
        channel = TelegramChannel(
            token=telegram.token,
            webhook_secret=telegram.secret,
            api_base=telegram.url,
            greeting=Message(MessageType.NAV, ("-",)),
            seconds=_PATIENCE,
        )
        told.channels["telegram"] = channel
        acts = []
        for n in range(_LETTERS[size]):
            person = 1000 + n // _PEOPLE
            telegram.screens.setdefault(person, [])
            acts.append(act(f"telegram:{n}", str(person), told.clock, "telegram"))
        await told.commit(*acts)
        await told.deliver()
        await channel.stop()
        shown = {str(person): telegram.texts(person) for person in telegram.screens}
        return platform, await _seen(told, _wanted(acts), shown)


async def _by_web(size: Size, seed: int) -> Seen:
    """The page loses one answer in twenty, to what it sends and to what it asks for, and asks again."""
    async with bench(pulling=("web",)) as told:
        chance = random.Random(seed)
        mailbox = StoredMailbox(told.store.outbox, told.identity, "web")
        acts, shown = [], {}
        for n in range(_LETTERS[size] // _PEOPLE):
            person, after, texts = f"session{n}", 0, []
            for m in range(_PEOPLE):
                one = act(f"web:{n * _PEOPLE + m}", person, told.clock, "web")
                acts.append(one)
                await told.commit(one)
                while chance.random() < 0.05:
                    await told.commit(one)
                letters = await mailbox.since(person, after)
                while chance.random() < 0.05:
                    letters = await mailbox.since(person, after)
                for letter in letters:
                    if letter.seq > after:
                        texts += [message.text for message in letter.messages]
                        after = letter.seq
            shown[person] = texts
        return await _seen(told, _wanted(acts), shown)


async def _away(size: Size, seed: int) -> list[Figure]:
    """An hour in which nobody listens at a platform, then an hour of 502; it comes back after each."""
    async with LineStandIn() as line, bench() as told:
        platform = Platform(told, random.Random(seed), _faults(at_line))
        line.clock = lambda: told.clock.now().timestamp()
        channel = await _line_channel(line, told)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            there, line.url = line.url, f"http://127.0.0.1:{taken.getsockname()[1]}"
            nobody = await _line_channel(line, told)
            line.url = there
            back = told.clock.now() + timedelta(hours=1)
            told.channels["line"] = _Until(told, back, nobody, channel)  # type: ignore[assignment]
            people = _LETTERS[size] // 10
            acts = [
                act(f"line:{n}", f"U{n:032x}", told.clock, "line", line.new_reply_token(f"U{n:032x}"))
                for n in range(people)
            ]
            await told.commit(*acts)
            await told.deliver()
            unreached = await _seen(told, _wanted(acts), _texts(line))
            platform.down = True
            ends = told.clock.now() + timedelta(hours=1)
            line.misbehave = lambda call: (
                platform.meet(line.chat_of(call)) if told.clock.now() < ends else None
            )
            pushed = [act(f"line:{n}", f"U{n:032x}", told.clock, "line") for n in range(people, 2 * people)]
            await told.commit(*pushed)
            await told.deliver()
            failing = await _seen(told, _wanted(pushed), _texts(line))
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
        told.channels["line"] = channel = await _line_channel(line, told)
        line.quota = 20
        line.blocked = {f"U{n:032x}" for n in range(5)}
        acts = [act(f"line:{n}", f"U{n:032x}", told.clock, "line") for n in range(50)]
        await told.commit(*acts)
        await told.deliver()
        before = await _seen(told, _wanted(acts[5:]), _texts(line))
        line.quota = None
        parked = [id_ for id_, state in (await _states(told)).items() if state == LetterState.PARKED]
        await told.store.operations.send_again(parked, told.clock.now())
        await told.deliver()
        after = await _seen(told, _wanted(acts[5:]), _texts(line))
        await channel.stop()
    return [
        Figure.none("quota used up: not shown and not before an operator", before.never - before.visible),
        Figure.none("quota raised and sent again: never shown", after.never + after.twice),
    ]


async def _stuck(_: Size, __: int) -> list[Figure]:
    """24 people's calls get no answer; everybody else is to be answered while those still hang."""
    async with LineStandIn() as line, bench() as told:
        told.channels["line"] = channel = await _line_channel(line, told)
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
    return [Figure.most("24 calls hang: seconds until 96 others are all answered", took, _PATIENCE)]


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
    platform, seen = await _by_line(size, seed, push=False)
    return [
        *_common("LINE reply", platform, seen),
        Figure.none("LINE reply: shown twice", seen.twice),
        # Not carried out, in doubt, and the token too old when the platform answers again; of two messages.
        Figure.most("LINE reply: never shown", seen.never, 2 * platform.silent),
    ]


async def _line_push(size: Size, seed: int) -> list[Figure]:
    platform, seen = await _by_line(size, seed, push=True)
    return [
        *_common("LINE push", platform, seen),
        Figure.none("LINE push: shown twice", seen.twice),
        Figure.none("LINE push: never shown", seen.never),
    ]


async def _telegram(size: Size, seed: int) -> list[Figure]:
    platform, seen = await _by_telegram(size, seed)
    return [
        *_common("Telegram", platform, seen),
        Figure.most("Telegram: shown twice", seen.twice, platform.doubtful),
        Figure.none("Telegram: never shown", seen.never),
    ]


async def _web(size: Size, seed: int) -> list[Figure]:
    seen = await _by_web(size, seed)
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
