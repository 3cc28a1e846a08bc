"""Updates without a webhook: the offset moves only after the commit, and nothing ends the asking."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from bot.channels.telegram import TelegramChannel, disconnect, poll
from bot.dialogue import Typed
from bot.errors import UnavailableError
from bot.runtime.channel import Broken, Incoming
from tests.standins.telegram import TelegramStandIn, answer, reset

URL = "https://chat.example.go.th/telegram/webhook"


class Intake:
    """Takes what it is given, after failing as often as told; wakes whoever waits."""

    def __init__(self, *faults: Exception) -> None:
        self.faults = list(faults)
        self.offered: list[str] = []
        self.taken: list[str] = []
        self.broken: list[str] = []
        self.changed = asyncio.Condition()

    async def submit(self, items: Sequence[Incoming | Broken]) -> None:
        texts = [
            item.event.body.text
            for item in items
            if isinstance(item, Incoming) and isinstance(item.event.body, Typed)
        ]
        self.offered += texts
        if self.faults:
            raise self.faults.pop(0)
        self.taken += texts
        self.broken += [item.id for item in items if isinstance(item, Broken)]
        async with self.changed:
            self.changed.notify_all()

    async def until(self, seen: Callable[[], bool]) -> None:
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(seen)


@asynccontextmanager
async def polling(channel: TelegramChannel, intake: Intake) -> AsyncIterator[None]:
    task = asyncio.create_task(poll(channel, intake.submit, pause=0.01))
    try:
        yield
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_what_waited_and_what_comes_is_taken_once(
    telegram: TelegramStandIn, channel: TelegramChannel
) -> None:
    intake = Intake()
    for n in range(250):
        await telegram.send_text(7, str(n))
    async with polling(channel, intake):
        await intake.until(lambda: len(intake.taken) == 250)
        await telegram.send_text(7, "250")
        await intake.until(lambda: len(intake.taken) > 250)
    assert intake.taken == [str(n) for n in range(251)]


@pytest.mark.parametrize("fault", [UnavailableError("not now"), RuntimeError("a bug")])
async def test_the_offset_moves_only_after_the_commit(
    telegram: TelegramStandIn, channel: TelegramChannel, fault: Exception
) -> None:
    intake = Intake(fault, fault)
    await telegram.send_text(7, "หนึ่ง")
    async with polling(channel, intake):
        await intake.until(lambda: bool(intake.taken))
    assert (intake.offered, intake.taken) == (["หนึ่ง"] * 3, ["หนึ่ง"])
    offsets = [call["offset"] for call in telegram.calls_of("getUpdates")]
    assert offsets[:3] == [0, 0, 0]


async def test_killed_before_the_commit_the_next_process_gets_it(
    telegram: TelegramStandIn, channel: TelegramChannel
) -> None:
    reached = asyncio.Event()

    async def never(_: Sequence[Incoming | Broken]) -> None:
        reached.set()
        await asyncio.Event().wait()

    await telegram.send_text(7, "ก่อนไฟดับ")
    task = asyncio.create_task(poll(channel, never))
    async with asyncio.timeout(10):
        await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    intake = Intake()
    async with polling(channel, intake):
        await intake.until(lambda: bool(intake.taken))
    assert intake.taken == ["ก่อนไฟดับ"]


async def test_one_unreadable_update_does_not_cost_the_others(
    telegram: TelegramStandIn, channel: TelegramChannel
) -> None:
    intake = Intake()
    await telegram.send_text(7, "ก่อน")
    await telegram.post("message", {"message_id": "not a number"})
    poison = telegram.sent[-1]["update_id"]
    await telegram.send_text(7, "หลัง")
    async with polling(channel, intake):
        await intake.until(lambda: len(intake.taken) == 2)
    assert intake.broken == [f"telegram:{poison}"]


async def test_faults_of_telegram_do_not_end_the_asking(
    telegram: TelegramStandIn, channel: TelegramChannel
) -> None:
    telegram.script(
        "getUpdates",
        answer(500),
        answer(502, body=b"<html>"),
        answer(200, body=b'{"ok": true, "result": 5}'),
        reset(),
        answer(401, "Unauthorized"),
        answer(429, "Too Many Requests: retry after 1", retry_after=1),
    )
    intake = Intake()
    await telegram.send_text(7, "ยังอยู่")
    with capture_logs() as logs:
        async with polling(channel, intake):
            await intake.until(lambda: bool(intake.taken))
    assert [log["error"] for log in logs][-1] == "RetryAfter"
    assert logs[-1]["seconds"] == 1.0
    assert telegram.token not in str(logs)


async def test_a_webhook_in_the_way_is_explained_and_loses_nothing(
    telegram: TelegramStandIn, channel: TelegramChannel
) -> None:
    intake = Intake()
    await telegram.send_text(7, "รออยู่")
    telegram.webhook = URL
    with capture_logs() as logs:
        async with polling(channel, intake):
            async with asyncio.timeout(10), telegram.changed:  # the second call comes after the log's line
                await telegram.changed.wait_for(lambda: len(telegram.calls_of("getUpdates")) == 2)
            await disconnect(token=telegram.token, api_base=telegram.url)
            await intake.until(lambda: bool(intake.taken))
    assert "connect --remove" in logs[0]["event"]
    assert intake.taken == ["รออยู่"]


async def test_a_group_is_greeted_after_the_others_are_safe(
    telegram: TelegramStandIn, channel: TelegramChannel
) -> None:
    telegram.screens[-9] = []
    chat = {"id": -9, "type": "group"}
    await telegram.post("message", {"message_id": 1, "date": 1, "chat": chat, "text": "/start@ruamkhit_bot"})
    await telegram.send_text(7, "คนหนึ่ง")
    intake = Intake()
    async with polling(channel, intake), asyncio.timeout(10), telegram.changed:
        await telegram.changed.wait_for(lambda: telegram.texts(-9))
    assert intake.taken == ["คนหนึ่ง"]
    assert telegram.texts(-9)[0].endswith("https://t.me/ruamkhit_bot")
