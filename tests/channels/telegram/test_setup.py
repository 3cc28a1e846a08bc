"""What `connect` and `doctor` do at Telegram."""

import pytest

from bot.channels.telegram import connect, diagnose, disconnect
from bot.errors import SettingsError
from tests.standins.telegram import TelegramStandIn

URL = "https://chat.example.go.th/telegram/webhook"
COMMANDS = {"th": {"start": "เริ่มใหม่"}, "en": {"start": "Start again"}}


async def registered(telegram: TelegramStandIn) -> list[str]:
    return await connect(
        token=telegram.token, api_base=telegram.url, webhook_url=URL, secret="s" * 20, commands=COMMANDS
    )


async def test_connecting_twice_is_the_same_as_once(telegram: TelegramStandIn) -> None:
    told = await registered(telegram)
    once = telegram.webhook, telegram.secret, dict(telegram.menus)
    assert await registered(telegram) == told
    assert (telegram.webhook, telegram.secret, telegram.menus) == once
    assert {language for scope, language in telegram.menus if scope == "all_private_chats"} == {
        "",
        "th",
        "en",
    }
    assert not any(scope == "all_group_chats" for scope, _ in telegram.menus)
    assert "s" * 20 not in " ".join(told)
    assert await diagnose(token=telegram.token, api_base=telegram.url, webhook_url=URL) == []


async def test_what_is_wrong_is_said_without_a_secret(telegram: TelegramStandIn) -> None:
    found = await diagnose(token=telegram.token, api_base=telegram.url, webhook_url=URL)
    assert "no webhook is registered" in found[0]
    (refused,) = await diagnose(token="1:wrong", api_base=telegram.url, webhook_url=URL)
    assert "TELEGRAM_BOT_TOKEN" in refused
    assert "1:wrong" not in refused
    with pytest.raises(SettingsError):
        await connect(token="1:wrong", api_base=telegram.url, webhook_url=URL, secret="s", commands=COMMANDS)


async def test_doctor_names_what_telegram_tells(telegram: TelegramStandIn) -> None:
    telegram.webhook = "https://old.example.go.th/telegram/webhook"
    telegram.webhook_error = "Wrong response from the webhook: 503 Service Unavailable"
    telegram.reads_groups = True
    telegram.pending = [{"update_id": 1}, {"update_id": 2}]
    found = await diagnose(token=telegram.token, api_base=telegram.url, webhook_url=URL)
    for part in ("old.example.go.th", "503 Service Unavailable", "2 updates", "/setprivacy"):
        assert any(part in sentence for sentence in found), part
    assert len(found) == 4


async def test_doctor_of_a_run_that_polls(telegram: TelegramStandIn) -> None:
    assert await diagnose(token=telegram.token, api_base=telegram.url, webhook_url="") == []
    await registered(telegram)
    (found,) = await diagnose(token=telegram.token, api_base=telegram.url, webhook_url="")
    assert "--remove" in found


@pytest.mark.parametrize(
    ("url", "secret"), [("http://chat.example.go.th", "s" * 20), (URL, "ลับ"), (URL, "s" * 257)]
)
async def test_a_refused_setting_is_named(telegram: TelegramStandIn, url: str, secret: str) -> None:
    with pytest.raises(SettingsError, match="PUBLIC_URL, TELEGRAM_WEBHOOK_SECRET") as refused:
        await connect(
            token=telegram.token, api_base=telegram.url, webhook_url=url, secret=secret, commands=COMMANDS
        )
    assert secret not in str(refused.value)
    assert telegram.webhook == ""


async def test_a_telegram_that_cannot_be_reached_is_said(telegram: TelegramStandIn) -> None:
    nobody = "http://127.0.0.1:9"
    (found,) = await diagnose(token=telegram.token, api_base=nobody, webhook_url=URL)
    assert "TELEGRAM_API_BASE" in found
    with pytest.raises(SettingsError, match="TELEGRAM_API_BASE") as failed:
        await disconnect(token=telegram.token, api_base=nobody)
    assert telegram.token not in str(failed.value)


async def test_disconnecting_keeps_what_waits(telegram: TelegramStandIn) -> None:
    telegram.webhook = URL
    telegram.pending = [{"update_id": 1}]
    for _ in range(2):
        await disconnect(token=telegram.token, api_base=telegram.url)
        assert (telegram.webhook, len(telegram.pending)) == ("", 1)
