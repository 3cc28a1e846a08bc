"""The web chat as the runtime knows it. People fetch their messages here, so nothing is ever sent to them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route, Router

from bot.channels.web.api import ERRORS_AS_JSON, MAX_EVENT, Api
from bot.channels.web.limits import Limits
from bot.channels.web.page import STATIC, render_page
from bot.channels.web.session import Sessions
from bot.channels.web.wire import NAME, Preview
from bot.runtime.assets import Assets
from bot.runtime.channel import (
    Delivered,
    Fate,
    FetchedFile,
    FileGoneError,
    Incoming,
    Mailbox,
    Parcel,
    Submit,
    Uploads,
)
from bot.runtime.guard import SecurityHeaders


@dataclass(kw_only=True)
class WebChannel:
    """The page at / and /chat, and what it calls under /chat/.

    `words` are those of `load_words`. `secure_cookies` is whether the site is reached over https.
    `clock` gives the time in UTC, which becomes the time of an event. `previews` renders messages as
    another platform would be sent them, by its name ("line", "telegram"); empty unless a local run.
    `max_upload` is in bytes.
    """

    mailbox: Mailbox
    uploads: Uploads
    words: Mapping[str, str]
    clock: Callable[[], datetime]
    secure_cookies: bool
    previews: Mapping[str, Preview] = field(default_factory=dict)
    max_upload: int = 10 * 1024 * 1024
    limits: Limits = field(default_factory=Limits)

    name = NAME
    pulls = True
    replies_for = None

    def routes(self, submit: Submit) -> Sequence[BaseRoute]:
        """The page, its files and its API, with the security headers on whatever they answer."""
        sessions = Sessions(secure=self.secure_cookies)
        assets = Assets(STATIC)
        settings = {"maxEvent": MAX_EVENT, "maxUpload": self.max_upload, "previews": list(self.previews)}
        page = render_page(self.words, assets.version, settings)
        api = Api(
            submit=submit,
            mailbox=self.mailbox,
            uploads=self.uploads,
            sessions=sessions,
            limits=self.limits,
            clock=self.clock,
            words=self.words,
            previews=self.previews,
            max_upload=self.max_upload,
        )

        async def show_page(request: Request) -> Response:
            response = HTMLResponse(page)
            session = sessions.of(request)
            # From another site the browser holds its SameSite=Strict cookie back: a new one would
            # overwrite it. The page's first request brings it, or begins a session.
            if session is None and request.headers.get("sec-fetch-site") != "cross-site":
                session = sessions.new()
            if session is not None:
                sessions.remember(response, session)
            return response

        files = Route("/static/{version}/{name:path}", assets.serve)
        headers = Middleware(SecurityHeaders)
        return [
            Route("/", show_page, middleware=[headers]),
            Route("/chat", show_page, middleware=[headers]),
            Mount(
                "/chat",
                Router([*api.routes(), files], redirect_slashes=False),
                middleware=[headers, ERRORS_AS_JSON],
            ),
        ]

    async def start(self) -> None:
        """Nothing to open."""

    async def stop(self) -> None:
        """Nothing to close."""

    async def deliver(self, parcel: Parcel) -> Delivered:
        """Never called for a channel that pulls; the letters wait in the mailbox."""
        return Delivered(Fate.REFUSED, detail="the web chat is read from the mailbox, not sent to")

    async def acknowledge(self, incoming: Incoming) -> None:
        """Nothing to show: the page itself says that it is waiting."""

    async def fetch(self, ref: str, limit: int) -> FetchedFile:
        """Never called either: a file's bytes come with the page's own request. Raises FileGoneError."""
        raise FileGoneError
