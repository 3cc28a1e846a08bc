"""How often one person and one address may ask, so that a flood costs the flooder and not the others."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, NamedTuple


class Rate(NamedTuple):
    """`burst` at once, then `per_second`."""

    burst: float
    per_second: float


#: New people from one address: a meeting hall behind one address may open the page together.
NEW_SESSIONS: Final = Rate(burst=300, per_second=2)
#: Requests of one person: a tap is an event and a poll, nobody taps more than twice a second for long.
CALLS: Final = Rate(burst=60, per_second=4)
#: Files of one person: an attachment is chosen by hand, and each may take 10 MiB of memory meanwhile.
FILES: Final = Rate(burst=5, per_second=0.1)

#: Buckets kept of one sort: about 20 MB at the most. The least recently used go first.
_KEPT: Final = 50_000


class Buckets:
    """One token bucket for each key; a key never seen has a full one."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __contains__(self, key: str) -> bool:
        return key in self._levels

    def take(self, key: str) -> float:
        """Take one token; 0.0 when there was one, else the seconds until there is."""
        now = self._clock()
        level, then = self._levels.pop(key, (self._rate.burst, now))
        level = min(self._rate.burst, level + (now - then) * self._rate.per_second)
        wait = 0.0 if level >= 1 else (1 - level) / self._rate.per_second
        self._levels[key] = (level if wait else level - 1, now)
        if len(self._levels) > _KEPT:
            self._levels.popitem(last=False)
        return wait


class Limits:
    """The limits of the web chat; every answer is 0.0 or the seconds to wait."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._new = Buckets(NEW_SESSIONS, clock)
        self._calls = Buckets(CALLS, clock)
        self._files = Buckets(FILES, clock)

    def call(self, session: str, address: str) -> float:
        """One request. A session not seen lately counts as new, so making sessions up gains nothing."""
        if session not in self._calls and (wait := self._new.take(address)):
            return wait
        return self._calls.take(session)

    def file(self, session: str) -> float:
        """One file, beside the request it comes in."""
        return self._files.take(session)
