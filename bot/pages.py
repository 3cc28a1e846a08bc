"""The few pages beside the chat: a copy of one's data, and what went wrong.

One rule: a page about a failure says nothing about the machine, and the same whoever asks.
"""

from html import escape
from typing import Final
from urllib.parse import quote

from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.dialogue import Document
from bot.errors import StoreError
from bot.library import Library
from bot.runtime.clock import Clock
from bot.runtime.identity import Identity
from bot.store import Store
from handlers import copy_of

#: The largest body of any request: a file of 10 MiB, and room around it.
MAX_BODY: Final = 11 * 1024 * 1024

#: Seconds after which a client that was told "not now" may ask again.
_RETRY_AFTER: Final = "5"

#: The phrase that explains each status; the others are explained by the last.
_PHRASES: Final = {404: "page_missing", 405: "page_missing", 413: "page_too_large", 503: "page_busy"}
_TROUBLE: Final = "page_trouble"


class BodyLimit:
    """Refuses with 413 whatever sends over MAX_BODY bytes, without reading on; a second lock behind
    the limits of the routes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, counting what is read of it."""
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > MAX_BODY:
                raise HTTPException(413)
            return message

        await self._app(scope, counted, send)


class Pages(Struct, frozen=True):
    """The pages in the words of a library."""

    library: Library

    def failure(self, request: Request, error: Exception) -> Response:
        """What to answer when something was raised: an HTTPException, a StoreError or a fault of ours."""
        match error:
            case HTTPException(status_code=status):
                headers = dict(error.headers or {})
            case StoreError():
                status, headers = 503, {"Retry-After": _RETRY_AFTER}
            case _:
                status, headers = 500, {}
        return self.page(_PHRASES.get(status, _TROUBLE), status=status, headers=headers)

    def page(
        self, phrase: str, body: str = "", *, status: int = 200, headers: dict[str, str] | None = None
    ) -> Response:
        """A phrase as a page: its first line is the title. `body` is HTML."""
        title, *lines = (escape(line) for line in self.library.phrases[phrase].lines)
        told = "".join(f"<p>{line}</p>" for line in lines)
        document = (
            f'<!doctype html><html lang="th"><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width"><title>{title}</title>'
            f"<h1>{title}</h1>{told}{body}"
        )
        return HTMLResponse(document, status, headers)


class Copies(Struct, frozen=True):
    """The copy of a person's data, for channels that cannot hand over a file.

    A signed link opens a page that lists the documents, each a file to save; all is made afresh from
    what is stored when it is asked for. A link that is forged, old or about nobody leads nowhere, and
    does not say which of these it is.
    """

    store: Store
    library: Library
    identity: Identity
    clock: Clock
    pages: Pages

    def path(self, channel: str, sender: str) -> str:
        """Where the copy of a person is fetched, by the channel and its id of them."""
        person = self.identity.pseudonym(channel, sender)
        return f"/copy/{self.identity.link_token(person, self.clock.now())}"

    def routes(self) -> list[BaseRoute]:
        """The page and the files."""
        return [Route("/copy/{token}", self._list), Route("/copy/{token}/{name}", self._file)]

    async def _list(self, request: Request) -> Response:
        documents = await self._documents(request)
        if not documents:
            return self.pages.page("page_copy_over", status=404)
        # Relative, because a proxy may serve us under another path.
        base = quote(request.path_params["token"])
        links = (f'<li><a href="{base}/{quote(d.name)}" download>{escape(d.name)}</a>' for d in documents)
        return self.pages.page("page_copy", f"<ul>{''.join(links)}</ul>")

    async def _file(self, request: Request) -> Response:
        wanted = request.path_params["name"]
        found = next((d for d in await self._documents(request) if d.name == wanted), None)
        if found is None:
            return self.pages.page("page_copy_over", status=404)
        disposition = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name)}"}
        return Response(found.text, media_type=f"{found.media_type}; charset=utf-8", headers=disposition)

    async def _documents(self, request: Request) -> tuple[Document, ...]:
        owner = self.identity.link_owner(request.path_params["token"], self.clock.now())
        person = await self.store.people.load(owner) if owner else None
        return copy_of(person, self.library) if person else ()
