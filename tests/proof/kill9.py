"""kill -9 under load: the process dies at any moment, hundreds of times, and nobody notices afterwards."""

import asyncio
import time
from contextlib import AsyncExitStack
from typing import Final

from tests.proof import books
from tests.proof.outcome import Figure, Outcome, Size
from tests.proof.server import Server, cold, first
from tests.proof.stage import Stage, Witness, settled, staged

#: Kills, and answers given in all.
_CYCLES: Final = {Size.SHORT: 3, Size.LONG: 200}
_ANSWERS: Final = {Size.SHORT: 200, Size.LONG: 100_000}
#: Every so many of the LONG cycles the bot is started by `python -m bot serve` instead of being forked.
_COLD: Final = 50
#: Seconds after the last answer within which everybody must have been told.
_SETTLED: Final = {Size.SHORT: 3.0, Size.LONG: 10.0}

FAULTS: Final = {
    "acknowledge_first": "acknowledged answers lost",
    "take_every_delivery": "answers stored twice",
    "say_before_keeping": "«saved» shown without a stored answer",
}


def prove(size: Size, seed: int, fault: str = "") -> Outcome:
    """Kill the bot again and again while people answer, and compare at every death and at the end."""
    return asyncio.run(_prove(size, seed, fault))


async def _prove(size: Size, seed: int, fault: str) -> Outcome:
    began = time.monotonic()
    async with staged(seed) as stage:
        crowd = stage.crowd
        crowd.target = _ANSWERS[size]
        answering = asyncio.create_task(crowd.answer())
        witness, start = Witness(stage), 0.0
        for n in range(_CYCLES[size]):
            by_hand = size is Size.LONG and not fault and n % _COLD == 0
            share = crowd.target // _CYCLES[size]
            start = max(start, await _life(stage, share, fault, witness, by_hand=by_hand))
        server = await stage.serve([fault])
        patience = _SETTLED[size]
        finished = await settled(stage, answering, patience)
        await server.stop()
        kept = books.of_sqlite(stage.file, check="integrity_check")
        figures = [
            Figure.least("kill -9", _CYCLES[size], _CYCLES[size]),
            *books.load_figures(crowd),
            *books.kept_figures(kept, crowd),
            *books.shown_figures(kept, crowd, stage.platforms),
            Figure.most("seconds from the last answer until everybody was told", finished, patience),
            *witness.figures(),
            Figure("seconds from a start to the first answer, at most", start),
        ]
    return Outcome("kill -9 under load", seed, time.monotonic() - began, figures)


async def _life(stage: Stage, share: int, fault: str, witness: Witness, *, by_hand: bool) -> float:
    """One life of the bot: it is killed after some answers, some messages, or some milliseconds.

    How long its start took, in seconds; 0 when it was killed before that.
    """
    start = 0.0
    crowd, platforms, chance = stage.crowd, stage.platforms, stage.chance
    async with AsyncExitStack() as stack:
        began = time.monotonic()
        if by_hand:
            server: Server = await stack.enter_async_context(cold(stage.env, stage.log))
        else:
            server = await stage.start([fault])
        kind = chance.randrange(10)
        if kind == 0:  # while it starts
            await first(asyncio.sleep(chance.random() * 0.3), server.ready.wait())
        else:
            await server.serving()
            start = time.monotonic() - began
            crowd.up.set()
            some = 1 + int(share * 1.8 * chance.random())
            if kind < 6:
                await first(crowd.until(len(crowd.acked) + some), server.dead.wait())
            else:
                shown = len(platforms.shown) + some
                await first(platforms.until(lambda: len(platforms.shown) >= shown, 5), server.dead.wait())
            await first(asyncio.sleep(chance.random() * 0.03), server.dead.wait())
        crowd.up.clear()
        await server.kill()
    witness.look()
    return start
