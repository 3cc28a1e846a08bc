"""A worker over rows that are leased from the store: letters to send, files to fetch.

One rule: nothing is looked for in vain. The worker sleeps until something is committed, something it
works on has ended, or a row falls due; a lease that a dead process left behind falls due by itself. Only
where other processes write rows as well, of which none here is told, it looks once in a while: whoever
wrote them may be dead, or have its hands full.
"""

import asyncio
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from typing import Final, Generic, Protocol, TypeVar

import structlog

from bot.errors import StoreError
from bot.runtime.clock import Clock

Job = TypeVar("Job")
Done = TypeVar("Done")

#: How long to leave a store alone that does not answer, in seconds.
_STORE_REST: Final = 1.0
#: Seconds after `close` in which what is due is still begun: what was accepted last is to be said, too.
_DRAINING: Final = 1.0
#: Seconds between two looks where others write rows too. A look that finds nothing takes two milliseconds.
LOOK: Final = 1.0
#: The least time between two looks at a row that is due and that another process holds, in seconds.
_HELD_REST: Final = 0.05

#: Seconds in which what ends is gathered, to be written down together: most of what a round costs it costs
#: however much it settles. A commit comes sooner where there are many people, and then nobody waits for this.
_GATHERING: Final = 0.01

_log = structlog.get_logger("leases")


class Work(Protocol[Job, Done]):
    """Rows to lease and what to do with one. Only `perform` talks to anyone outside."""

    async def turn_over(
        self, done: list[Done], now: datetime, limit: int
    ) -> tuple[list[Job], datetime | None]:
        """Write down what became of rows, and take at most `limit` that are due, for this worker for a while.

        Also when a row may next be taken, where fewer than `limit` were due; None when there is none. In one
        transaction: three cost three times as much, and where one row is settled the next often falls due.
        """

    async def perform(self, job: Job) -> Done:
        """Do it, with no transaction open. Never raises, and ends before the lease does."""


class Worker(Generic[Job, Done]):
    """Leases, performs at most `at_once` jobs beside each other, and settles.

    `shared` says that other processes work on the same rows.
    """

    def __init__(self, work: Work[Job, Done], clock: Clock, at_once: int, *, shared: bool = False) -> None:
        self._work = work
        self._clock = clock
        self._at_once = at_once
        self._most = LOOK if shared else None
        self._busy: set[asyncio.Future[Done]] = set()
        self._done: list[Done] = []
        self._awake = asyncio.Event()
        self._gathering: asyncio.TimerHandle | None = None
        self._closed = False
        self._last = 0.0

    def wake(self) -> None:
        """Look for rows now: something was committed."""
        self._awake.set()

    def close(self) -> None:
        """Begin what is due now, and no more; `run` returns once everything leased is settled."""
        self._closed = True
        self._last = asyncio.get_running_loop().time() + _DRAINING
        self._awake.set()

    async def run(self) -> None:
        """Work until `close`. When cancelled, what is not settled falls due again by itself."""
        try:
            while not await self._round():
                pass
        finally:
            for task in self._busy:
                task.cancel()

    async def _round(self) -> bool:
        """Settle, lease, and sleep until there is more to do; whether all is done and closed."""
        self._awake.clear()
        if self._gathering:
            self._gathering.cancel()
            self._gathering = None
        try:
            rest = await self._turn_over()
        except StoreError as error:
            _log.error("the store does not answer", error=type(error).__name__)
            rest = _STORE_REST
        if self._closed and not self._busy and not self._done and not self._beginning():
            return True
        with suppress(TimeoutError):
            async with asyncio.timeout(rest):
                await self._awake.wait()
        return False

    async def _turn_over(self) -> float | None:
        """Settle, and begin what is due; how many seconds until the next look, None for "until woken"."""
        settling = list(self._done)
        free = 0 if self._closed and not self._beginning() else self._at_once - len(self._busy)
        if not settling and not free:
            return None
        now = self._clock.now()
        jobs, due = await self._work.turn_over(settling, now, free)
        del self._done[: len(settling)]
        for job in jobs:
            task = asyncio.ensure_future(self._work.perform(job))
            self._busy.add(task)
            task.add_done_callback(self._ended)
        if self._closed and not jobs:
            self._last = 0.0
        if self._closed or len(jobs) == free:
            return None
        rest = None if due is None else max(_HELD_REST, (due - now).total_seconds())
        return rest if self._most is None or (rest is not None and rest < self._most) else self._most

    def _beginning(self) -> bool:
        """Whether, after `close`, there may still be something due."""
        return asyncio.get_running_loop().time() < self._last

    def _ended(self, task: asyncio.Future[Done]) -> None:
        self._busy.discard(task)
        if not task.cancelled():
            self._done.append(task.result())
        if self._closed:
            self._awake.set()
        elif self._gathering is None:
            self._gathering = asyncio.get_running_loop().call_later(_GATHERING, self._awake.set)


def backoff(id_: str, attempt: int, first: float, most: float) -> float:
    """Seconds to wait after a failed attempt: doubling from `first` to `most`, less up to half.

    The part that is taken off follows from the id and the attempt, so that many rows that failed
    together do not come back together, and a test sees the same value twice.
    """
    share = int.from_bytes(sha256(f"{id_}\n{attempt}".encode()).digest()[:4], "big") / 2**32
    return min(most, first * 2.0 ** min(attempt - 1, 32)) * (1 - share / 2)
