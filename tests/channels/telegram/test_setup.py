"""What is registered with Telegram, what is found wrong, and updates without a webhook."""

import asyncio

import pytest

from bot.channels.telegram import TelegramChannel, connect, diagnose, disconnect, poll
from bot.errors import SettingsError, UnavailableError
from bot.runtime.channel import Incoming
from tests.standins.telegram import TelegramStandIn, answer

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


async def test_polling_moves_on_only_after_the_commit(
    telegram: TelegramStandIn, channel: TelegramChannel
) -> None:
    taken: list[str] = []
    tries = 0
    done = asyncio.Event()

    async def submit(incomings) -> None:
        nonlocal tries
        tries += 1
        if tries <= 2:
            raise UnavailableError("not now")
        taken.extend(i.event.body.text for i in incomings if isinstance(i, Incoming))
        if len(taken) >= 2:
            done.set()

    await telegram.send_text(7, "หนึ่ง")
    polling = asyncio.create_task(poll(channel, submit, pause=0.01))
    async with asyncio.timeout(10):
        async with telegram.changed:
            await telegram.changed.wait_for(lambda: tries == 0)
        await telegram.send_text(7, "สอง")
        await done.wait()
    polling.cancel()
    assert taken == ["หนึ่ง", "สอง"]


async def test_polling_waits_for_its_webhook_to_go(
    telegram: TelegramStandIn, channel: TelegramChannel
) -> None:
    """Whoever forgot to remove the webhook loses nothing by it."""
    telegram.webhook = URL
    got = asyncio.Event()

    async def submit(incomings) -> None:
        if incomings:
            got.set()

    polling = asyncio.create_task(poll(channel, submit, pause=0.01))
    async with asyncio.timeout(10):
        assert await disconnect(token=telegram.token, api_base=telegram.url)
        await telegram.send_text(7, "หลังเอาออก")
        await got.wait()
    polling.cancel()


async def test_an_error_of_telegram_does_not_end_the_polling(
    telegram: TelegramStandIn, channel: TelegramChannel
) -> None:
    telegram.script("getUpdates", answer(500), answer(502, body=b"<html>"), answer(429, retry_after=0))
    got = asyncio.Event()

    async def submit(incomings) -> None:
        if incomings:
            got.set()

    await telegram.send_text(7, "ยังอยู่")
    polling = asyncio.create_task(poll(channel, submit, pause=0.01))
    async with asyncio.timeout(10):
        await got.wait()
    polling.cancel()
