"""The cookie that says who is there: 256 random bits and nothing else. Whoever holds it is that person."""

import re
import secrets
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

#: 32 bytes in unpadded URL-safe base64.
_SESSION: Final = re.compile(r"[A-Za-z0-9_-]{43}")

#: 30 days, counted anew at each visit: people come back within a consultation, seldom after it.
_SECONDS: Final = 30 * 24 * 60 * 60


class Sessions:
    """Reads and writes the cookie. `secure` is whether the site is reached over https."""

    def __init__(self, *, secure: bool) -> None:
        self._secure = secure
        # The prefix has the browser itself refuse the cookie without Secure or from a subdomain.
        self.cookie = "__Host-ruamkhit" if secure else "ruamkhit"

    def of(self, request: Request) -> str | None:
        """The session of a request; None when it has none or not one of ours."""
        value = request.cookies.get(self.cookie, "")
        return value if _SESSION.fullmatch(value) else None

    def new(self) -> str:
        """A session nobody has."""
        return secrets.token_urlsafe(32)

    def remember(self, response: Response, session: str) -> None:
        """Have the browser keep the session from now on."""
        response.set_cookie(
            self.cookie,
            session,
            max_age=_SECONDS,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="strict",
        )
