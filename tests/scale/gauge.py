"""What a load costs: processor time of the bots and of PostgreSQL, what was written, and who waited for whom."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from time import perf_counter
from typing import Final

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import psutil
from msgspec import Struct

from tests.scale.fleet import cpu_of

#: Seconds between two looks at who waits.
LOOK: Final = 0.02

_WAITING: Final = """
    SELECT coalesce(wait_event_type, ''), coalesce(wait_event, ''), count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active' GROUP BY 1, 2
"""
# The counter of pg_stat_database comes a second late, the two others at once.
_COUNTED: Final = """
    SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS written,
           pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint AS wal,
           deadlocks
    FROM pg_stat_database WHERE datname = current_database()
"""


class Cost(Struct, kw_only=True):
    """What some seconds cost. `bots` and `postgresql` are seconds of processor.

    `written` are transactions that wrote, `wal` bytes of the write-ahead log. `waited` are the seconds that
    sessions waited, added up, by the kind of what they waited for and its name, as pg_stat_activity has them.
    """

    seconds: float = 0.0
    bots: float = 0.0
    postgresql: float = 0.0
    written: int = 0
    wal: int = 0
    deadlocks: int = 0
    looks: int = 0
    waited: Counter[tuple[str, str]]

    def waited_for(self, *kinds: str) -> float:
        """Seconds that sessions waited for these kinds of things (Lock, LWLock, IO …)."""
        return sum(seconds for (kind, _), seconds in self.waited.items() if kind in kinds)


@asynccontextmanager
async def gauged(url: str, bots: Sequence[int]) -> AsyncIterator[Cost]:
    """What the block costs the bots of these process ids and the PostgreSQL at `url`; whole once it ends.

    The gauge's own session is left out of the processor time; it writes nothing and waits for nobody.
    """
    cost = Cost(waited=Counter())
    connection = await asyncpg.connect(url)
    try:
        own = await connection.fetchval("SELECT pg_backend_pid()")
        postmaster = psutil.Process(own).parent()
        before = await connection.fetchrow(_COUNTED)
        bots_before, postgresql_before = _used(bots), _used(_sessions(postmaster, own))
        began = perf_counter()
        looking = asyncio.create_task(_look(connection, cost))
        try:
            yield cost
        finally:
            looking.cancel()
            await asyncio.wait([looking])
        cost.seconds = perf_counter() - began
        cost.bots = _since(bots_before, _used(bots))
        cost.postgresql = _since(postgresql_before, _used(_sessions(postmaster, own)))
    finally:
        connection.terminate()
    # Of a new session: a statement that is given up in its middle leaves the old one in an unknown state.
    connection = await asyncpg.connect(url)
    after = await connection.fetchrow(_COUNTED)
    await connection.close()
    for name in ("written", "wal", "deadlocks"):
        setattr(cost, name, after[name] - before[name])


async def _look(connection: asyncpg.Connection, cost: Cost) -> None:
    last = perf_counter()
    while True:
        await asyncio.sleep(LOOK)
        seen = await connection.fetch(_WAITING)
        now = perf_counter()
        for kind, name, sessions in seen:
            cost.waited[kind, name] += sessions * (now - last)
        cost.looks += 1
        last = now


def _sessions(postmaster: psutil.Process, own: int) -> Sequence[int]:
    """Every process of the server but the gauge's own session."""
    return [postmaster.pid, *(child.pid for child in postmaster.children() if child.pid != own)]


def _used(pids: Sequence[int]) -> dict[int, float]:
    used = {}
    for pid in pids:
        with suppress(FileNotFoundError):  # autovacuum's workers come and go
            used[pid] = cpu_of(pid)
    return used


def _since(before: dict[int, float], after: dict[int, float]) -> float:
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())
