"""The one place where the time of day is read. Everything else is handed a `Clock`."""

from datetime import UTC, datetime
from typing import Final, Protocol

from bot.errors import StoreError
from bot.store import Processes

#: Seconds that a process's clock may differ from the database's. Two processes then differ by twice that,
#: which is less than a lease goes on after the attempt that it is for has been given up.
APART: Final = 4.0


class Clock(Protocol):
    """Something that knows what time it is."""

    def now(self) -> datetime:
        """The present moment, timezone-aware UTC."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present moment, timezone-aware UTC."""
        return datetime.now(UTC)


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
