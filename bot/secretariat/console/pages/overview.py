"""How many took part, and what they answered: numbers, each with what it is out of."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from bot.secretariat.console.frame import Frame
from bot.secretariat.console.office import Office
from bot.secretariat.console.policy import ANYBODY, Page, Visitor


def pages(office: Office, frame: Frame) -> Sequence[Page]:
    """The overview, where everybody arrives."""

    async def overview(request: Request, visitor: Visitor) -> Response:
        counts = await office.store.counts()
        return frame.page(request, "overview.html", visitor, counts=counts)

    return [Page(name="overview", path="", handler=overview, roles=ANYBODY)]
