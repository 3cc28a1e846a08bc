"""The pages before one is signed in: signing in, and setting an account up with a one-time link."""

import asyncio
from datetime import datetime
from typing import Final

import segno
from markupsafe import Markup
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.runtime.guard import require_same_origin
from bot.secretariat.console import ROOT
from bot.secretariat.console.credentials import SHORTEST, hashed, mark, weakness
from bot.secretariat.console.frame import Frame
from bot.secretariat.console.signing_in import SignedIn, SigningIn, Waiting
from bot.store.staff import Account

#: Fields of the forms here, and bytes of each: names, passwords and codes are short.
_FIELDS: Final = 12
_PART: Final = 4_096


class Door:
    """Lets people in. `local` is a run for oneself: there a one-time link needs no password.

    `provider` says that one may sign in at a provider as well (provider.py).
    """

    def __init__(
        self, frame: Frame, signing_in: SigningIn, *, secure: bool, local: bool, provider: bool = False
    ) -> None:
        self._frame = frame
        self._signing_in = signing_in
        self.secure = secure
        self._provider = provider
        self._local = local
        # The prefix has the browser itself refuse the cookie without Secure or from a subdomain.
        self.cookie = "__Host-secretariat" if secure else "secretariat"

    def routes(self) -> list[BaseRoute]:
        """Signing in and one-time links."""
        return [
            Route(f"{ROOT}/sign-in", self._form, methods=["GET"]),
            Route(f"{ROOT}/sign-in", self._sign_in, methods=["POST"]),
            Route(f"{ROOT}/link/{{token}}", self._link, methods=["GET"]),
            Route(f"{ROOT}/link/{{token}}", self._use_link, methods=["POST"]),
        ]

    def remember(self, response: Response, cookie: str) -> Response:
        """Have the browser keep the session until it is closed."""
        response.set_cookie(
            self.cookie, cookie, path="/", secure=self.secure, httponly=True, samesite="strict"
        )
        return response

    def forget(self, response: Response) -> Response:
        """Have the browser let the session go."""
        response.delete_cookie(self.cookie, path="/", secure=self.secure, httponly=True, samesite="strict")
        return response

    async def _form(self, request: Request) -> Response:
        over = "over" in request.query_params
        return self.again(request, "sign_in_again" if over else "", 200)

    async def _sign_in(self, request: Request) -> Response:
        form = await _read(request)
        tried = await self._signing_in.try_password(
            form["name"], form["password"], form["code"], address_of(request)
        )
        match tried:
            case SignedIn():
                return self._inside(tried)
            case Waiting(seconds):
                return self.again(request, "sign_in_wait", 429, seconds=seconds)
            case None:
                return self.again(request, "sign_in_failed", 403)

    def again(self, request: Request, problem: str, status: int, **slots: int) -> Response:
        """The page to sign in on, with what is wrong ("" for nothing) in the word of this id."""
        told = {"problem": problem, "slots": slots, "provider": self._provider}
        return self._frame.page(request, "sign_in.html", None, status, **told)

    def _inside(self, signed_in: SignedIn) -> Response:
        return self.remember(RedirectResponse(ROOT, 303), signed_in.cookie)

    async def _link(self, request: Request) -> Response:
        account = await self._signing_in.staff.linked(mark(request.path_params["token"]), self._now())
        if account is None:
            return self._frame.trouble(request, "missing_title", "link_gone", 404)
        if self._local:
            return self._frame.page(request, "enter.html", account=account)
        return self._setting_up(request, account, self._signing_in.codes.new_secret())

    async def _use_link(self, request: Request) -> Response:
        form, token = await _read(request), mark(request.path_params["token"])
        staff, now = self._signing_in.staff, self._now()
        account = await staff.linked(token, now)
        if account is None:
            return self._frame.trouble(request, "missing_title", "link_gone", 404)
        if self._local:
            used = await staff.use_link(token, now)
            if used is None:
                return self._frame.trouble(request, "missing_title", "link_gone", 404)
            return self._inside(await self._signing_in.enter(used))
        return await self._set_up(request, account, token, form)

    async def _set_up(self, request: Request, account: Account, token: str, form: dict[str, str]) -> Response:
        codes, staff, now = self._signing_in.codes, self._signing_in.staff, self._now()
        problem = weakness(form["password"], account.name) or (
            "differ" if form["password"] != form["again"] else ""
        )
        step = codes.step_of(form["secret"], form["code"], now) if _is_secret(form["secret"]) else None
        if problem or step is None:
            secret = form["secret"] if _is_secret(form["secret"]) else codes.new_secret()
            return self._setting_up(request, account, secret, problem or "code", 422)
        recovery = codes.recovery_codes()
        ready = replace(
            account,
            password=await asyncio.to_thread(hashed, form["password"]),
            totp=codes.seal(account.id, form["secret"]),
            totp_step=step,
            recovery=tuple(map(codes.recovery_mark, recovery)),
        )
        if await staff.use_link(token, now, ready) is None:
            return self._frame.trouble(request, "missing_title", "link_gone", 404)
        await staff.end_all(account.id)
        await self._signing_in.trail.note(account.name, "account set up")
        entered = await self._signing_in.enter(ready)
        return self.remember(self._frame.page(request, "recovery.html", codes=recovery), entered.cookie)

    def _setting_up(
        self, request: Request, account: Account, secret: str, problem: str = "", status: int = 200
    ) -> Response:
        square = segno.make(self._signing_in.codes.uri(secret, account.name), error="m")
        return self._frame.page(
            request,
            "set_up.html",
            None,
            status,
            account=account,
            secret=secret,
            # Made of our own digits: an SVG without a word of anybody's.
            square=Markup(square.svg_inline(scale=5, border=2)),  # noqa: S704
            problem=problem,
            shortest=SHORTEST,
        )

    def _now(self) -> datetime:
        return self._signing_in.clock.now()


async def _read(request: Request) -> dict[str, str]:
    """The fields of a form of ours; "" for those it does not have."""
    require_same_origin(request)
    form = await request.form(max_files=0, max_fields=_FIELDS, max_part_size=_PART)
    fields = ("name", "password", "again", "code", "secret")
    return {name: value if isinstance(value := form.get(name, ""), str) else "" for name in fields}


def _is_secret(text: str) -> bool:
    """Whether it is a secret as `new_secret` makes them: 32 digits of base32."""
    return len(text) == 32 and set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def address_of(request: Request) -> str:
    """Where a request comes from: of IPv6 the network, of which one customer has 2 to the 64 addresses."""
    host = request.client.host if request.client else ""
    return ":".join(host.split(":")[:4]) if ":" in host else host
