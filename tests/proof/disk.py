"""The disk fills up under the bot, and has room again: nothing is promised meanwhile, and nobody restarts it."""

import asyncio
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from tests.proof import books
from tests.proof.outcome import Figure, Outcome, Size
from tests.proof.server import first
from tests.proof.stage import Stage, settled, staged

_ROUNDS: Final = {Size.SHORT: 2, Size.LONG: 20}
_ANSWERS: Final = {Size.SHORT: 100, Size.LONG: 6_000}
#: How large the disk is, in MiB; the database with its log needs less than half of it.
_MIB: Final = 64
#: Without it the log would be overwritten in place for a while, and the disk not be missed.
_CHECKPOINT: Final = "checkpoint:50"
#: Webhooks that must have been refused before there is room again.
_REFUSED: Final = 20
#: Seconds in which the bot must take answers again, and in which everybody is told.
_BACK: Final = 5.0
_SETTLED: Final = 5.0
_STUCK: Final = 30.0

FAULTS: Final = {"acknowledge_anyway": "acknowledged answers lost"}


def missing() -> str:
    """What this proof needs and this machine has not; "" when it has everything."""
    try:
        with _small_disk():
            return ""
    except (OSError, subprocess.CalledProcessError):
        return "no small disk can be made here: only root may mount one"


def prove(size: Size, seed: int, fault: str = "") -> Outcome:
    """Fill the disk again and again while people answer, and compare at the end."""
    return asyncio.run(_prove(size, seed, fault))


async def _prove(size: Size, seed: int, fault: str) -> Outcome:
    began = time.monotonic()
    with _small_disk() as folder:
        async with staged(seed, folder=folder) as stage:
            crowd = stage.crowd
            crowd.target = _ANSWERS[size]
            server = await stage.serve([fault, _CHECKPOINT])
            answering = asyncio.create_task(crowd.answer())
            share, back = crowd.target // (_ROUNDS[size] + 1), 0.0
            for _ in range(_ROUNDS[size]):
                back = max(back, await _full(stage, 1 + int(share * stage.chance.random())))
            finished = await settled(stage, answering, _SETTLED)
            alive = not server.dead.is_set()
            await server.stop()
            kept = books.of_sqlite(stage.file, check="integrity_check")
            figures = [
                Figure.least("times the disk was full", _ROUNDS[size], _ROUNDS[size]),
                Figure("the bot lived through all of them", "yes" if alive else "no", "yes", alive),
                *books.load_figures(crowd),
                *books.kept_figures(kept, crowd),
                *books.shown_figures(kept, crowd, stage.platforms),
                Figure.none("shown twice on LINE", books.repeated(stage.platforms, "line")),
                Figure.none("shown twice on Telegram", books.repeated(stage.platforms, "telegram")),
                Figure.most("seconds until answers were taken again, at most", back, _BACK),
                Figure.most("seconds from the last answer until everybody was told", finished, _SETTLED),
            ]
    return Outcome("A full disk", seed, time.monotonic() - began, figures)


async def _full(stage: Stage, answers: int) -> float:
    """After so many answers the disk is full; when enough was refused it has room; seconds until an answer."""
    crowd, ballast = stage.crowd, stage.file.with_name("ballast")
    await first(crowd.until(len(crowd.acked) + answers), asyncio.sleep(_STUCK))
    refused = crowd.refused
    _fill(ballast)
    await first(crowd.when(lambda: crowd.refused >= refused + _REFUSED or crowd.met), asyncio.sleep(_STUCK))
    taken = len(crowd.acked)
    ballast.unlink()
    began = time.monotonic()
    await first(crowd.until(taken + 1), asyncio.sleep(2 * _BACK))
    return time.monotonic() - began


def _fill(ballast: Path) -> None:
    """Write until there is no room."""
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            with suppress(OSError):
                while os.write(file.fileno(), bytes(size)):
                    pass


@contextmanager
def _small_disk() -> Iterator[Path]:
    """A disk in memory. Raises CalledProcessError where it cannot be mounted."""
    folder = Path(tempfile.mkdtemp(prefix="ruamkhit-disk-"))
    try:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={_MIB}m,mode=700", "ruamkhit", str(folder)]
        subprocess.run(mount, check=True, capture_output=True)
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
    finally:
        folder.rmdir()
