"""The accounts of the staff, for an administrator."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.errors import SettingsError
from bot.secretariat.console.accounts import Accounts
from bot.secretariat.console.console import form_of
from bot.secretariat.console.frame import ROOT, Frame
from bot.secretariat.console.office import Office
from bot.secretariat.console.policy import Page, Role, Visitor
from bot.store.staff import Account

_ROLES = frozenset({Role.ADMINISTRATOR})
_HERE = "/people"


def pages(office: Office, frame: Frame) -> Sequence[Page]:
    """Everybody's accounts: made, given roles, closed; nobody changes their own."""
    accounts = Accounts(office.store.staff, office.trail, office.clock)

    async def listed(request: Request, visitor: Visitor, problem: str = "", link: str = "") -> Response:
        told = {"accounts": await office.store.staff.all(), "roles": list(Role), "problem": problem}
        status = 422 if problem else 200
        return frame.page(request, "people.html", visitor, status, link=link, **told)

    async def people(request: Request, visitor: Visitor) -> Response:
        return await listed(request, visitor)

    async def add(request: Request, visitor: Visitor) -> Response:
        form = await form_of(request)
        try:
            account = await accounts.add(
                visitor.name, str(form.get("name", "")), _roles(form.getlist("roles"))
            )
        except SettingsError:
            return await listed(request, visitor, problem="people_name")
        return await listed(
            request, visitor, link=_address(request, await accounts.link(visitor.name, account))
        )

    async def change(request: Request, visitor: Visitor) -> Response:
        form = await form_of(request)
        account = await _named(office, str(form.get("account", "")))
        if account is None or account.id == visitor.account.id:
            return await listed(request, visitor, problem="people_own")
        match form.get("act"):
            case "link":
                token = await accounts.link(visitor.name, account)
                return await listed(request, visitor, link=_address(request, token))
            case "roles":
                await accounts.allow(visitor.name, account, _roles(form.getlist("roles")))
            case "close":
                await accounts.close(visitor.name, account)
            case "reopen":
                await accounts.reopen(visitor.name, account)
            case _:
                return await listed(request, visitor, problem="form_old")
        return RedirectResponse(f"{ROOT}{_HERE}", 303)

    return [
        Page(name="people", path=_HERE, handler=people, roles=_ROLES),
        Page(name="people-add", path=f"{_HERE}/add", handler=add, roles=_ROLES, method="POST"),
        Page(name="people-change", path=f"{_HERE}/change", handler=change, roles=_ROLES, method="POST"),
    ]


async def _named(office: Office, id_: str) -> Account | None:
    return next((account for account in await office.store.staff.all() if account.id == id_), None)


def _roles(chosen: Sequence[object]) -> list[Role]:
    return [role for role in Role if role.value in chosen]


def _address(request: Request, token: str) -> str:
    return str(request.url.replace(path=f"{ROOT}/link/{token}", query=""))
