"""What holds for every channel: the same contract, whoever is at the other end."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette

from bot.channels.line import LineChannel
from bot.channels.telegram import TelegramChannel
from bot.channels.terminal import Player
from bot.channels.web import WebChannel, load_words
from bot.dialogue import Message, MessageType, Opened, Typed
from bot.library import load
from bot.previews import PREVIEWS
from bot.runtime.channel import Channel, Fate, FileGoneError, FileLaterError, Parcel
from content import __path__ as content_path

NOBODY = "http://127.0.0.1:9"  # the discard port: nobody listens there
GREETING = Message(type=MessageType.SYSTEM, lines=("ทักเราในแชตส่วนตัวได้",))


def line() -> Channel:
    return LineChannel(
        secret="s",
        access_token="t",
        api_base=NOBODY,
        data_api_base=NOBODY,
        greeting=GREETING,
        copy_link=lambda _: None,
    )


def telegram() -> Channel:
    return TelegramChannel(token="1:t", webhook_secret="s", api_base=NOBODY, greeting=GREETING, seconds=0.5)


class NoMail:
    """A mailbox and a place for files, both empty."""

    async def since(self, sender, after):
        return []

    async def latest(self, sender):
        return None

    async def wait(self, sender, after, seconds):
        return []


def web() -> Channel:
    words = load_words(Path(content_path[0]) / "web.yaml")
    return WebChannel(
        mailbox=NoMail(),
        uploads=NoMail(),
        words=words,
        clock=lambda: datetime.now(UTC),
        secure_cookies=False,
        previews={},
    )


CHANNELS = {"line": line, "telegram": telegram, "web": web}


@pytest.fixture(params=CHANNELS)
async def channel(request: pytest.FixtureRequest) -> AsyncIterator[Channel]:
    made = CHANNELS[request.param]()
    await made.start()
    yield made
    await made.stop()


async def test_its_name_is_its_own(channel: Channel) -> None:
    assert CHANNELS[channel.name]().name == channel.name
    assert channel.pulls is (channel.name == "web")


async def test_a_stranger_changes_nothing(channel: Channel) -> None:
    """No route of any channel takes an event from somebody who proves nothing."""
    taken: list[object] = []

    async def submit(incomings) -> None:
        taken.extend(incomings)

    app = Starlette(routes=list(channel.routes(submit)))
    paths = [
        (route.path, method)
        for route in app.routes
        if hasattr(route, "methods")
        for method in route.methods or ()
    ]
    assert paths
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://bot") as stranger:
        for path, method in paths:
            if method == "POST":
                for body in (b"", b"{}", b'{"events": []}', b"\xff", b"[" * 5_000):
                    answer = await stranger.request(method, path, content=body)
                    assert 400 <= answer.status_code < 500, (path, body[:20])
    assert taken == []


async def test_a_platform_nobody_reaches_never_raises(channel: Channel) -> None:
    if channel.pulls:
        pytest.skip("its people fetch their messages themselves")
    parcel = Parcel("x:1", channel.name, "7", (GREETING,), "", datetime.now(UTC))
    delivered = await channel.deliver(parcel)
    assert delivered.fate is Fate.RETRY
    assert delivered.sent == 0
    assert delivered.detail != "t"
    with pytest.raises((FileLaterError, FileGoneError)):
        await channel.fetch("ref", 100)


@pytest.mark.parametrize("platform", PREVIEWS)
def test_every_message_of_a_long_talk_fits(platform: str) -> None:
    """Every golden word through every renderer: what does not fit raises."""
    library = load()
    player = Player(library)
    for body in (
        Opened(),
        *(Typed(word) for word in sorted(library.words)),
        Typed("ข้อ 1.2"),
        Typed("ก" * 10_001),
    ):
        messages = [m for m in player.play(body).messages if not m.documents]
        assert bool(PREVIEWS[platform](messages)) is bool(messages)
