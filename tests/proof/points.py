"""Named crash points: the process dies before or after each step between a webhook and a settled letter."""

import asyncio
import random
import time
from collections.abc import Sequence
from typing import Final

from tests.proof import books
from tests.proof.crashpoints import POINTS, Point
from tests.proof.outcome import Figure, Outcome, Size
from tests.proof.server import first
from tests.proof.stage import Stage, Witness, settled, staged

#: Kills at each point; the SHORT form takes some points once.
_KILLS: Final = 20
_SAMPLE: Final = 5
#: Answers given in one life, while the process has not come to its point.
_ANSWERS: Final = 12
#: Seconds within which a process must come to its point, and everybody be told after the last death.
_REACHED: Final = 20.0
_SETTLED: Final = {Size.SHORT: 3.0, Size.LONG: 10.0}

FAULTS: Final = {
    "acknowledge_first": "acknowledged answers lost",
    "forget_leases": "answers of which their person never heard",
}


def prove(size: Size, seed: int, fault: str = "") -> Outcome:
    """Have the bot die at each point, again and again, on one database; then let everybody be told."""
    chance = random.Random(seed)
    sample = chance.sample(POINTS, 3 if fault else _SAMPLE)
    points = list(POINTS) * _KILLS if size is Size.LONG else sample
    chance.shuffle(points)
    # Apart, or a letter that was replied to before a death would be pushed after it.
    pushing = [point for point in points if point.plant]
    return asyncio.run(_prove([[p for p in points if not p.plant], pushing], seed, fault, _SETTLED[size]))


async def _prove(passes: Sequence[Sequence[Point]], seed: int, fault: str, patience: float) -> Outcome:
    points = [point for one in passes for point in one]
    began = time.monotonic()
    async with staged(seed) as stage:
        crowd, witness, finished = stage.crowd, Witness(stage), 0.0
        for one in passes:
            finished = max(finished, await _pass(stage, one, fault, witness, patience))
        files = books.files(stage.file)
        reached = (stage.folder / "reached").read_text().splitlines()
        kept = books.of_sqlite(stage.file, check="integrity_check")
        missed = sorted({point.name for point in points} - set(reached))
        figures = [
            Figure.least("points", len(set(reached)), len({point.name for point in points})),
            Figure.least("kills at a point", len(reached), len(points)),
            *books.load_figures(crowd),
            *books.kept_figures(kept, crowd),
            Figure.none("files acknowledged and never stored", len(crowd.files_acked - files)),
            Figure("files stored", len(files)),
            *books.shown_figures(kept, crowd, stage.platforms),
            *witness.figures(),
            Figure.most("seconds from the last answer until everybody was told", finished, patience),
        ]
    notes = [f"Not reached: {', '.join(missed)}."] if missed else []
    return Outcome("Named crash points", seed, time.monotonic() - began, figures, notes)


async def _pass(
    stage: Stage, points: Sequence[Point], fault: str, witness: Witness, patience: float
) -> float:
    """Die at all of these, then live; see `settled`."""
    crowd = stage.crowd
    crowd.more = True
    answering = asyncio.create_task(crowd.answer(line=6, telegram=6))
    for point in points:
        await _life(stage, point, fault)
        witness.look()
    crowd.more = False
    server = await stage.serve([fault, *(points[0].plant if points else ())])
    finished = await settled(stage, answering, patience)
    crowd.up.clear()
    await server.stop()
    return finished


async def _life(stage: Stage, point: Point, fault: str) -> None:
    """One life of the bot, which ends at this point."""
    crowd = stage.crowd
    die = f"die:{stage.chance.randint(1, point.times)}:{stage.folder / 'reached'}:{point.name}"
    server = await stage.start([fault, *point.plant, die])
    if await server.serving():
        crowd.up.set()
        async with asyncio.timeout(_REACHED):
            while not server.dead.is_set():
                crowd.target = len(crowd.sent) + _ANSWERS
                crowd.files_target = len(crowd.files) + 2 * point.files
                await first(crowd.until(crowd.target), server.dead.wait())
                if point.stops:
                    await server.stop()
    crowd.up.clear()
