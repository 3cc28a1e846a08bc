"""What a supervisor asks: alive, ready, and figures that tell of nobody."""

import uuid

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.app import running
from bot.errors import SchemaError, UnavailableError
from bot.runtime.guard import HEADERS
from bot.runtime.webhook import BODY_BYTES
from bot.settings import Settings
from bot.store import Store
from tests.app.conftest import KEY, Serve

TOKEN = "t" * 32
WITH_TOKEN = {"Authorization": f"Bearer {TOKEN}"}
PAGE = {"Sec-Fetch-Site": "same-origin"}


async def _read(web) -> dict[tuple[str, ...], float]:
    text = (await web.get("/metrics", headers=WITH_TOKEN)).text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.parametrize("error", [SchemaError("canary"), UnavailableError("canary")])
async def test_without_a_database_it_lives_and_is_not_ready(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def red(_: Store) -> None:
        raise error

    async with serve() as web:
        assert (await web.get("/readyz")).text == "ok\n"
        monkeypatch.setattr(Store, "check", red)
        assert (await web.get("/healthz")).text == "ok\n"
        answer = await web.get("/readyz")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "canary" not in answer.text


async def test_a_process_about_to_stop_is_not_ready(serve: Serve, sqlite_url: str) -> None:
    import httpx2

    settings = Settings.model_validate({"database_url": sqlite_url, "identity_key": KEY})
    async with running(settings) as bot:
        transport = httpx2.ASGITransport(bot.asgi)
        async with httpx2.AsyncClient(transport=transport, base_url="http://bot.test") as web:
            assert (await web.get("/readyz")).status_code == 200
            bot.drain()
            assert (await web.get("/readyz")).status_code == 503
            assert (await web.get("/healthz")).status_code == 200


async def test_figures_are_for_whoever_has_the_token(serve: Serve) -> None:
    async with serve() as web:
        assert (await web.get("/metrics")).status_code == 404
        assert (await web.get("/metrics", headers=WITH_TOKEN)).status_code == 404
    async with serve(metrics_token=TOKEN) as web:
        for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": TOKEN}, {"Authorization": "é"}):
            refused = await web.get("/metrics", headers={k: v.encode() for k, v in headers.items()})
            assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        answer = await web.get("/metrics", headers=WITH_TOKEN)
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert answer.headers["cache-control"] == "no-store"


async def test_turns_and_answers_are_counted_and_nobody_is_named(serve: Serve) -> None:
    async with serve(metrics_token=TOKEN, line_monthly_pushes=300) as web:
        await web.get("/chat/latest")
        session = next(iter(web.cookies.values()))
        for body in ({"kind": "opened"}, {"kind": "typed", "text": "canary"}):
            await web.post("/chat/events", json={"id": str(uuid.uuid4())} | body, headers=PAGE)
        await web.post("/chat/events", content=b"{", headers=PAGE | {"Content-Type": "application/json"})
        figures = await _read(web)
        text = (await web.get("/metrics", headers=WITH_TOKEN)).text
    assert figures["ruamkhit_turns_total", "web"] == 2
    assert figures["ruamkhit_acks_total", "web", "200"] == 2
    assert figures["ruamkhit_acks_total", "web", "400"] == 1
    assert figures["ruamkhit_ack_seconds_count", "web"] == 3
    assert figures["ruamkhit_commit_events_sum",] == 2
    assert figures["ruamkhit_schema_right",] == 1
    assert figures["ruamkhit_line_pushes_allowed",] == 300
    assert figures["ruamkhit_outbox_parked",] == figures["ruamkhit_quarantine_events",] == 0
    assert "canary" not in text
    assert session[:12] not in text
    assert 'channel="/' not in text


async def test_webhooks_are_counted_too_and_answered_with_the_headers(serve: Serve) -> None:
    line = {"line_channel_secret": "s", "line_channel_access_token": "t"}
    telegram = {"telegram_bot_token": "1:t", "telegram_webhook_secret": "s"}
    async with serve(metrics_token=TOKEN, **line, **telegram) as web:
        for path in ("/line/webhook", "/telegram/webhook"):
            refused = await web.post(path, content=b"{}")
            assert refused.headers.items() >= {n.lower(): value for n, value in HEADERS.items()}.items()
        await web.post("/line/webhook", content=b" " * (BODY_BYTES + 1))
        figures = await _read(web)
    assert figures["ruamkhit_acks_total", "line", "401"] == 1
    assert figures["ruamkhit_acks_total", "line", "413"] == 1
    assert figures["ruamkhit_acks_total", "telegram", "401"] == 1
    assert figures["ruamkhit_ack_seconds_count", "line"] == 2


async def test_with_the_database_gone_the_other_figures_are_there(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(_: Store) -> None:
        raise UnavailableError("canary")

    async with serve(metrics_token=TOKEN) as web:
        monkeypatch.setattr(Store, "check", gone)
        figures = await _read(web)
    assert figures["ruamkhit_schema_right",] == 0
    assert figures["ruamkhit_outbox_letters",] != figures["ruamkhit_outbox_letters",]  # not a number
    assert figures["process_resident_memory_bytes",] > 0


def test_a_short_token_does_not_start() -> None:
    settings = Settings.model_validate({"identity_key": KEY, "metrics_token": "short"})
    assert any("METRICS_TOKEN" in fault for fault in settings.faults())
