"""What every request meets, whatever it asks: headers, limits, plain pages, and only the routes there are."""

import asyncio
import json
from datetime import timedelta
from uuid import uuid4

import pytest

from bot.app import running
from bot.errors import ContentError, SchemaError, SettingsError
from bot.pages import MAX_BODY
from bot.runtime import guard
from bot.runtime.clock import SystemClock
from bot.runtime.identity import Identity
from bot.settings import Settings
from bot.store import Store
from bot.store.database import Database
from tests.app.conftest import KEY, Serve

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}


async def test_every_answer_carries_the_headers(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serve() as web:
        monkeypatch.setattr(Store, "check", _fault)
        for method, path, status in (
            ("GET", "/chat/letters?after=0", 401),
            ("GET", "/", 200),
            ("GET", "/chat", 200),
            ("GET", "/nowhere", 404),
            ("GET", "/copy/forged", 404),
            ("DELETE", "/chat", 405),
            ("GET", "/readyz", 500),
        ):
            answer = await web.request(method, path)
            assert answer.status_code == status, path
            assert {name: answer.headers[name] for name in guard.HEADERS if name != "Cache-Control"} == {
                name: value for name, value in guard.HEADERS.items() if name != "Cache-Control"
            }, path
            assert "server" not in answer.headers


async def _fault(_: Store) -> None:
    raise ZeroDivisionError("canary")


async def test_a_fault_of_ours_says_nothing_of_itself(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serve() as web:
        monkeypatch.setattr(Store, "check", _fault)
        told = (await web.get("/readyz")).text
    assert "ระบบของเราขัดข้อง" in told
    assert "canary" not in told
    assert "Zero" not in told


async def test_a_platform_that_is_not_configured_has_no_route(serve: Serve) -> None:
    async with serve() as web:
        for path in ("/line/webhook", "/telegram/webhook"):
            assert (await web.post(path, content=b"{}")).status_code == 404
    line = {"line_channel_secret": "s", "line_channel_access_token": "t"}
    telegram = {"telegram_bot_token": "1:t", "telegram_webhook_secret": "s"}
    async with serve(**line, **telegram) as web:
        assert (await web.post("/line/webhook", content=b"{}")).status_code == 401
        assert (await web.post("/telegram/webhook", content=b"{}")).status_code == 401


async def test_an_endless_body_is_not_read_to_its_end(sqlite_url: str) -> None:
    """Straight to the ASGI app, which is asked for as much as it wants."""
    given = 0

    async def receive() -> dict[str, object]:
        nonlocal given
        given += 1 << 16
        return {"type": "http.request", "body": b"x" * (1 << 16), "more_body": True}

    answered: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        answered.append(message)

    settings = Settings.model_validate(
        {"database_url": sqlite_url, "line_channel_secret": "s", "line_channel_access_token": "t"}
    )
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/line/webhook",
        "raw_path": b"/line/webhook",
        "query_string": b"",
        "headers": [],
        "http_version": "1.1",
        "scheme": "http",
        "root_path": "",
        "client": ("192.0.2.1", 1),
        "server": ("bot.test", 80),
    }
    async with running(settings) as bot:
        await bot.asgi(scope, receive, send)
    assert answered[0]["status"] == 413
    assert given <= MAX_BODY + (1 << 16)


async def test_a_copy_is_fetched_by_its_link_for_an_hour(serve: Serve, identity: Identity) -> None:
    async with serve() as web:
        session = await _opened(web)
        owner = identity.pseudonym("web", session)
        now = SystemClock().now()
        page = await web.get(f"/copy/{identity.link_token(owner, now)}")
        assert page.status_code == 200
        assert page.headers["cache-control"] == "no-store"
        for name in ("ruamkhit-my-data.txt", "ruamkhit-my-data.json"):
            assert name in page.text
            file = await web.get(f"{page.url}/{name}")
            assert file.headers["content-disposition"].startswith("attachment")
            assert file.headers["cache-control"] == "no-store"
            assert owner in file.text
        assert json.loads(file.text)["pseudonym"] == owner
        late = identity.link_token(owner, now - timedelta(hours=1, seconds=1))
        nobody = identity.link_token(identity.pseudonym("web", "nobody"), now)
        other = Identity(b"x" * 32, "other").link_token(owner, now)
        for token in (late, nobody, other, "x", "%ff", "%00", "a.b.c", "é"):
            assert (await web.get(f"/copy/{token}")).status_code == 404
        assert (await web.get(f"{page.url}/etc")).status_code == 404


async def _opened(web) -> str:
    """Somebody opens the chat and is greeted; their session."""
    await web.get("/chat/latest")
    session = next(iter(web.cookies.values()))
    event = {"id": str(uuid4()), "kind": "opened"}
    assert (await web.post("/chat/events", json=event, headers=SAME_ORIGIN)).status_code == 200
    return session


async def test_a_restart_forgets_nothing(serve: Serve) -> None:
    async with serve() as web:
        session = await _opened(web)
        letter = (await web.get("/chat/latest")).json()["letter"]
    async with serve() as web:
        web.cookies.set("ruamkhit", session)
        assert (await web.get("/chat/latest")).json()["letter"] == letter


async def test_a_public_run_keeps_its_cookies_and_shows_no_previews(serve: Serve) -> None:
    async with serve() as web:
        assert "line" in (await web.get("/")).text
        local = (await web.get("/")).headers["set-cookie"]
    async with serve(public_url="https://chat.example.go.th") as web:
        page = await web.get("/")
        preview = await web.post("/chat/preview", json={"messages": []}, headers=SAME_ORIGIN)
    assert "Secure" not in local
    assert page.headers["set-cookie"].startswith("__Host-")
    assert "Secure" in page.headers["set-cookie"]
    assert preview.status_code >= 400 or preview.json() == {}


async def test_a_public_run_does_not_touch_the_schema(tmp_path) -> None:
    settings = Settings.model_validate(
        {
            "database_url": f"sqlite:///{tmp_path}/empty.db",
            "identity_key": KEY,
            "public_url": "https://chat.example.go.th",
        }
    )
    with pytest.raises(SchemaError, match="python -m bot migrate"):
        async with running(settings):
            pass


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"public_url": "https://chat.example.go.th"}, SettingsError),
        ({"line_channel_secret": "s"}, SettingsError),
        ({"identity_key": "short"}, SettingsError),
        ({"content_dir": "."}, ContentError),
    ],
)
async def test_what_is_wrong_is_told_before_anything_opens(
    sqlite_url: str, settings: dict[str, str], error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    monkeypatch.setattr(Database, "open", opened.append)
    with pytest.raises(error):
        async with running(Settings.model_validate({"database_url": sqlite_url} | settings)):
            pass
    assert opened == []


async def test_a_worker_that_dies_ends_the_run(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that takes in and does not send must not go on."""

    async def die(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("bot.runtime.leases.Worker.run", die)
    with pytest.raises(ExceptionGroup) as raised:
        async with asyncio.timeout(60), running(Settings.model_validate({"database_url": sqlite_url})):
            await asyncio.Event().wait()
    assert raised.group_contains(ZeroDivisionError)
