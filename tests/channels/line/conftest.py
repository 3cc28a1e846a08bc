"""A stand-in for LINE, and the channel talking to it through the real SDK over real HTTP."""

from collections.abc import AsyncIterator

import pytest

from bot.channels.line import LineChannel
from bot.dialogue import Message, MessageType
from tests.standins.line import LineStandIn

GREETING = Message(MessageType.NAV, ("คุยกับเราในห้องส่วนตัวได้ที่นี่",))
COPY = "https://example.org/copy"


@pytest.fixture
async def line() -> AsyncIterator[LineStandIn]:
    """LINE, with nobody in it."""
    async with LineStandIn() as standin:
        yield standin


@pytest.fixture
async def channel(line: LineStandIn) -> AsyncIterator[LineChannel]:
    """The bot's side, started."""
    channel = LineChannel(
        secret=line.secret,
        access_token=line.token,
        api_base=line.url,
        data_api_base=line.url + "/",
        greeting=GREETING,
        copy_link=lambda address: f"{COPY}/{len(address)}",
    )
    await channel.start()
    yield channel
    await channel.stop()
