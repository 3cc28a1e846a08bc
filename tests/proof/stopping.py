"""SIGTERM under load: what was accepted is stored, what is due is still said, and the end comes in ten seconds."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final

import httpx2

from bot.store import LetterState
from tests.proof.outcome import Figure, Outcome, Size
from tests.proof.overload import Platform, event, platform, webhook
from tests.proof.parts import finished
from tests.proof.process import ABRUPT, Served, database, serving
from tests.store.look import column

FAULTS: Final = (ABRUPT,)

_CYCLES: Final = {Size.SHORT: 1, Size.LONG: 20}
_CLIENTS: Final = 24
#: Seconds of load before the signal, and that LINE takes for a reply.
_LOAD: Final = 1.0
_SLOW: Final = 0.2


@dataclass
class Load:
    """Clients that never stop; `acked` are the numbers of the events that were answered 200."""

    numbers: "count[int]" = field(default_factory=lambda: count(1))
    acked: set[int] = field(default_factory=set)
    refused: int = 0
    cut: int = 0

    async def client(self, bot: Served) -> None:
        """One event after the other until nobody answers any more; each is another person's."""
        async with httpx2.AsyncClient(base_url=bot.url, timeout=30) as web:
            while True:
                n = next(self.numbers)
                try:
                    answer = await web.post("/line/webhook", **webhook(event(n, f"U{n:032x}")))
                except httpx2.ConnectError:
                    return
                except httpx2.HTTPError:
                    self.cut += 1
                    continue
                if answer.status_code == 200:
                    self.acked.add(n)
                else:
                    self.refused += 1


async def _stopped(load: Load, url: str, line: Platform, fault: str) -> tuple[float, int, int]:
    """One life of the bot: how long its end took, and which letters it left in its hands and waiting."""
    async with serving(url, line.url, fault) as bot:
        await _warm(bot, load, line)
        clients = [asyncio.create_task(load.client(bot)) for _ in range(_CLIENTS)]
        await asyncio.sleep(_LOAD)
        took = await bot.stop()
        await asyncio.gather(*clients)
    states = await column(url, "outbox", "state")
    return took, states.count(LetterState.LEASED), states.count(LetterState.WAITING)


async def _warm(bot: Served, load: Load, line: Platform) -> None:
    """Let it answer once: the first turn and the first call of the SDK import and compile for a second."""
    n = next(load.numbers)
    async with httpx2.AsyncClient(base_url=bot.url, timeout=30) as web, asyncio.timeout(60):
        assert (await web.post("/line/webhook", **webhook(event(n, f"U{n:032x}")))).status_code == 200
        while not line.told[f"{n:032x}"]:
            await asyncio.sleep(0.02)


async def _said(url: str, line: Platform) -> None:
    """Let another life say what the one before left."""
    async with serving(url, line.url) as bot, asyncio.timeout(60):
        while LetterState.WAITING in await column(url, "outbox", "state"):
            await asyncio.sleep(0.1)
        await bot.stop()


async def _figures(size: Size, fault: str) -> Sequence[Figure]:
    load, ends, held, waiting = Load(), [], 0, 0
    async with platform() as line, database() as url:
        line.seconds = _SLOW
        for _ in range(_CYCLES[size]):
            took, leased, left = await _stopped(load, url, line, fault)
            ends.append(took)
            held, waiting = held + leased, waiting + left
        stored = set(await column(url, "events", "id"))
        line.seconds = 0.0
        if waiting:
            await _said(url, line)
        # A reply is known by its token, a push by its person.
        told = [line.told[f"{n:032x}"] + line.told[f"U{n:032x}"] for n in load.acked]
    return [
        Figure("stops under load", _CYCLES[size]),
        Figure("events acknowledged", len(load.acked)),
        Figure("refused with 503, to be sent again", load.refused),
        Figure("connections cut before an answer", load.cut),
        Figure.none(
            "acknowledged and not stored",
            sum(f"line:01H{n:020d}" not in stored for n in load.acked),
        ),
        Figure.none("letters left in the hands of a process that ended", held),
        Figure("letters left for the next start", waiting),
        Figure.none("never replied to, the next start included", told.count(0)),
        Figure.none("replied to twice", sum(times > 1 for times in told)),
        Figure.most("slowest stop, seconds", max(ends), 10),
    ]


def prove(size: Size, seed: int, fault: str = "") -> Outcome:
    """What SIGTERM costs while events come and LINE is slow."""
    began = time.monotonic()
    figures = finished(lambda: _figures(size, fault))
    return Outcome(title="Stopping", seed=seed, seconds=time.monotonic() - began, figures=figures)
