"""Failing fsync and failing writes, by libfiu: each failure surfaces, and what was promised is there."""

import asyncio
import math
import time
from pathlib import Path
from typing import Final

from tests.proof import books
from tests.proof.outcome import Figure, Outcome, Size
from tests.proof.stage import Stage, Witness, settled, staged

_ANSWERS: Final = {Size.SHORT: 90, Size.LONG: 5_000}
#: Lives of the bot with failing fsyncs and with failing writes; the last one has a sound disk.
_LIVES: Final = (("posix/io/sync/*", 0.05), ("posix/io/rw/pwrite", 0.02))
#: How many webhooks must have been refused in each of them, and in how many portions of answers at most: of a
#: few answers' fsyncs it may be that none fails.
_REFUSED: Final = 3
_PORTIONS: Final = 100
_SETTLED: Final = 5.0
#: How often a start is tried on a failing disk: it may be refused, as whatever supervises the bot would see.
_STARTS: Final = 20
#: Where Debian and others put the library that stands before the C library.
_PRELOADS: Final = tuple(
    Path(folder) / "fiu_posix_preload.so"
    for folder in ("/usr/lib/fiu", "/usr/local/lib/fiu", "/usr/lib64/fiu", "/usr/lib/x86_64-linux-gnu/fiu")
)

FAULTS: Final = {"acknowledge_anyway": "acknowledged answers lost"}


def missing() -> str:
    """What this proof needs and this machine has not; "" when it has everything."""
    return "" if _preload() else "libfiu is not installed (`make proof-tools`)"


def _preload() -> str:
    return next((str(path) for path in _PRELOADS if path.exists()), "")


def prove(size: Size, seed: int, fault: str = "") -> Outcome:
    """Serve on a disk that fails one fsync of twenty, then one that fails one write of fifty, then a sound one."""
    return asyncio.run(_prove(size, seed, fault))


async def _prove(size: Size, seed: int, fault: str) -> Outcome:
    began = time.monotonic()
    async with staged(seed, env={"LD_PRELOAD": _preload()}) as stage:
        crowd, witness = stage.crowd, Witness(stage)
        portion = _ANSWERS[size] // (len(_LIVES) + 1)
        alive, refused = 0, []
        for call, share in _LIVES:
            server = await stage.serve([fault, f"fail:{call}:{share}"], tries=_STARTS)
            refused.append(await _answer(stage, portion))
            alive += not server.dead.is_set()
            crowd.up.clear()
            await server.kill()
            witness.look()
        crowd.target += portion
        server = await stage.serve([fault])
        finished = await settled(stage, asyncio.create_task(crowd.answer()), _SETTLED)
        await server.stop()
        kept = books.of_sqlite(stage.file, check="integrity_check")
        figures = [
            Figure.least("lives on a failing disk that the bot did not end", alive, len(_LIVES)),
            Figure.least("webhooks whose batch failed and said so, in each", min(refused), _REFUSED),
            *books.load_figures(crowd),
            *books.kept_figures(kept, crowd),
            *books.shown_figures(kept, crowd, stage.platforms),
            *witness.figures(),
            Figure.most("seconds from the last answer until everybody was told", finished, _SETTLED),
        ]
    return Outcome("Failing fsync and writes", seed, time.monotonic() - began, figures)


async def _answer(stage: Stage, portion: int) -> int:
    """Answer, a portion at a time, until enough webhooks were refused; how many were."""
    crowd, before = stage.crowd, stage.crowd.refused
    for _ in range(_PORTIONS):
        crowd.target += portion
        told = await settled(stage, asyncio.create_task(crowd.answer()), _SETTLED)
        if crowd.refused - before >= _REFUSED or told == math.inf:
            break
    return crowd.refused - before
