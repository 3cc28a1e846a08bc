"""The console as routes: every page behind its roles, every form behind its token.

One rule: a page is reached through `_guarded` or not at all.
"""

import hmac
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.runtime.assets import Assets
from bot.runtime.guard import require_same_origin
from bot.secretariat.console import ROOT
from bot.secretariat.console.door import Door
from bot.secretariat.console.frame import Frame
from bot.secretariat.console.policy import ANYBODY, Page, Visitor
from bot.secretariat.console.signing_in import SigningIn

#: What a form may bring: an official reply or a content file is the longest field.
_FIELDS: Final = 200
_PART: Final = 256 * 1024

Endpoint = Callable[[Request], Awaitable[Response]]


class Console:
    """The secretariat's pages under /secretariat. `entrances` are the routes before one is signed in."""

    def __init__(
        self,
        frame: Frame,
        door: Door,
        signing_in: SigningIn,
        assets: Assets,
        pages: Sequence[Page],
        entrances: Sequence[BaseRoute],
    ) -> None:
        self._frame = frame
        self._door = door
        self._signing_in = signing_in
        self._assets = assets
        self._entrances = entrances
        leave = Page(name="sign-out", path="/sign-out", handler=self._leave, roles=ANYBODY, method="POST")
        #: Every page there is, for the menu and for the matrix of the tests.
        self.pages = (*pages, leave)

    def routes(self) -> list[BaseRoute]:
        """The pages, the door and the files."""
        files = Route(f"{ROOT}/static/{{version}}/{{name:path}}", self._assets.serve)
        pages = [
            Route(f"{ROOT}{page.path}", self._guarded(page), methods=[page.method], name=page.name)
            for page in self.pages
        ]
        return [files, *self._entrances, *pages]

    def _guarded(self, page: Page) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            cookie = request.cookies.get(self._door.cookie, "")
            visitor = await self._signing_in.visitor(cookie) if cookie else None
            if visitor is None:
                return RedirectResponse(f"{ROOT}/sign-in{'?over' if cookie else ''}", 303)
            await self._frame.look(request)
            if not visitor.may(page.roles):
                await self._signing_in.trail.note(visitor.name, "refused", page.name)
                return self._frame.trouble(request, "refused_title", "refused", 403, visitor)
            if page.method == "POST" and not await self._is_ours(request, visitor):
                return self._frame.trouble(request, "form_title", "form_old", 403, visitor)
            if page.personal:
                await self._signing_in.trail.note(visitor.name, "view", page.name)
            return await page.handler(request, visitor)

        return endpoint

    async def _is_ours(self, request: Request, visitor: Visitor) -> bool:
        """Whether a form of this visitor's own sent this."""
        try:
            require_same_origin(request)
        except HTTPException:
            return False
        token = (await form_of(request)).get("csrf", "")
        return isinstance(token, str) and hmac.compare_digest(token.encode(), visitor.csrf.encode())

    async def _leave(self, request: Request, visitor: Visitor) -> Response:
        await self._signing_in.leave(visitor)
        return self._door.forget(RedirectResponse(f"{ROOT}/sign-in", 303))


async def form_of(request: Request) -> FormData:
    """The form of a request, within our limits; read once, however often it is asked for."""
    return await request.form(max_files=0, max_fields=_FIELDS, max_part_size=_PART)
