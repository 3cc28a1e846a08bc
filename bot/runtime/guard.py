"""What every request must pass and every response carries. Deny by default."""

import asyncio
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: ASVS 5.0.0 3.4.3 to 3.4.6: only our own files, no frames, no inline script or style.
HEADERS: Final = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "font-src 'self'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        )
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class SecurityHeaders:
    """Adds the headers to every response that has not set its own. Harmless when applied twice."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def require_same_origin(request: Request) -> None:
    """Raise 403 unless a page of ours sent this.

    Browsers say so in Sec-Fetch-Site; the older ones in Origin. A request with neither is no page's.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        ours = site == "same-origin"
    else:
        origin = urlsplit(request.headers.get("origin", "")).netloc
        ours = bool(origin) and origin == request.headers.get("host")
    if not ours:
        raise HTTPException(403, "This is only for the chat's own page (Sec-Fetch-Site or Origin).")


def require_type(request: Request, media_type: str) -> None:
    """Raise 415 unless the body says to be this: a form of another site can say only three other types."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != media_type:
        raise HTTPException(415, f"The body must be {media_type}.")


async def read_body(request: Request, limit: int, seconds: float) -> bytes:
    """The body, of which no more than `limit` bytes are ever kept.

    Raises 413 when it is longer, 408 when it takes over `seconds`, 400 when it breaks off.
    """
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told[:20]) > limit:  # none of it is read, where the sender says so
        raise HTTPException(413, f"The body may have {limit} bytes.")
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                if len(body) + len(chunk) > limit:
                    raise HTTPException(413, f"The body may have {limit} bytes.")
                body += chunk
    except TimeoutError:
        raise HTTPException(408, f"The body took over {seconds} seconds.") from None
    except ClientDisconnect:
        raise HTTPException(400, "The body broke off.") from None
    return bytes(body)
