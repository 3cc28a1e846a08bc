"""What a platform that misbehaves does to calls, and what its people saw of their letters."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from bot.store import LetterState
from tests.proof.parts import Bench
from tests.store.look import column

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


def misdeeds(standin: Any) -> tuple[tuple[str, Any], ...]:
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
    """What one channel's people saw of their letters. Every number is of messages, but `letters` and, of people, `disordered`."""

    letters: int
    twice: int
    never: int
    visible: int
    lost: int
    disordered: int


async def seen_by(told: Bench, wanted: Sequence[tuple[str, str]], shown: dict[str, list[str]]) -> Seen:
    """`wanted` are (person, text) of everything that was to be shown, `shown` the texts by person."""
    state = await states(told)
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


async def states(told: Bench) -> dict[str, object]:
    """Where each letter is on its way, by its id."""
    ids, found = [await column(told.url, "outbox", name) for name in ("id", "state")]
    return {str(id_): state for id_, state in zip(ids, found, strict=True)}


def to_be_shown(acts: Sequence[Any]) -> list[tuple[str, str]]:
    """The (person, text) of everything that these acts are answered with (see parts.echo)."""
    texts = [(a.sender, a.event.id) for a in acts]
    return [(who, t) for who, id_ in texts for t in ([id_, f"{id_}b"] if int(id_[-1]) % 2 == 0 else [id_])]
