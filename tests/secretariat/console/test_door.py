"""Who comes in and who does not: passwords, codes, links, sessions, guesses, and forms of other pages."""

import asyncio
from datetime import timedelta

import pytest

from bot.secretariat.console.accounts import Accounts
from bot.secretariat.console.credentials import LINK_LIFE, weakness
from bot.secretariat.console.policy import Role
from bot.secretariat.console.signing_in import ABSOLUTE, IDLE
from tests.secretariat.console.conftest import ORIGIN, PASSWORD, Desk, account_of, code

SIGN_IN = "/secretariat/sign-in"


def form(name: str, password: str, number: str) -> dict[str, str]:
    return {"name": name, "password": password, "code": number}


async def enter(web, desk: Desk, secret: str, name: str = "มาลี", password: str = PASSWORD):
    return await web.post(SIGN_IN, data=form(name, password, code(secret, desk.clock)), headers=ORIGIN)


async def test_name_password_and_code_let_in(desk: Desk, browsers) -> None:
    secret = await account_of(desk, "มาลี", [Role.ANALYST])
    web = await browsers()
    assert (await web.get("/secretariat")).headers["location"] == SIGN_IN
    came = await enter(web, desk, secret)
    assert (came.status_code, came.headers["location"]) == (303, "/secretariat")
    cookie = came.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie
    assert "มาลี" in (await web.get("/secretariat")).text


async def test_a_public_site_has_a_host_cookie(desk: Desk, browsers) -> None:
    from bot.secretariat.console.door import Door

    door = Door(desk.console._frame, desk.console._signing_in, secure=True, local=False)
    assert door.cookie == "__Host-secretariat"


@pytest.mark.parametrize("wrong", ["name", "password", "code"])
async def test_a_failure_says_nothing_of_its_reason(desk: Desk, browsers, wrong: str) -> None:
    secret = await account_of(desk, "มาลี", [Role.ANALYST])
    given = form("มาลี", PASSWORD, code(secret, desk.clock))
    given[wrong] = {"name": "มานี", "password": PASSWORD + "x", "code": "000000"}[wrong]
    web = await browsers()
    told = await web.post(SIGN_IN, data=given, headers=ORIGIN)
    assert told.status_code == 403
    assert "ชื่อ รหัสผ่าน หรือรหัส 6 หลักไม่ถูกต้อง" in told.text
    assert "set-cookie" not in told.headers


async def test_a_code_works_once_and_only_in_its_time(desk: Desk, browsers) -> None:
    secret = await account_of(desk, "มาลี", [Role.ANALYST])
    assert (await enter(await browsers(), desk, secret)).status_code == 303
    assert (await enter(await browsers(), desk, secret)).status_code == 403
    old = code(secret, desk.clock)
    desk.clock.move(seconds=30)
    web = await browsers()
    assert (await web.post(SIGN_IN, data=form("มาลี", PASSWORD, old), headers=ORIGIN)).status_code == 403
    assert (await enter(web, desk, secret)).status_code == 303


async def test_of_two_at_once_with_one_code_one_comes_in(desk: Desk, browsers) -> None:
    secret = await account_of(desk, "มาลี", [Role.ANALYST])
    tried = await asyncio.gather(*[enter(await browsers(), desk, secret) for _ in range(2)])
    assert sorted(answer.status_code for answer in tried) == [303, 403]


async def test_guesses_are_not_even_looked_at_and_lock_nobody_else_out(desk: Desk, browsers) -> None:
    """RELIABILITY.md 7, row 28: of however many guesses in a quarter of an hour ten at most are looked at."""
    secret = await account_of(desk, "มาลี", [Role.ANALYST])
    guesser, looked_at = await browsers("10.6.6.6"), 0
    for _ in range(300):
        answer = await guesser.post(SIGN_IN, data=form("มาลี", "wrong", "000000"), headers=ORIGIN)
        looked_at += answer.status_code == 403
        desk.clock.move(seconds=3)
    assert 3 <= looked_at <= 10
    assert (await enter(await browsers("10.0.0.9"), desk, secret)).status_code == 303


async def test_a_session_ends_unused_and_in_any_case(desk: Desk, browsers) -> None:
    secret = await account_of(desk, "มาลี", [Role.ANALYST])
    web = await browsers()
    await enter(web, desk, secret)
    desk.clock.moment += IDLE + timedelta(seconds=1)
    assert (await web.get("/secretariat")).status_code == 303
    await enter(web, desk, secret)
    for _ in range(int(ABSOLUTE / IDLE) * 2 + 2):
        desk.clock.moment += IDLE / 2
        last = await web.get("/secretariat")
    assert last.status_code == 303


async def test_a_session_that_was_used_later_than_now_is_over(desk: Desk, browsers) -> None:
    """The clock went back: how long nobody has used it is not known."""
    secret = await account_of(desk, "มาลี", [Role.ANALYST])
    web = await browsers()
    await enter(web, desk, secret)
    desk.clock.move(seconds=-59)
    assert (await web.get("/secretariat")).status_code == 200
    desk.clock.move(seconds=-2)
    assert (await web.get("/secretariat")).status_code == 303
    desk.clock.move(minutes=5)
    assert (await web.get("/secretariat")).status_code == 303


async def test_the_cookie_is_new_each_time_and_dead_after_leaving(desk: Desk, browsers, sign_in) -> None:
    secret = await account_of(desk, "มาลี", [Role.ANALYST])
    web = await browsers()
    web.cookies.set("secretariat", "chosen-by-somebody-else")
    await enter(web, desk, secret)
    cookies = [cookie.value for cookie in web.cookies.jar if cookie.name == "secretariat"]
    assert "chosen-by-somebody-else" not in cookies[-1:]
    somebody = await sign_in(Role.ANALYST, name="mana")
    assert (await somebody.post("/sign-out")).status_code == 303
    somebody.web.cookies.set("secretariat", "session-of-mana")
    assert (await somebody.get()).status_code == 303


async def test_whoever_is_closed_is_out_at_once(desk: Desk, sign_in) -> None:
    somebody = await sign_in(Role.ANALYST, name="mana")
    assert (await somebody.get()).status_code == 200
    account = await desk.office.store.staff.named("mana")
    assert account
    await Accounts(desk.office.store.staff, desk.office.trail, desk.clock).close("test", account)
    assert (await somebody.get()).status_code == 303


async def test_whoever_loses_a_role_loses_it_at_the_next_request(desk: Desk, sign_in) -> None:
    somebody = await sign_in(Role.ADMINISTRATOR, name="mana")
    assert (await somebody.get("/people")).status_code == 200
    account = await desk.office.store.staff.named("mana")
    assert account
    await Accounts(desk.office.store.staff, desk.office.trail, desk.clock).allow("test", account, [Role.DPO])
    assert (await somebody.get("/people")).status_code == 403


async def test_a_link_sets_an_account_up_once(desk: Desk, browsers) -> None:
    accounts = Accounts(desk.office.store.staff, desk.office.trail, desk.clock)
    account = await accounts.add("test", "มาลี", [Role.AUTHOR])
    path = f"/secretariat/link/{await accounts.link('test', account)}"
    web = await browsers()
    page = (await web.get(path)).text
    secret = page.split('<code class="secret">')[1].split("<")[0]
    given = {"password": PASSWORD, "again": PASSWORD, "secret": secret, "code": code(secret, desk.clock)}
    for wrong, told in (
        ({"password": "short", "again": "short"}, "สั้นเกินไป"),
        ({"password": "passwordpassword", "again": "passwordpassword"}, "เดาง่าย"),
        ({"again": PASSWORD + "x"}, "ไม่เหมือนกัน"),
        ({"code": "000000"}, "รหัส 6 หลักไม่ถูกต้อง"),
    ):
        refused = await web.post(path, data=given | wrong, headers=ORIGIN)
        assert refused.status_code == 422 and told in refused.text
    done = await web.post(path, data=given, headers=ORIGIN)
    assert done.status_code == 200
    assert done.text.count("<li><code>") == 10
    assert (await web.get("/secretariat")).status_code == 200
    assert (await web.post(path, data=given, headers=ORIGIN)).status_code == 404
    recovery = done.text.split("<li><code>")[1].split("<")[0]
    other = await browsers()
    for status in (303, 403):
        tried = await other.post(SIGN_IN, data=form("มาลี", PASSWORD, recovery), headers=ORIGIN)
        assert tried.status_code == status, "a recovery code works once"


async def test_a_link_grows_old_and_a_new_one_ends_it(desk: Desk, browsers) -> None:
    accounts = Accounts(desk.office.store.staff, desk.office.trail, desk.clock)
    account = await accounts.add("test", "มาลี", [Role.AUTHOR])
    web = await browsers()
    first = await accounts.link("test", account)
    second = await accounts.link("test", account)
    assert (await web.get(f"/secretariat/link/{first}")).status_code == 404
    assert (await web.get(f"/secretariat/link/{second}")).status_code == 200
    desk.clock.moment += LINK_LIFE
    assert (await web.get(f"/secretariat/link/{second}")).status_code == 404


async def test_other_sites_cannot_sign_anybody_in(desk: Desk, browsers) -> None:
    secret = await account_of(desk, "มาลี", [Role.ANALYST])
    web = await browsers()
    given = form("มาลี", PASSWORD, code(secret, desk.clock))
    assert (await web.post(SIGN_IN, data=given, headers={"Sec-Fetch-Site": "cross-site"})).status_code == 403
    assert (await web.post(SIGN_IN, data=given)).status_code == 403


@pytest.mark.parametrize(
    "password", ["password", "123456789012", "qwertyuiopas", "มาลีมาลี", "ruamkhit2566", "a" * 129]
)
def test_weak_passwords_are_refused(password: str) -> None:
    assert weakness(password, "มาลี")
