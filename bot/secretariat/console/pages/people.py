"""The accounts of the staff, for an administrator: made, given roles, closed; nobody changes their own."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.errors import SettingsError
from bot.secretariat.console import ROOT
from bot.secretariat.console.accounts import Accounts
from bot.secretariat.console.console import form_of
from bot.secretariat.console.frame import Frame
from bot.secretariat.console.office import Office
from bot.secretariat.console.policy import Page, Role, Visitor
from bot.store.staff import Account

_ROLES = frozenset({Role.ADMINISTRATOR})
_HERE = "/people"


def pages(office: Office, frame: Frame) -> Sequence[Page]:
    """The list, and the two forms on it."""
    people = _People(office, frame)
    return [
        Page(name="people", path=_HERE, handler=people.listed, roles=_ROLES),
        Page(name="people-add", path=f"{_HERE}/add", handler=people.add, roles=_ROLES, method="POST"),
        Page(
            name="people-change", path=f"{_HERE}/change", handler=people.change, roles=_ROLES, method="POST"
        ),
    ]


class _People:
    def __init__(self, office: Office, frame: Frame) -> None:
        self._staff = office.store.staff
        self._accounts = Accounts(office.store.staff, office.trail, office.clock)
        self._frame = frame

    async def listed(self, request: Request, visitor: Visitor, problem: str = "", link: str = "") -> Response:
        told = {"accounts": await self._staff.all(), "roles": list(Role), "problem": problem, "link": link}
        return self._frame.page(request, "people.html", visitor, 422 if problem else 200, **told)

    async def add(self, request: Request, visitor: Visitor) -> Response:
        form = await form_of(request)
        roles = _roles(form.getlist("roles"))
        try:
            account = await self._accounts.add(visitor.name, str(form.get("name", "")), roles)
        except SettingsError:
            return await self.listed(request, visitor, problem="people_name")
        return await self._with_link(request, visitor, account)

    async def change(self, request: Request, visitor: Visitor) -> Response:
        form = await form_of(request)
        chosen = form.get("account", "")
        account = next((account for account in await self._staff.all() if account.id == chosen), None)
        if account is None or account.id == visitor.account.id:
            return await self.listed(request, visitor, problem="people_own")
        match form.get("act"):
            case "link":
                return await self._with_link(request, visitor, account)
            case "roles":
                await self._accounts.allow(visitor.name, account, _roles(form.getlist("roles")))
            case "close":
                await self._accounts.close(visitor.name, account)
            case "reopen":
                await self._accounts.reopen(visitor.name, account)
            case _:
                return await self.listed(request, visitor, problem="form_old")
        return RedirectResponse(f"{ROOT}{_HERE}", 303)

    async def _with_link(self, request: Request, visitor: Visitor, account: Account) -> Response:
        """The list with a one-time link above it, shown to nobody but who asked for it."""
        token = await self._accounts.link(visitor.name, account)
        address = str(request.url.replace(path=f"{ROOT}/link/{token}", query=""))
        return await self.listed(request, visitor, link=address)


def _roles(chosen: Sequence[object]) -> list[Role]:
    return [role for role in Role if role.value in chosen]
