"""Every page against every role, from the pages themselves: one that is not listed here fails."""

import re

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.secretariat.console.policy import ANYBODY, Page, Role, Visitor
from tests.secretariat.console.conftest import ORIGIN, Desk

#: Who may reach each page. A new page is added here on purpose, or the test below fails.
ALLOWED: dict[str, set[Role]] = {
    "overview": set(Role),
    "account": set(Role),
    "sign-out": set(Role),
    "suggestions": {Role.ANALYST, Role.AUTHOR, Role.DPO},
    "suggestion": {Role.ANALYST, Role.AUTHOR, Role.DPO},
    "attachment": {Role.ANALYST, Role.AUTHOR, Role.DPO},
    "suggestion-mark": {Role.ANALYST, Role.AUTHOR},
    "suggestion-tag": {Role.ANALYST, Role.AUTHOR},
    "suggestion-flag": {Role.ANALYST, Role.AUTHOR},
    "suggestion-check": {Role.ANALYST, Role.AUTHOR},
    "suggestion-reply": {Role.ANALYST, Role.AUTHOR},
    "answers": {Role.ANALYST, Role.EXPORTER, Role.DPO},
    "answers-flag": {Role.ANALYST, Role.DPO},
    "wording": set(Role),
    "wording-file": set(Role),
    "wording-begin": {Role.AUTHOR},
    "wording-draft": {Role.AUTHOR},
    "wording-save": {Role.AUTHOR},
    "wording-check": {Role.AUTHOR},
    "wording-review": {Role.REVIEWER},
    "wording-decide": {Role.REVIEWER},
    "exports": {Role.EXPORTER},
    "exports-file": {Role.EXPORTER},
    "report": {Role.ANALYST, Role.EXPORTER},
    "report-file": {Role.ANALYST, Role.EXPORTER},
    "operations": {Role.ADMINISTRATOR},
    "quarantine": {Role.ADMINISTRATOR},
    "letters": {Role.ADMINISTRATOR},
    "audit": {Role.DPO, Role.ADMINISTRATOR},
    "audit-check": {Role.DPO, Role.ADMINISTRATOR},
    "audit-copy": {Role.DPO, Role.ADMINISTRATOR},
    "people": {Role.ADMINISTRATOR},
    "people-add": {Role.ADMINISTRATOR},
    "people-change": {Role.ADMINISTRATOR},
}


#: What a route may be asked with; a form of the other kind must not lead around a refusal.
METHODS = ("GET", "HEAD", "POST")


def decided(desk: Desk) -> None:
    """Each page is in the list above with its roles, and there is no other way in."""
    assert {page.name: set(page.roles) for page in desk.console.pages} == ALLOWED
    routes = {route.path for route in desk.console.routes()}
    behind = {f"/secretariat{page.path}" for page in desk.console.pages}
    asked = {method for route in desk.console.routes() for method in route.methods or ["any"]}
    assert asked == set(METHODS)
    assert routes - behind == {
        "/secretariat/static/{version}/{name:path}", "/secretariat/sign-in", "/secretariat/link/{token}",
    }  # fmt: skip


def test_every_page_is_decided_on(desk: Desk) -> None:
    decided(desk)


def test_a_page_that_nobody_decided_on_fails(desk: Desk) -> None:
    """A page more, a page for one more role, and a route that is no page are each found."""

    async def nothing(_: Request, __: Visitor) -> Response:
        return Response()

    pages, entrances = desk.console.pages, desk.console._entrances
    desk.console.pages = (*pages, Page(name="new", path="/new", handler=nothing, roles=ANYBODY))
    with pytest.raises(AssertionError):
        decided(desk)
    wider = [Page(name="people", path="/people", handler=nothing, roles=ANYBODY)]
    desk.console.pages = (*(page for page in pages if page.name != "people"), *wider)
    with pytest.raises(AssertionError):
        decided(desk)
    desk.console.pages = pages
    decided(desk)
    desk.console._entrances = [*entrances, Route("/secretariat/new", Response())]
    with pytest.raises(AssertionError):
        decided(desk)


def filled(path: str) -> str:
    """The path with something in its places."""
    return re.sub(r"\{[^}]+\}", "none", path)


@pytest.mark.parametrize("role", list(Role))
async def test_a_role_reaches_its_pages_and_no_other(desk: Desk, sign_in, role: Role) -> None:
    somebody = await sign_in(role)
    for page in desk.console.pages:
        if page.name == "sign-out":
            continue
        ask = somebody.get if page.method == "GET" else somebody.post
        status = (await ask(filled(page.path))).status_code
        assert (status == 403) == (role not in ALLOWED[page.name]), f"{page.name}: {status}"


@pytest.mark.parametrize("role", list(Role))
async def test_no_method_leads_around_a_refusal(desk: Desk, sign_in, role: Role) -> None:
    """Of a page that is refused every method is, and a refusal that is read says what it is."""
    somebody = await sign_in(role)
    pages = {(page.path, page.method): page for page in desk.console.pages if page.name != "sign-out"}
    for path in {path for path, _ in pages}:
        for method in METHODS:
            page = pages.get((path, "GET" if method == "HEAD" else method))
            answer = await somebody.web.request(
                method, f"/secretariat{filled(path)}", data={"csrf": somebody.csrf}, headers=ORIGIN
            )
            if page is None:
                assert answer.status_code == 405, f"{method} {path}"
            elif role not in ALLOWED[page.name]:
                assert answer.status_code == 403, f"{method} {path}"
                assert method == "HEAD" or "หน้านี้ไม่ใช่ของบทบาทคุณ" in answer.text, f"{method} {path}"


async def test_nobody_reaches_any(desk: Desk, browsers) -> None:
    web = await browsers()
    for page in desk.console.pages:
        answer = await web.request(page.method, f"/secretariat{filled(page.path)}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/secretariat/sign-in"), page.name


async def test_a_form_of_somebody_else_changes_nothing(desk: Desk, sign_in) -> None:
    everything = await sign_in(*Role, name="all")
    other = await sign_in(*Role, name="other")
    for page in [page for page in desk.console.pages if page.method == "POST"]:
        path = f"/secretariat{filled(page.path)}"
        for headers, token in (
            ({"Sec-Fetch-Site": "same-origin"}, other.csrf),
            ({"Sec-Fetch-Site": "same-origin"}, ""),
            ({"Sec-Fetch-Site": "cross-site"}, everything.csrf),
            ({}, everything.csrf),
        ):
            answer = await everything.web.post(path, data={"csrf": token}, headers=headers)
            assert answer.status_code == 403, page.name
    assert (await everything.get()).status_code == 200


async def test_pages_that_show_what_people_typed_are_noted(desk: Desk, sign_in) -> None:
    somebody = await sign_in(*Role, name="all")
    for page in [page for page in desk.console.pages if page.personal and page.method == "GET"]:
        await somebody.get(filled(page.path))
        deed = await desk.office.store.audit.head()
        assert deed and (deed.actor, deed.act, deed.subject) == ("all", "view", page.name)


async def test_a_refusal_is_noted(desk: Desk, sign_in) -> None:
    somebody = await sign_in(Role.ANALYST, name="mana")
    await somebody.get("/people")
    deed = await desk.office.store.audit.head()
    assert deed and (deed.actor, deed.act, deed.subject) == ("mana", "refused", "people")
