"""Signing in with the office's own accounts, at a provider: the two routes, and what crosses to it and back.

One rule: a provider proves who somebody is and nothing else. Accounts and roles are ours, and whoever has
no account here gets nothing, in the same words as every other failure.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

import msgspec
import structlog
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.runtime.sealing import SealError
from bot.secretariat.console import ROOT
from bot.secretariat.console.credentials import Codes
from bot.secretariat.console.door import Door, address_of
from bot.secretariat.console.frame import Frame
from bot.secretariat.console.signing_in import Proved, SignedIn, SigningIn, Waiting

#: Where a sign-in begins, and where the provider sends the browser back to.
BEGIN: Final = f"{ROOT}/oidc"
BACK: Final = f"{BEGIN}/back"

#: How long a sign-in at the provider may take.
LIFE: Final = timedelta(minutes=10)

_log = structlog.get_logger("oidc")


class ProviderError(Exception):
    """The provider cannot be asked, or what it said is not to be believed; the message names no value."""


class Begun(Struct, frozen=True):
    """A sign-in that was begun: random texts that must come back, each in its own way.

    `state` comes back in the address, `nonce` in the token; `verifier` is shown to the provider alone, of
    which it was told the hash before (RFC 7636).
    """

    state: str
    nonce: str
    verifier: str


class Provider(Protocol):
    """Somebody who knows who people are."""

    async def begin(self) -> tuple[Begun, str]:
        """A new sign-in, and the address the browser is sent to. Raises ProviderError."""

    async def finish(self, begun: Begun, told: Mapping[str, str]) -> Proved:
        """Who it is, from what the address told that the browser came back with. Raises ProviderError."""


class _Kept(Struct, frozen=True):
    """What the cookie holds, sealed; `until` in seconds since 1970."""

    begun: Begun
    until: float


class ProviderDoor:
    """The routes of a provider. The cookie of a sign-in that was begun binds it to the browser."""

    def __init__(self, provider: Provider, door: Door, frame: Frame, signing_in: SigningIn) -> None:
        self._provider = provider
        self._door = door
        self._frame = frame
        self._signing_in = signing_in
        self.cookie = f"{door.cookie}-oidc"

    def routes(self) -> list[BaseRoute]:
        """Begin, and come back. A link and not a form: our policy lets no form lead elsewhere."""
        return [
            Route(BEGIN, self._begin, methods=["GET"]),
            Route(BACK, self._come_back, methods=["GET"]),
        ]

    async def _begin(self, request: Request) -> Response:
        try:
            begun, address = await self._provider.begin()
        except ProviderError as error:
            _log.error("the provider cannot be asked", detail=str(error))
            return self._failed(request, 503)
        now = self._signing_in.clock.now()
        kept = _Kept(begun, (now + LIFE).timestamp())
        response = RedirectResponse(address, 303)
        response.set_cookie(
            self.cookie,
            _sealed(self._signing_in.codes, kept),
            max_age=int(LIFE.total_seconds()),
            path="/",
            secure=self._door.secure,
            httponly=True,
            samesite="lax",  # it is another site that sends the browser back
        )
        return response

    async def _come_back(self, request: Request) -> Response:
        begun = self._begun(request)
        told = dict(request.query_params)
        repeated = len(told) != len(request.query_params.multi_items())  # RFC 6749 3.1: none twice
        if begun is None or repeated or not _same(told.get("state", ""), begun.state):
            return self._failed(request, 403)
        if not await self._first(begun.state):
            return self._failed(request, 403)

        async def proved() -> Proved | None:
            try:
                return await self._provider.finish(begun, told)
            except ProviderError as error:
                _log.warning("the provider proved nobody", detail=str(error))
                return None

        match await self._signing_in.try_provider(proved, address_of(request)):
            case SignedIn(cookie=cookie):
                # A page and not a redirect: the session's cookie is not sent while another site leads here.
                return self._forget(self._door.remember(self._frame.page(request, "oidc.html"), cookie))
            case Waiting(seconds):
                return self._forget(self._door.again(request, "sign_in_wait", 429, seconds=seconds))
            case None:
                return self._failed(request, 403)

    def _begun(self, request: Request) -> Begun | None:
        """What this browser began, if it did and not too long ago."""
        cookie = request.cookies.get(self.cookie, "")
        kept = _opened(self._signing_in.codes, cookie) if cookie else None
        if kept is None or datetime.fromtimestamp(kept.until, UTC) <= self._signing_in.clock.now():
            return None
        return kept.begun

    async def _first(self, state: str) -> bool:
        """Whether this sign-in comes back for the first time, to whatever process of ours.

        The provider refuses a second one as well.
        """
        signing_in = self._signing_in
        mark = signing_in.codes.attempt_mark("came back", state)
        return await signing_in.staff.use(mark, signing_in.clock.now() + LIFE)

    def _failed(self, request: Request, status: int) -> Response:
        return self._forget(self._door.again(request, "oidc_failed", status))

    def _forget(self, response: Response) -> Response:
        response.delete_cookie(self.cookie, path="/", secure=self._door.secure, httponly=True, samesite="lax")
        return response


def _sealed(codes: Codes, kept: _Kept) -> str:
    return base64.urlsafe_b64encode(codes.seal_begun(msgspec.json.encode(kept))).decode().rstrip("=")


def _opened(codes: Codes, cookie: str) -> _Kept | None:
    """What a cookie of ours holds; None for one that is not ours or was changed."""
    try:
        sealed = base64.b64decode(cookie + "=" * (-len(cookie) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(codes.open_begun(sealed), type=_Kept)
    except (SealError, msgspec.MsgspecError, binascii.Error, ValueError):
        return None


def _same(text: str, other: str) -> bool:
    return hmac.compare_digest(text.encode("utf-8", "surrogatepass"), other.encode())
