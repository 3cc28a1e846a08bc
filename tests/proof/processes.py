"""Four bots on one store, each taking any webhook and delivering any letter: SQLite, then PostgreSQL."""

import asyncio
import time
from typing import Final

from msgspec.structs import replace

from tests.proof import books, postgres
from tests.proof.elephant import PostgreSQL
from tests.proof.outcome import Figure, Outcome, Size
from tests.proof.server import free_port
from tests.proof.stage import Stage, settled, staged

_PROCESSES: Final = 4
_ANSWERS: Final = {Size.SHORT: 120, Size.LONG: 8_000}
_SETTLED: Final = 5.0
#: How often a start is tried where a fault may keep the store busy.
_STARTS: Final = 20

FAULTS: Final = {
    "lease_nothing": "SQLite: shown twice on Telegram",
    "begin_deferred": "SQLite: times the store was busy, in any log",
}


def missing() -> str:
    """What this proof needs and this machine has not; "" when it has everything."""
    return postgres.missing()


def prove(size: Size, seed: int, fault: str = "") -> Outcome:
    """Answer at four processes at once, and compare at the end; a fault is tried on SQLite alone."""
    return asyncio.run(_prove(size, seed, fault))


async def _prove(size: Size, seed: int, fault: str) -> Outcome:
    began = time.monotonic()
    async with staged(seed) as stage:
        figures = await _together(stage, "SQLite", _ANSWERS[size], fault)
    if not fault:
        async with PostgreSQL() as elephant, staged(seed, url=elephant.url) as stage:
            figures += await _together(stage, "PostgreSQL", _ANSWERS[size], fault)
    return Outcome("Four processes on one store", seed, time.monotonic() - began, figures)


async def _together(stage: Stage, kind: str, answers: int, fault: str) -> list[Figure]:
    crowd = stage.crowd
    crowd.target = answers
    servers = []
    for _ in range(_PROCESSES):
        port = free_port()
        servers.append(await stage.serve([fault], port=port, tries=_STARTS if fault else 1))
        crowd.ports.append(port)
    crowd.ports.remove(crowd.port)
    finished = await settled(stage, asyncio.create_task(crowd.answer(line=16, telegram=16)), _SETTLED)
    for server in servers:
        await server.stop()
    url = stage.env["DATABASE_URL"]
    kept = (
        books.of_sqlite(stage.file, check="integrity_check")
        if url.startswith("sqlite")
        else await books.of_postgresql(url)
    )
    figures = [
        Figure("answers met with 200", len(crowd.acked)),
        Figure.none("webhooks refused", crowd.refused),
        Figure.none("times the store was busy, in any log", stage.log.read_text().count("UnavailableError")),
        *books.kept_figures(kept, crowd),
        *books.shown_figures(kept, crowd, stage.platforms),
        Figure.none("shown twice on LINE", books.repeated(stage.platforms, "line")),
        Figure.none("shown twice on Telegram", books.repeated(stage.platforms, "telegram")),
        Figure.most("seconds from the last answer until everybody was told", finished, _SETTLED),
    ]
    return [replace(figure, what=f"{kind}: {figure.what}") for figure in figures]
