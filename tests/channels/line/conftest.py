"""A stand-in for LINE, and the channel talking to it through the real SDK over real HTTP."""

import socket
from collections.abc import AsyncIterator

import pytest

from bot.channels.line import LineChannel
from bot.dialogue import Message, MessageType
from tests.standins.line import LineStandIn

GREETING = Message(MessageType.NAV, ("คุยกับเราในห้องส่วนตัวได้ที่นี่",))
COPY = "https://example.org/copy"


@pytest.fixture(scope="session")
async def line_server() -> AsyncIterator[LineStandIn]:
    """One server for all tests; starting and stopping one takes a fifth of a second."""
    async with LineStandIn() as standin:
        yield standin


@pytest.fixture
def line(line_server: LineStandIn) -> LineStandIn:
    """LINE, with nobody in it."""
    line_server.forget()
    return line_server


async def started(line: LineStandIn, api_base: str) -> AsyncIterator[LineChannel]:
    """The bot's side, talking to `api_base`."""
    channel = LineChannel(
        secret=line.secret,
        access_token=line.token,
        api_base=api_base,
        data_api_base=api_base + "/",
        greeting=GREETING,
        copy_link=lambda address: f"{COPY}/{len(address)}",
    )
    await channel.start()
    yield channel
    await channel.stop()


@pytest.fixture
async def channel(line: LineStandIn) -> AsyncIterator[LineChannel]:
    """The bot's side."""
    async for channel in started(line, line.url):
        yield channel


@pytest.fixture
async def cut_off(line: LineStandIn) -> AsyncIterator[LineChannel]:
    """The bot's side, where nobody listens at LINE's address."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: every connection is refused
        async for channel in started(line, f"http://127.0.0.1:{taken.getsockname()[1]}"):
            yield channel
