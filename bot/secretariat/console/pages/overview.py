"""How many took part, and what they answered: numbers, each with what it is out of.

One rule: nobody waits for a count. A million answers take seconds (ARCHITECTURE.md), so they are counted
once for everybody who looks within a minute; who comes while that goes on sees the figures before, with
the moment they are of, and the page asks again by itself.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from bot.secretariat.console.figures import Overview, overview
from bot.secretariat.console.frame import Frame
from bot.secretariat.console.office import Office
from bot.secretariat.console.policy import ANYBODY, Page, Visitor
from bot.store.tallies import Tally

#: Younger figures are as good as new.
FRESH: Final = timedelta(minutes=1)
#: Seconds that a page waits for a count: under the 300 ms that a page may take in all (PEERS-PERF.md), and
#: enough for 50,000 answers.
PATIENCE: Final = 0.15


def pages(office: Office, frame: Frame) -> Sequence[Page]:
    """The overview, where everybody arrives."""
    return [Page(name="overview", path="", handler=_Overview(office, frame).shown, roles=ANYBODY)]


class _Counted(Struct, frozen=True):
    """Figures, and when they were counted."""

    at: datetime
    tally: Tally
    figures: Overview


class _Overview:
    def __init__(self, office: Office, frame: Frame) -> None:
        self._office = office
        self._frame = frame
        self._kept: _Counted | None = None
        self._counting: asyncio.Task[None] | None = None

    async def shown(self, request: Request, visitor: Visitor) -> Response:
        if self._kept is None or self._office.clock.now() - self._kept.at >= FRESH:
            await self._wait()
        return self._frame.page(
            request, "overview.html", visitor, kept=self._kept, counting=self._counting is not None
        )

    async def _wait(self) -> None:
        """Give a count the time a page has; of many who ask at once one counts. Raises what that raises."""
        if self._counting is None:
            self._counting = asyncio.create_task(self._count())
        counting = self._counting
        await asyncio.wait([counting], timeout=PATIENCE)
        if counting.done():
            counting.result()

    async def _count(self) -> None:
        try:
            now = self._office.clock.now()
            tally = await self._office.store.tallies.count()
            self._kept = _Counted(now, tally, overview(tally, self._office.library))
        finally:
            self._counting = None
