"""How many took part, and what they answered: numbers, each with what it is out of.

One rule: the numbers stand with the moment they were counted at. Counting a million answers takes
seconds (ARCHITECTURE.md), so they are counted once for everybody who looks within a minute.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from bot.secretariat.console.figures import Overview, overview
from bot.secretariat.console.frame import Frame
from bot.secretariat.console.office import Office
from bot.secretariat.console.policy import ANYBODY, Page, Visitor
from bot.store.tallies import Tally

#: Younger figures than FRESH are as good as new; younger ones than SHOWN stand in while new ones are counted.
FRESH: Final = timedelta(minutes=1)
SHOWN: Final = timedelta(minutes=15)


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
        self._counting = asyncio.Lock()

    async def shown(self, request: Request, visitor: Visitor) -> Response:
        counted = await self._counted(SHOWN)
        figures, tally, at = counted.figures, counted.tally, counted.at
        response = self._frame.page(request, "overview.html", visitor, figures=figures, tally=tally, at=at)
        response.background = BackgroundTask(self._counted, FRESH)
        return response

    async def _counted(self, age: timedelta) -> _Counted:
        """Figures younger than this, counted now if need be; of many who ask at once one counts."""
        if kept := self._younger(age):
            return kept
        async with self._counting:
            if kept := self._younger(age):
                return kept
            now = self._office.clock.now()
            tally = await self._office.store.tallies.count()
            self._kept = _Counted(now, tally, overview(tally, self._office.library))
            return self._kept

    def _younger(self, age: timedelta) -> _Counted | None:
        kept = self._kept
        return kept if kept and self._office.clock.now() - kept.at < age else None
