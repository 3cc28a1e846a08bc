"""The webhook: nobody but Telegram is heard, and 200 means committed."""

import json
from collections.abc import AsyncIterator

import httpx2
import pytest
from starlette.applications import Starlette

from bot.channels.telegram import TelegramChannel
from bot.errors import UnavailableError
from bot.runtime.channel import Broken, Incoming
from tests.channels.telegram.conftest import GREETING
from tests.standins.telegram import TelegramStandIn

UPDATE = json.dumps(
    {
        "update_id": 5,
        "message": {"message_id": 1, "date": 1, "chat": {"id": 7, "type": "private"}, "text": "a"},
    }
).encode()


class Site:
    """The channel's routes, and what was submitted."""

    def __init__(self, channel: TelegramChannel) -> None:
        self.taken: list[Incoming | Broken] = []
        self.down = False
        app = Starlette(routes=list(channel.routes(self.submit)))
        self.web = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://bot")

    async def submit(self, incomings) -> None:
        if self.down:
            raise UnavailableError("not now")
        self.taken += incomings

    async def post(self, body: bytes, secret: str | bytes | None) -> int:
        headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
        return (await self.web.post("/telegram/webhook", content=body, headers=headers)).status_code


@pytest.fixture
async def site(channel: TelegramChannel):
    made = Site(channel)
    yield made
    await made.web.aclose()


@pytest.mark.parametrize(
    "secret", [None, "", "wrong", "Webhook-secret", "webhook-secre", "webhook-secretx", b"\xe0\xb8\x81"]
)
async def test_a_stranger_is_not_heard(
    site: Site, telegram: TelegramStandIn, secret: str | bytes | None
) -> None:
    assert telegram.secret == "webhook-secret", "the near misses above are of this one"
    assert await site.post(UPDATE, secret) == 401
    assert site.taken == []


async def test_the_secret_counts_once(site: Site, telegram: TelegramStandIn) -> None:
    twice = [("X-Telegram-Bot-Api-Secret-Token", telegram.secret)] * 2
    response = await site.web.post("/telegram/webhook", content=UPDATE, headers=twice)
    assert response.status_code == 401
    assert site.taken == []


async def test_without_a_secret_there_is_no_webhook(telegram: TelegramStandIn) -> None:
    channel = TelegramChannel(
        token=telegram.token, webhook_secret="", api_base=telegram.url, greeting=GREETING
    )
    assert channel.routes(Site.submit) == []
    await channel.stop()


async def test_an_update_is_taken(site: Site, telegram: TelegramStandIn) -> None:
    assert await site.post(UPDATE, telegram.secret) == 200
    (incoming,) = site.taken
    assert isinstance(incoming, Incoming)
    assert (incoming.event.id, incoming.sender, incoming.event.in_order) == ("telegram:5", "7", True)


async def test_when_it_cannot_be_stored_telegram_shall_ask_again(
    site: Site, telegram: TelegramStandIn
) -> None:
    site.down = True
    assert await site.post(UPDATE, telegram.secret) == 503


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"update_id": "x"}', b'{"update_id": 6, "message": {"date": "x"}}', b"\xff\xfe"],
)
async def test_what_nobody_can_read_is_kept_apart(site: Site, telegram: TelegramStandIn, body: bytes) -> None:
    assert await site.post(body, telegram.secret) == 200
    assert all(isinstance(item, Broken) for item in site.taken)


async def test_a_body_over_the_limit(site: Site, telegram: TelegramStandIn) -> None:
    assert await site.post(b" " * ((1 << 20) + 1), telegram.secret) == 413
    assert site.taken == []


async def test_the_length_a_stranger_claims_is_not_believed(site: Site, telegram: TelegramStandIn) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 65536

    response = await site.web.post(
        "/telegram/webhook",
        content=endless(),
        headers={"X-Telegram-Bot-Api-Secret-Token": telegram.secret, "Content-Length": "10"},
    )
    assert response.status_code == 413
    assert site.taken == []


@pytest.mark.parametrize(
    ("text", "greeted"),
    [("/start", True), ("/start@RuamKhit_bot", True), ("/start@another_bot", False), ("hello", False)],
)
async def test_a_group_is_told_where_to_talk_and_nothing_of_it_is_kept(
    site: Site, telegram: TelegramStandIn, text: str, greeted: bool
) -> None:
    telegram.screens[-9] = []
    message = {"message_id": 1, "date": 1, "chat": {"id": -9, "type": "group"}, "text": text}
    assert await site.post(json.dumps({"update_id": 8, "message": message}).encode(), telegram.secret) == 200
    assert site.taken == []
    told = [f"{GREETING.text}\nhttps://t.me/ruamkhit_bot"]
    assert telegram.texts(-9) == (told if greeted else [])


async def test_a_greeting_that_fails_costs_nobody(site: Site, telegram: TelegramStandIn) -> None:
    """Nobody knows this group any more; Telegram must not send the update again for it."""
    change = {
        "chat": {"id": -8, "type": "group"},
        "date": 1,
        "old_chat_member": {"status": "left"},
        "new_chat_member": {"status": "member"},
    }
    body = json.dumps({"update_id": 9, "my_chat_member": change}).encode()
    assert await site.post(body, telegram.secret) == 200
