"""What the page calls. Every answer is JSON; 200 to an event means it is committed."""

import asyncio
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import unquote

from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.channels.web import wire
from bot.channels.web.limits import Limits
from bot.channels.web.session import Sessions
from bot.errors import UnavailableError
from bot.runtime.channel import Incoming, Mailbox, Submit, Uploads
from bot.runtime.guard import read_body, require_same_origin, require_type

#: 10,000 Thai letters take 30,000 bytes in UTF-8; nobody types more into a chat.
MAX_EVENT: Final = 32 * 1024
EVENT_SECONDS: Final = 10.0
#: 10 MiB at 1 Mbit/s, a slow phone's upload, takes 84 s.
FILE_SECONDS: Final = 150.0
#: Files read at the same time: bounds the memory they take to this many times the limit of one.
FILES_AT_ONCE: Final = 8
#: Under the 30 s after which many proxies and mobile networks drop a silent connection.
POLL_SECONDS: Final = 25.0
#: A letter is at most a few messages; one may carry the person's own data as documents.
MAX_PREVIEW: Final = 1024 * 1024
#: When to come back after 503, in seconds: the database restarts or a slot for a file comes free.
_RETRY_AFTER: Final = 2

_JSON: Final = "application/json"
_BYTES: Final = "application/octet-stream"


@dataclass(kw_only=True)
class Api:
    """The endpoints under /chat, each one method."""

    submit: Submit
    mailbox: Mailbox
    uploads: Uploads
    sessions: Sessions
    limits: Limits
    clock: Callable[[], datetime]
    words: Mapping[str, str]
    previews: Mapping[str, wire.Preview]
    max_upload: int

    def __post_init__(self) -> None:
        self._file_slots = asyncio.Semaphore(FILES_AT_ONCE)

    def routes(self) -> list[Route]:
        """The routes, relative to /chat. There is a preview only where there is something to show."""
        routes = [
            Route("/events", self.take_event, methods=["POST"]),
            Route("/files", self.take_file, methods=["POST"]),
            Route("/letters", self.give_letters),
            Route("/latest", self.give_latest),
        ]
        if self.previews:
            routes.append(Route("/preview", self.give_previews, methods=["POST"]))
        return routes

    async def take_event(self, request: Request) -> Response:
        """One thing the person did: {"id", "kind": "opened" | "typed" | "pressed", "text" | "token"}."""
        session = self._known(request, _JSON)
        raw = await read_body(request, MAX_EVENT, EVENT_SECONDS)
        event = wire.read_event(raw, session, self.clock())
        if event is None:
            raise HTTPException(400, "The body is not an event: see bot/channels/web/wire.py.")
        await self.submit([Incoming(event, session)])
        return JSONResponse({"ok": True})

    async def take_file(self, request: Request) -> Response:
        """A file: its bytes are the body, `?id=` is the act, X-File-Name the name, percent-encoded UTF-8."""
        session = self._known(request, _BYTES)
        act = wire.read_uuid(request.query_params.get("id", ""))
        if act is None:
            raise HTTPException(400, "The id of a file is a UUID.")
        if wait := self.limits.file(session):
            raise self._too_fast(wait)
        if self._file_slots.locked():
            raise _unavailable("As many files as can be read at once are being read.")
        async with self._file_slots:
            content = await read_body(request, self.max_upload, FILE_SECONDS)
            body = await self.uploads.keep(session, content, unquote(request.headers.get("x-file-name", "")))
        await self.submit([Incoming(wire.event_of(session, act, self.clock(), body), session)])
        return JSONResponse({"ok": True})

    async def give_letters(self, request: Request) -> Response:
        """The letters after `?after=`, as soon as there are any; an empty list after 25 s."""
        session = self._known(request)
        after = request.query_params.get("after", "")
        if not (after.isascii() and after.isdigit() and len(after) <= 18):
            raise HTTPException(400, "`after` is the seq of a letter, or 0.")
        letters = await self.mailbox.wait(session, int(after), POLL_SECONDS)
        return Response(wire.letters_json(letters), media_type=_JSON)

    async def give_latest(self, request: Request) -> Response:
        """Who the page talks as and the newest letter; where a session begins if the page brought none.

        A link from another site opens the page without its SameSite=Strict cookie; this request has it.
        """
        session = self.sessions.of(request) or self.sessions.new()
        self._allow(request, session)
        response = Response(
            wire.latest_json(session, await self.mailbox.latest(session)),
            media_type=_JSON,
        )
        self.sessions.remember(response, session)
        return response

    async def give_previews(self, request: Request) -> Response:
        """The messages of the body as the other platforms would be sent them."""
        self._known(request, _JSON)
        messages = wire.read_messages(await read_body(request, MAX_PREVIEW, EVENT_SECONDS))
        if messages is None:
            raise HTTPException(400, "The body is not messages: see bot/dialogue/messages.py.")
        return Response(wire.previews_json(messages, self.previews), media_type=_JSON)

    def _known(self, request: Request, media_type: str = "") -> str:
        """The session of a request that may go on; with a media type, of one that changes something."""
        if media_type:
            require_same_origin(request)
            require_type(request, media_type)
        session = self.sessions.of(request)
        if session is None:
            raise HTTPException(401, "There is no session: GET /chat/latest begins one.")
        self._allow(request, session)
        return session

    def _allow(self, request: Request, session: str) -> None:
        address = request.client.host if request.client else ""
        if wait := self.limits.call(session, address):
            raise self._too_fast(wait)

    def _too_fast(self, wait: float) -> HTTPException:
        return HTTPException(429, self.words["too_fast"], {"Retry-After": str(math.ceil(wait))})


def _unavailable(detail: str) -> HTTPException:
    return HTTPException(503, detail, {"Retry-After": str(_RETRY_AFTER)})


async def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


async def _refuse_for_now(request: Request, _: Exception) -> Response:
    return await _refuse(request, _unavailable("The database does not answer; nothing was stored."))


#: Turns what the endpoints raise into JSON, inside the security headers; 404 and 405 too.
ERRORS_AS_JSON: Final = Middleware(
    ExceptionMiddleware, handlers={HTTPException: _refuse, UnavailableError: _refuse_for_now}
)
