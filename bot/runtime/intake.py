"""The way in: events wait here for the batch they fall into.

One rule: `submit` returns only after the commit. One worker takes everything that waits, up to BATCH
events, as one transaction; while it is in the database the next batch gathers, so there is no timer
and a lone event waits for nobody (figures in DESIGN.md).
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, NamedTuple

import structlog

from bot.errors import UnavailableError
from bot.runtime.channel import Broken, Incoming
from bot.runtime.edge import cleaned, event_id

#: Events in one transaction; beyond it a turn gets no cheaper (measured, DESIGN.md).
BATCH: Final = 256
#: Events that may wait: about a second's worth at the measured pace. Beyond it a platform asks again later.
WAITING: Final = 4_096

#: Commits events, each of them once. Raises UnavailableError when they are not known to be stored.
Commit = Callable[[Sequence[Incoming | Broken]], Awaitable[None]]

_log = structlog.get_logger("intake")


class _Submission(NamedTuple):
    """What one call of `submit` brought, and the future of whoever waits for it."""

    events: Sequence[Incoming | Broken]
    done: asyncio.Future[None]


class Intake:
    """The queue before the transaction, and its one worker."""

    def __init__(self, commit: Commit) -> None:
        self._commit = commit
        self._queue: deque[_Submission] = deque()
        self._waiting = 0
        self._awake = asyncio.Event()
        self._closed = False

    async def submit(self, incomings: Sequence[Incoming | Broken]) -> None:
        """Take events in; returns when they are committed, each of them once.

        Raises UnavailableError when they are not: too many wait, the database does not answer, or the
        process is stopping. Whoever sent them may send them again.
        """
        if self._closed:
            raise UnavailableError("The process is stopping and takes nothing more in; send it again.")
        if self._waiting + len(incomings) > WAITING:
            raise UnavailableError("More events wait than can be taken in soon; send it again.")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(_Submission([cleaned(incoming) for incoming in incomings], done))
        self._waiting += len(incomings)
        self._awake.set()
        await done

    def close(self) -> None:
        """Take nothing more in; `run` returns once everything that waits is committed."""
        self._closed = True
        self._awake.set()

    async def run(self) -> None:
        """Work until `close`. When cancelled, those who wait are told that nothing is certain."""
        try:
            while self._queue or not self._closed:
                self._awake.clear()
                while self._queue:
                    await self._take(self._next())
                if not self._closed:
                    await self._awake.wait()
        finally:
            self._closed = True
            stopped = UnavailableError("The process was stopped before this was stored; send it again.")
            _resolve(self._queue, stopped)

    def _next(self) -> list[_Submission]:
        """The submissions of the next batch: the oldest one, and more while they fit."""
        batch = [self._queue.popleft()]
        size = len(batch[0].events)
        while self._queue and size + len(self._queue[0].events) <= BATCH:
            batch.append(self._queue.popleft())
            size += len(batch[-1].events)
        self._waiting -= size
        return batch

    async def _take(self, batch: list[_Submission]) -> None:
        """Commit a batch, each event once, and tell those who wait for it."""
        events = {event_id(event): event for submission in batch for event in submission.events}
        failure: UnavailableError | None = UnavailableError("It is not known to be stored; send it again.")
        try:
            await self._commit(list(events.values()))
            failure = None
        except UnavailableError as error:
            _log.error("events are not stored", count=len(events), error=type(error).__name__)
            failure = error
        except Exception:  # a fault of this program must not end the only way in
            _log.exception("events are not stored", count=len(events))
        finally:
            _resolve(batch, failure)


def _resolve(submissions: Iterable[_Submission], failure: UnavailableError | None) -> None:
    for submission in submissions:
        if submission.done.done():  # whoever waited has gone
            continue
        if failure is None:
            submission.done.set_result(None)
        else:
            submission.done.set_exception(failure)
