"""A platform's webhook: bytes in, read within limits, and a status out.

One rule: a webhook goes past what is there for people: routes with parameters, pages, their errors. It is
the one address that everybody's words come through, and half of its cost was that (docs/performance.md).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, NamedTuple

import structlog
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.runtime.guard import HEADERS

#: A call is at most a few kilobytes an event; this is far above and far below what would hurt.
BODY_BYTES: Final = 512 << 10
#: Seconds in which a body must be here.
BODY_SECONDS: Final = 10.0

_HEADERS: Final = [
    *((name.lower().encode(), value.encode()) for name, value in HEADERS.items()),
    (b"content-length", b"0"),
]

_log = structlog.get_logger("webhook")


class Refused(Exception):
    """The call is to be answered with this status and nothing else."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Call:
    """One call of the webhook."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._scope = scope
        self._receive = receive

    def header(self, name: bytes) -> bytes | None:
        """The value of a header; None when it is missing, or there several times. `name` is in lower case."""
        found = [value for key, value in self._scope["headers"] if key == name]
        return found[0] if len(found) == 1 else None

    async def body(self, seconds: float = BODY_SECONDS) -> bytes:
        """The body, read chunk by chunk: Content-Length is only what the sender says.

        Raises Refused: 413 for one over BODY_BYTES, 408 for one that is not here in time or breaks off.
        """
        body = bytearray()
        more = True
        try:
            async with asyncio.timeout(seconds):
                while more:
                    message = await self._receive()
                    if message["type"] == "http.disconnect":
                        raise ClientDisconnect
                    body += message.get("body", b"")
                    more = message.get("more_body", False)
                    if len(body) > BODY_BYTES:
                        raise Refused(413)
        except (TimeoutError, ClientDisconnect):
            raise Refused(408) from None
        return bytes(body)


class Answered(NamedTuple):
    """A status, and what is still to be done once it was sent."""

    status: int
    after: Callable[[], Awaitable[None]] | None = None


class Webhook:
    """The endpoint of a route: hands each call to `answer`, which may raise Refused."""

    def __init__(self, answer: Callable[[Call], Awaitable[Answered]]) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call. A fault of ours is 500: the platform sends again."""
        try:
            answered = await self._answer(Call(scope, receive))
        except Refused as refused:
            answered = Answered(refused.status)
        except Exception:
            _log.exception("a webhook failed")
            answered = Answered(500)
        await _say(send, answered.status)
        if answered.after:
            await answered.after()


async def _say(send: Send, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": _HEADERS})
    await send({"type": "http.response.body"})


class Straight:
    """Calls of webhooks, handed to them straight; everything else to the app that has the other routes."""

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        self._app = app
        self._webhooks = {
            route.path: route.endpoint
            for route in routes
            if isinstance(route, Route) and isinstance(route.endpoint, Webhook)
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on."""
        webhook = self._webhooks.get(scope.get("path", "")) if scope.get("method") == "POST" else None
        await (webhook or self._app)(scope, receive, send)
