"""One's own account."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from bot.secretariat.console.frame import Frame
from bot.secretariat.console.office import Office
from bot.secretariat.console.policy import ANYBODY, Page, Visitor


def pages(office: Office, frame: Frame) -> Sequence[Page]:
    """What one's account may do, and how many recovery codes are left."""

    async def account(request: Request, visitor: Visitor) -> Response:
        return frame.page(request, "account.html", visitor)

    return [Page(name="account", path="/account", handler=account, roles=ANYBODY)]
