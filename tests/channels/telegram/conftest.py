"""A bot on Telegram: the channel with the real client, and the platform it talks to."""

from collections.abc import AsyncIterator

import pytest

from bot.channels.telegram import TelegramChannel
from bot.dialogue import Message, MessageType
from tests.standins.telegram import TelegramStandIn

GREETING = Message(type=MessageType.SYSTEM, lines=("ทักเราในแชตส่วนตัวได้",))


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramStandIn]:
    async with TelegramStandIn() as stand_in:
        stand_in.screens[7] = []
        yield stand_in
        assert stand_in.spec_faults == []


@pytest.fixture
async def channel(telegram: TelegramStandIn) -> AsyncIterator[TelegramChannel]:
    made = TelegramChannel(
        token=telegram.token,
        webhook_secret=telegram.secret,
        api_base=telegram.url,
        greeting=GREETING,
        seconds=1.5,
    )
    yield made
    await made.stop()
