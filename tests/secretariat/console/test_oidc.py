"""Signing in at a provider: the good token comes in, and of all the bad ones none."""

import asyncio
import base64
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from joserfc import jwt
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response

from bot.channels.web.page import STATIC
from bot.desk import console_of
from bot.runtime.guard import HEADERS, SecurityHeaders
from bot.secretariat.console import oidc, provider
from bot.secretariat.console.accounts import Accounts
from bot.secretariat.console.oidc import Oidc
from bot.secretariat.console.opening import open_console
from bot.secretariat.console.policy import Role
from bot.secretariat.console.provider import LIFE, ProviderDoor, ProviderError
from bot.secretariat.console.words import load_console_words
from bot.settings import Settings
from tests.secretariat.console.conftest import ORIGIN, PASSWORD, Desk, account_of, code
from tests.secretariat.console.idp import BACK, CLIENT, ISSUER, KEY, OTHER, Idp, by_hand, query, redirect

EMAIL = "somalee@office.test"


@dataclass
class Office:
    """A console where one may sign in at a provider."""

    desk: Desk
    idp: Idp
    browser: Callable[[], Awaitable[httpx2.AsyncClient]]

    async def account(self, name: str = EMAIL) -> None:
        """An account that nobody has set up: no password, no app."""
        accounts = Accounts(self.desk.office.store.staff, self.desk.office.trail, self.desk.clock)
        await accounts.add("test", name, [Role.ANALYST])

    async def begin(self, web: httpx2.AsyncClient) -> str:
        """The address of the provider that the browser is sent to."""
        answer = await web.get("/secretariat/oidc")
        assert answer.status_code == 303
        return answer.headers["location"]

    async def back(self, web: httpx2.AsyncClient, told: dict[str, str]) -> httpx2.Response:
        return await web.get(f"/secretariat/oidc/back?{query(told)}")

    async def sign_in(self, **answer: str) -> httpx2.Response:
        """The whole of it in a new browser."""
        web = await self.browser()
        return await self.back(web, self.idp.visit(await self.begin(web), **answer))

    async def sessions(self) -> int:
        """How often somebody came in."""
        return len([deed async for deed in self.desk.office.store.audit.read() if deed.act == "sign-in"])


@pytest.fixture
async def office(desk: Desk) -> AsyncIterator[Office]:
    idp = Idp(desk.clock)
    spoken = Oidc(ISSUER, CLIENT, BACK, desk.clock, idp.transport)
    words = load_console_words(desk.office.content / "console.yaml")
    console = open_console(desk.office, words, STATIC, secure=True, local=False, provider=spoken)
    app = SecurityHeaders(Starlette(routes=console.routes()))
    async with AsyncExitStack() as stack:

        async def browser() -> httpx2.AsyncClient:
            client = httpx2.AsyncClient(
                transport=httpx2.ASGITransport(app, client=("10.0.0.1", 1)), base_url="https://office.test"
            )
            return await stack.enter_async_context(client)

        yield Office(desk, idp, browser)


def is_in(answer: httpx2.Response) -> bool:
    """Whether this answer lets somebody in."""
    return any(cookie.startswith("__Host-secretariat=") for cookie in answer.headers.get_list("set-cookie"))


# The good ones


@pytest.mark.parametrize("name", [EMAIL, "248289761001"])
async def test_a_verified_address_or_the_providers_own_name_comes_in(office: Office, name: str) -> None:
    await office.account(name)
    web = await office.browser()
    answer = await office.back(web, office.idp.visit(await office.begin(web)))
    assert answer.status_code == 200 and is_in(answer)
    assert 'http-equiv="refresh"' in answer.text
    assert answer.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]
    inside = await web.get("/secretariat")
    assert inside.status_code == 200 and name in inside.text
    assert (await web.get("/secretariat/people")).status_code == 403, "roles are ours"
    deeds = [deed async for deed in office.desk.office.store.audit.read()]
    assert (deeds[-2].actor, deeds[-2].act, deeds[-2].subject) == (name, "sign-in", "provider")


async def test_the_cookies_are_what_they_must_be(office: Office) -> None:
    await office.account()
    web = await office.browser()
    begun = await web.get("/secretariat/oidc")
    [cookie] = begun.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-secretariat-oidc=")
    for part in ("HttpOnly", "Secure", "SameSite=lax", "Max-Age=600", "Path=/"):
        assert part in cookie
    asked = dict(parse_qsl(urlsplit(begun.headers["location"]).query))
    assert not any(asked[name] in cookie for name in ("state", "nonce")), "what is in it is sealed"
    answer = await office.back(web, office.idp.visit(begun.headers["location"]))
    session, gone = sorted(answer.headers.get_list("set-cookie"), key=lambda c: "oidc" in c)
    assert "HttpOnly" in session and "Secure" in session and "SameSite=strict" in session
    assert "Max-Age=0" in gone


async def test_only_a_console_with_a_provider_offers_it(office: Office, desk: Desk, browsers) -> None:
    web = await office.browser()
    assert 'href="/secretariat/oidc"' in (await web.get("/secretariat/sign-in")).text
    without = await browsers()
    assert "/secretariat/oidc" not in (await without.get("/secretariat/sign-in")).text
    assert (await without.get("/secretariat/oidc")).status_code == 404


async def test_several_audiences_with_ours_as_the_party_are_good(office: Office) -> None:
    await office.account()
    office.idp.claims = {"aud": [CLIENT[0], "other"], "azp": CLIENT[0]}
    assert is_in(await office.sign_in())


async def test_a_clock_that_differs_by_less_than_a_minute_is_good(office: Office) -> None:
    await office.account()
    office.idp.claims = {"nbf": int(office.desk.clock.now().timestamp()) + 50}
    assert is_in(await office.sign_in())


# Bad tokens: what is signed


def claimed(**claims: Any) -> Callable[[Idp], None]:
    """A token of the right key that says this; None leaves a claim out, a whole number is seconds from now."""

    def change(idp: Idp) -> None:
        now = int(idp.clock.now().timestamp())
        times = ("exp", "iat", "nbf")
        idp.claims = {
            name: now + value if name in times and isinstance(value, int) else value
            for name, value in claims.items()
        }

    return change


BAD_CLAIMS = {
    "the audience is another": claimed(aud="other"),
    "there is no audience": claimed(aud=None),
    "several audiences and no party": claimed(aud=["other", CLIENT[0]]),
    "the party is another": claimed(azp="other"),
    "the issuer is another": claimed(iss="https://evil.test"),
    "the issuer is ours with a slash": claimed(iss=f"{ISSUER}/"),
    "the issuer is a list": claimed(iss=[ISSUER]),
    "there is no issuer": claimed(iss=None),
    "it is over": claimed(exp=-61),
    "it never ends": claimed(exp=None),
    "its end is a text": claimed(exp="later"),
    "it is not valid yet": claimed(nbf=120),
    "it is of tomorrow": claimed(iat=86_400),
    "it has no time": claimed(iat=None),
    "the nonce is of another sign-in": claimed(nonce="of-another"),
    "there is no nonce": claimed(nonce=None),
    "the nonce is empty": claimed(nonce=""),
    "the access token is another": claimed(at_hash="AAAA"),
}


@pytest.mark.parametrize("bad", BAD_CLAIMS)
async def test_a_token_that_says_something_wrong_lets_nobody_in(
    office: Office, bad: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.account()
    BAD_CLAIMS[bad](office.idp)
    answer = await office.sign_in()
    assert (answer.status_code, is_in(answer)) == (403, False)
    monkeypatch.setattr(oidc.CodeIDToken, "validate", lambda *_: None)
    assert is_in(await office.sign_in()), "it is the check of the claims that keeps it out"


# Bad tokens: who signed


def public_pem() -> bytes:
    return KEY.as_pem(private=False)


def tampered(claims: dict[str, Any]) -> str:
    header, _, signature = jwt.encode({"alg": "RS256", "kid": "k1"}, claims | {"email": "x"}, KEY).split(".")
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"{header}.{payload}.{signature}"


BAD_SIGNATURES: dict[str, Callable[[dict[str, Any]], str]] = {
    "no algorithm": lambda claims: by_hand({"alg": "none"}, claims, lambda _: b""),
    "no algorithm in capitals": lambda claims: by_hand({"alg": "NONE", "kid": "k1"}, claims, lambda _: b""),
    "HS256 with the public key": lambda claims: by_hand(
        {"alg": "HS256", "kid": "k1"}, claims, lambda m: hmac.digest(public_pem(), m, "sha256")
    ),
    "HS256 with a key that the provider lists": lambda claims: by_hand(
        {"alg": "HS256", "kid": "k1"}, claims, lambda m: hmac.digest(b"k" * 32, m, "sha256")
    ),
    "a key of somebody else": lambda claims: jwt.encode({"alg": "RS256", "kid": "k1"}, claims, OTHER),
    "a key inside the token": lambda claims: jwt.encode(
        {"alg": "RS256", "jwk": OTHER.as_dict(private=False)}, claims, OTHER
    ),
    "an algorithm that the provider does not use": lambda claims: jwt.encode(
        {"alg": "RS512", "kid": "k1"}, claims, KEY, algorithms=["RS512"]
    ),
    "changed after signing": tampered,
    "no signature": lambda claims: jwt.encode({"alg": "RS256"}, claims, KEY).rpartition(".")[0] + ".",
    "no token": lambda claims: "nonsense",
    "a list for claims": lambda claims: by_hand(
        {"alg": "RS256", "kid": "k1"},
        ["x"],
        lambda _: b"x",  # type: ignore[arg-type]
    ),
    "deeper than anybody reads": lambda claims: "e30." + "W" * 100_000 + ".x",
}


#: Of these nothing can be read, whoever believes them.
UNREADABLE = {"no token", "a list for claims", "deeper than anybody reads"}


def believed(token: str, *_: object, **__: object) -> jwt.Token:
    """What a token says, whoever signed it."""
    header, payload, _ = (part + "=" * (-len(part) % 4) for part in token.split("."))
    return jwt.Token(*(json.loads(base64.urlsafe_b64decode(part)) for part in (header, payload)))


@pytest.mark.parametrize("bad", BAD_SIGNATURES)
async def test_a_token_that_another_made_lets_nobody_in(
    office: Office, bad: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.account()
    office.idp.mint = BAD_SIGNATURES[bad]
    answer = await office.sign_in()
    assert (answer.status_code, is_in(answer), len(office.idp.minted)) == (403, False, 1)
    assert await office.sessions() == 0
    monkeypatch.setattr(oidc.jwt, "decode", believed)
    assert is_in(await office.sign_in()) == (bad not in UNREADABLE), "it is the signature that keeps it out"


async def test_without_the_list_of_algorithms_a_listed_secret_would_do(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.account()
    office.idp.mint = BAD_SIGNATURES["HS256 with a key that the provider lists"]
    office.idp.metadata = {"id_token_signing_alg_values_supported": ["RS256", "HS256"]}
    assert not is_in(await office.sign_in())
    monkeypatch.setattr(oidc, "ALGORITHMS", oidc.ALGORITHMS | {"HS256"})
    monkeypatch.setattr(oidc, "_KEYS", {"oct"})
    assert is_in(await office.sign_in())


@pytest.mark.parametrize("tokens", [{"id_token": None}, {"id_token": 7}, {"id_token": ["x"]}])
async def test_an_answer_without_a_token_proves_nobody(office: Office, tokens: dict[str, Any]) -> None:
    await office.account()
    office.idp.tokens = tokens
    assert not is_in(await office.sign_in())


# Good tokens of people who have no account


@pytest.mark.parametrize(
    ("name", "claims"),
    [
        ("nobody@office.test", {}),
        (EMAIL, {"email_verified": False}),
        (EMAIL, {"email_verified": None}),
        (EMAIL, {"email_verified": "true"}),
        (EMAIL, {"email_verified": 1}),
        (EMAIL, {"email": "Somalee@office.test"}),
        (EMAIL, {"email": f"{EMAIL}\0"}),
        (EMAIL, {"email": [EMAIL]}),
        (EMAIL, {"email": None, "preferred_username": EMAIL, "name": EMAIL, "upn": EMAIL}),
        ("", {"email": "", "sub": ""}),
    ],
)
async def test_an_unknown_or_unproved_name_gets_nothing(
    office: Office, name: str, claims: dict[str, Any]
) -> None:
    await office.account(name or "somebody")
    office.idp.claims = claims
    answer = await office.sign_in()
    assert (answer.status_code, is_in(answer)) == (403, False)
    assert len(await office.desk.office.store.staff.all()) == 1, "no account is made"


async def test_a_closed_account_stays_closed(office: Office) -> None:
    await office.account()
    staff = office.desk.office.store.staff
    [account] = await staff.all()
    accounts = Accounts(staff, office.desk.office.trail, office.desk.clock)
    await accounts.close("test", account)
    assert not is_in(await office.sign_in())
    await accounts.reopen("test", account)
    assert is_in(await office.sign_in())


async def test_two_accounts_that_it_could_be_are_none(office: Office) -> None:
    await office.account()
    await office.account("248289761001")
    assert not is_in(await office.sign_in())


# The way back


async def test_the_state_must_be_the_one_of_this_browser(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.account()
    for wrong in ({}, {"state": ""}, {"state": "x"}, {"state": "é"}):
        web = await office.browser()
        told = office.idp.visit(await office.begin(web))
        assert not is_in(await office.back(web, {"code": told["code"]} | wrong))
    assert office.idp.asked.count("token") == 0, "the provider is not even asked"
    monkeypatch.setattr(provider, "_same", lambda *_: True)
    assert is_in(await office.sign_in(state="x"))


async def test_another_browser_cannot_finish_it(office: Office) -> None:
    """The forged sign-in: somebody's address is handed to a victim, with or without a begun one of their own."""
    await office.account()
    mine, theirs = await office.browser(), await office.browser()
    told = office.idp.visit(await office.begin(mine))
    assert not is_in(await office.back(theirs, told))
    await office.begin(theirs)
    assert not is_in(await office.back(theirs, told))


async def test_it_comes_back_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    await office.account()
    office.idp.once = False
    web = await office.browser()
    told = office.idp.visit(await office.begin(web))
    kept = dict(web.cookies.items())
    assert is_in(await office.back(web, told))
    assert not is_in(await office.back(web, told)), "the cookie went"
    again = await office.browser()
    again.cookies.update(kept)
    assert not is_in(await office.back(again, told)), "even with the cookie"
    monkeypatch.setattr(ProviderDoor, "_first", always)
    again.cookies.update(kept)
    assert is_in(await office.back(again, told)), "with a provider that takes a code twice"


async def always(*_: object) -> bool:
    return True


async def test_a_code_that_was_used_is_refused_by_the_provider(office: Office) -> None:
    await office.account()
    web = await office.browser()
    told = office.idp.visit(await office.begin(web))
    office.idp.codes.clear()
    assert not is_in(await office.back(web, told))


async def test_a_stolen_code_does_not_fit_another_sign_in(office: Office) -> None:
    """PKCE: the code of the victim is put into a sign-in of the thief's own."""
    await office.account()
    victim, thief = await office.browser(), await office.browser()
    stolen = office.idp.visit(await office.begin(victim))["code"]
    own = office.idp.visit(await office.begin(thief))
    assert not is_in(await office.back(thief, own | {"code": stolen}))


async def test_an_answer_of_another_issuer_is_not_taken_to_ours(office: Office) -> None:
    await office.account()
    assert not is_in(await office.sign_in(iss="https://evil.test"))
    assert office.idp.asked.count("token") == 0
    assert is_in(await office.sign_in(iss=ISSUER))


async def test_where_the_provider_names_itself_it_must(office: Office) -> None:
    await office.account()
    office.idp.metadata = {"authorization_response_iss_parameter_supported": True}
    assert not is_in(await office.sign_in())
    assert is_in(await office.sign_in(iss=ISSUER))


async def test_a_sign_in_that_takes_too_long_is_over(office: Office) -> None:
    await office.account()
    web = await office.browser()
    told = office.idp.visit(await office.begin(web))
    office.desk.clock.moment += LIFE
    assert not is_in(await office.back(web, told))


@pytest.mark.parametrize("changed", ["", "x", "A" * 400, "é", "!"])
async def test_a_cookie_of_somebody_elses_making_is_none(office: Office, changed: str) -> None:
    await office.account()
    web = await office.browser()
    told = office.idp.visit(await office.begin(web))
    web.cookies.clear()
    cookie = (b"cookie", f"__Host-secretariat-oidc={changed}".encode("latin-1"))
    assert not is_in(await web.get(f"/secretariat/oidc/back?{query(told)}", headers=[cookie]))
    assert office.idp.asked == ["discovery"]


async def test_a_session_cookie_is_not_a_sign_in_that_was_begun(office: Office) -> None:
    """What is sealed for one place opens in no other."""
    web = await office.browser()
    codes = office.desk.office.codes
    secret = codes.seal("staff", "a secret of somebody")
    web.cookies.set("__Host-secretariat-oidc", base64.urlsafe_b64encode(secret).decode())
    assert not is_in(await office.back(web, {"state": "x", "code": "y"}))


@pytest.mark.parametrize("more", ["&code=other", "&state=other", "&error=access_denied", "&iss=x"])
async def test_what_is_said_twice_or_refused_is_no_answer(office: Office, more: str) -> None:
    await office.account()
    web = await office.browser()
    told = office.idp.visit(await office.begin(web))
    assert not is_in(await web.get(f"/secretariat/oidc/back?{query(told)}{more}"))


# What is asked of the provider


def large() -> Response:
    return Response(b"{" + b" " * oidc.BYTES + b"}", media_type="application/json")


def packed() -> Response:
    return Response(b"\x1f\x8b", headers={"Content-Encoding": "gzip"})


BAD_ANSWERS: dict[str, Callable[[], Response]] = {
    "a redirect": redirect,
    "too large": large,
    "packed": packed,
    "a fault": lambda: Response("<p>", 500),
    "a list": lambda: Response("[]"),
}


@pytest.mark.parametrize("place", ["discovery", "token", "keys"])
@pytest.mark.parametrize("bad", BAD_ANSWERS)
async def test_an_answer_that_is_none_lets_nobody_in(office: Office, place: str, bad: str) -> None:
    await office.account()
    office.idp.answers[place] = BAD_ANSWERS[bad]()
    web = await office.browser()
    begun = await web.get("/secretariat/oidc")
    if place == "discovery":
        assert begun.status_code == 503 and "ลองอีกครั้ง" in begun.text
    else:
        assert not is_in(await office.back(web, office.idp.visit(begun.headers["location"])))


@pytest.mark.parametrize("place", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.test/x", "http://idp.test/x", "https://idp.test:8443/x", "https://idp.test@evil.test/x",
     "http://169.254.169.254/", "//idp.test/x", "https://idp.test:99999/x", ""],
)  # fmt: skip
async def test_nothing_is_asked_of_anybody_else(office: Office, place: str, elsewhere: str) -> None:
    office.idp.metadata = {place: elsewhere}
    web = await office.browser()
    assert (await web.get("/secretariat/oidc")).status_code == 503
    assert office.idp.asked == ["discovery"]


async def test_a_request_to_elsewhere_is_stopped_even_then(office: Office) -> None:
    bounded = oidc._Bounded(ISSUER, office.idp.transport)
    for address in ("https://evil.test/keys", "http://idp.test/keys", "https://idp.test:444/keys"):
        with pytest.raises(ProviderError, match="origin"):
            await bounded.handle_async_request(httpx2.Request("GET", address))
    assert office.idp.asked == []


async def test_a_document_of_another_issuer_is_not_believed(office: Office) -> None:
    office.idp.metadata = {"issuer": f"{ISSUER}/"}
    web = await office.browser()
    assert (await web.get("/secretariat/oidc")).status_code == 503


async def test_a_provider_that_does_not_answer_is_given_up(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(request: object) -> Response:
        await asyncio.Event().wait()
        raise AssertionError

    class Silent(httpx2.AsyncBaseTransport):
        handle_async_request = staticmethod(never)  # type: ignore[assignment]

    monkeypatch.setattr(oidc, "SECONDS", 0.05)
    silent = Oidc(ISSUER, CLIENT, BACK, office.desk.clock, Silent())
    with pytest.raises(ProviderError, match="TimeoutError"):
        await silent.begin()
    with pytest.raises(ProviderError, match="a moment ago"):
        await silent.begin()


async def test_what_the_provider_says_of_itself_is_asked_for_once(office: Office) -> None:
    for _ in range(5):
        await office.begin(await office.browser())
    assert office.idp.asked == ["discovery"]
    office.desk.clock.moment += timedelta(minutes=10)
    await office.begin(await office.browser())
    assert office.idp.asked == ["discovery", "discovery"]


async def test_guesses_cost_time(office: Office) -> None:
    office.idp.answers["token"] = JSONResponse({"error": "invalid_grant"}, 400)
    statuses = [(await office.sign_in()).status_code for _ in range(40)]
    assert statuses.count(403) <= 32 and statuses[-1] == 429
    assert office.idp.asked.count("token") == statuses.count(403)


async def test_no_token_code_or_name_is_logged(office: Office, capsys) -> None:
    office.idp.claims = {"email": "canary@office.test", "aud": "canary-aud"}
    answer = await office.sign_in()
    assert not is_in(answer)
    out = "".join(capsys.readouterr())
    told = "\n".join([str(deed) async for deed in office.desk.office.store.audit.read()])
    assert "InvalidClaimError" in out
    for text in (out, told, answer.text):
        assert "canary" not in text and CLIENT[1] not in text and "eyJ" not in text


# Settings


CONFIGURED = {
    "public_url": "https://office.test",
    "identity_key": "ab" * 32,
    "oidc_issuer": ISSUER,
    "oidc_client_id": "console",
    "oidc_client_secret": "canary",
}


@pytest.mark.parametrize("missing", ["oidc_issuer", "oidc_client_id", "oidc_client_secret"])
def test_a_part_of_it_is_a_fault(missing: str) -> None:
    whole = Settings.model_validate(CONFIGURED)
    assert whole.oidc and whole.faults() == []
    [fault] = Settings.model_validate({k: v for k, v in CONFIGURED.items() if k != missing}).faults()
    assert fault.endswith(f"{missing.upper()} is not set.") and "canary" not in fault


def test_it_needs_an_address_to_come_back_to() -> None:
    [fault] = Settings.model_validate({k: v for k, v in CONFIGURED.items() if k != "public_url"}).faults()
    assert "PUBLIC_URL" in fault


@pytest.mark.parametrize(
    ("issuer", "good"),
    [
        ("https://idp.test/", True),
        ("http://127.0.0.1:9000", True),
        ("http://idp.test", False),
        ("idp.test", False),
        ("https://idp.test?x=1", False),
    ],
)
def test_an_issuer_is_https_and_kept_to_the_letter(issuer: str, good: bool) -> None:
    if not good:
        with pytest.raises(ValueError, match="oidc_issuer"):
            Settings.model_validate(CONFIGURED | {"oidc_issuer": issuer})
    else:
        assert Settings.model_validate(CONFIGURED | {"oidc_issuer": issuer}).oidc_issuer == issuer


async def test_its_routes_are_there_when_it_is_configured(desk: Desk) -> None:
    made = [
        console_of(
            settings,
            desk.office.operating,
            desk.office.library,
            desk.office.content,
            ["web"],
            desk.office.clock,
        )
        for settings in (
            Settings.model_validate(CONFIGURED),
            Settings.model_validate({k: v for k, v in CONFIGURED.items() if "oidc" not in k}),
        )
    ]
    paths = [{getattr(route, "path", "") for route in console.routes()} for console in made]
    assert ["/secretariat/oidc" in found for found in paths] == [True, False]


async def test_passwords_work_beside_it(office: Office) -> None:
    secret = await account_of(office.desk, "มาลี", [Role.ANALYST])
    web = await office.browser()
    form = {"name": "มาลี", "password": PASSWORD, "code": code(secret, office.desk.clock)}
    assert (await web.post("/secretariat/sign-in", data=form, headers=ORIGIN)).status_code == 303
