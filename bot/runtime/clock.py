"""The one place where the time of day is read. Everything else is handed a `Clock`."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

import structlog

from bot.errors import StoreError
from bot.store import Processes

#: Seconds that a process's clock may differ from the database's. Two processes then differ by twice that,
#: which is less than a lease goes on after the attempt that it is for has been given up.
APART: Final = 4.0

#: How far the machine's clock may be from ours before we take it to have been set, and follow it no more.
SET: Final = timedelta(minutes=1)
#: By how much of each second we go faster or slower to make up for less than that. A lease of 60 s, of which
#: an attempt takes 50, bears it.
_FASTER: Final = 0.1
#: On Linux this goes on while the machine sleeps.
_BOOT: Final[int | None] = getattr(time, "CLOCK_BOOTTIME", None)

_log = structlog.get_logger("clock")


class Clock(Protocol):
    """Something that knows what time it is."""

    def now(self) -> datetime:
        """The present moment, timezone-aware UTC."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present moment, timezone-aware UTC."""
        return datetime.now(UTC)


_MACHINE: Final = SystemClock()


def _passed() -> float:
    """Seconds since some moment, by a clock that nobody can set."""
    return time.monotonic() if _BOOT is None else time.clock_gettime(_BOOT)


class SteadyClock:
    """The clock of a process that serves: it starts with the machine's and never jumps.

    One rule: what is leased, due, old or signed in for so long is measured by time that passed, never by
    somebody's having set the machine's clock. Less than SET, as NTP corrects it, is made up for little by
    little. More is not followed before the next start: nobody can tell here which of the two is right.
    """

    def __init__(self, machine: Clock = _MACHINE, passed: Callable[[], float] = _passed) -> None:
        self._machine = machine
        self._passed = passed
        self._read = passed()
        self._moment = machine.now()
        self._was_set = False

    def now(self) -> datetime:
        """The present moment, timezone-aware UTC; never before what it said earlier."""
        seconds = self._passed() - self._read
        self._read += seconds
        self._moment += timedelta(seconds=seconds)
        ahead = self._machine.now() - self._moment
        if abs(ahead) <= SET:
            most = timedelta(seconds=seconds * _FASTER)
            self._moment += max(-most, min(ahead, most))
        self._tell(ahead)
        return self._moment

    def was_set(self) -> bool:
        """Whether the machine's clock is not the one that this process started with."""
        self.now()
        return self._was_set

    def _tell(self, ahead: timedelta) -> None:
        if self._was_set == (abs(ahead) > SET):
            return
        self._was_set = not self._was_set
        if self._was_set:
            _log.error(
                "the machine's clock was set; the bot goes on by the time that passed and lets go of nothing."
                " If the clock is right now, restart the bot",
                seconds=round(ahead.total_seconds()),
            )
        else:
            _log.info("the machine's clock is right again")


async def require_time(processes: Processes, clock: Clock) -> None:
    """Raise StoreError when the clock is not the one that other processes on the same database go by.

    A process whose clock is ahead would take letters out of the hands of others that are still sending them.
    """
    apart = await processes.apart(clock.now)
    if abs(apart) > APART:
        raise StoreError(
            f"This machine's clock is {abs(apart):.0f} s {'behind' if apart > 0 else 'ahead of'} the"
            " database's, and processes that share a database must agree on the time. Nothing was started."
            " Have both machines set their clocks by NTP."
        )
