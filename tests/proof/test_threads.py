"""Twenty-four threads of other bots (RELIABILITY.md 6), each a regression test against ours.

The names are those of the threads; every test does to our bot what the thread says was done to theirs.
"""

import asyncio
import csv
import io
import json
import logging
import re
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
import uvicorn
from aiohttp import ClientTimeout
from structlog.testing import capture_logs

from bot.app import running
from bot.channels.line import LineChannel
from bot.channels.telegram import TelegramChannel, poll, polling
from bot.dialogue import Action, FileArrived, Message, MessageType, Typed, Verb
from bot.errors import UnavailableError
from bot.runtime.channel import Broken, Delivered, Fate, Incoming
from bot.secretariat.exports.guard import as_typed, safe
from bot.settings import Settings
from bot.store import LetterState
from bot.verbs.receiving import Receiver
from tests.proof.parts import Bench, act, bench, library
from tests.secretariat.hostile import FORMULAS, HOSTILE
from tests.standins import line as at_line
from tests.standins import telegram as at_telegram
from tests.standins.line import LineStandIn
from tests.standins.telegram import TelegramStandIn
from tests.store.look import column

WORDS = Message(MessageType.NAV, ("-",))
KEY = "5a" * 32


@dataclass
class Site:
    """Our bot over real HTTP between two stand-ins."""

    line: LineStandIn
    telegram: TelegramStandIn
    url: str
    database: str

    async def count(self, table: str) -> int:
        """The rows of a table."""
        return len(await column(self.database, table, "id"))

    async def settled(self) -> None:
        """Wait until nothing is left to be said."""
        async with asyncio.timeout(20):
            while any(s in (LetterState.WAITING, LetterState.LEASED) for s in await self.states()):
                await asyncio.sleep(0.02)

    async def states(self) -> list[object]:
        """Where each letter is."""
        return await column(self.database, "outbox", "state")


@pytest.fixture
async def site(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """The whole bot, served as `serve` serves it."""
    monkeypatch.setattr("bot.app.admit", lambda _: library())
    async with (
        LineStandIn() as line,
        TelegramStandIn() as telegram,
        _served(sqlite_url, line, telegram) as url,
    ):
        yield Site(line, telegram, url, sqlite_url)


@asynccontextmanager
async def _served(
    database: str, line: LineStandIn, telegram: TelegramStandIn, **more: str
) -> AsyncIterator[str]:
    settings = Settings.model_validate(
        {
            "database_url": database,
            "identity_key": KEY,
            "line_channel_secret": line.secret,
            "line_channel_access_token": line.token,
            "line_api_base": line.url,
            "line_data_api_base": line.url,
            "telegram_bot_token": telegram.token,
            "telegram_webhook_secret": telegram.secret,
            "telegram_api_base": telegram.url,
        }
        | more
    )
    async with running(settings) as bot:
        listening = socket.create_server(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        config = uvicorn.Config(bot.asgi, http=Receiver, lifespan="off", log_config=None, access_log=False)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        line.webhook, telegram.webhook = f"{url}/line/webhook", f"{url}/telegram/webhook"
        yield url
        bot.drain()
        server.should_exit = True
        await serving


@asynccontextmanager
async def _on_line(told: Bench, line: LineStandIn, patience: float = 0.3) -> AsyncIterator[None]:
    """LINE's side of a bench, with the bench's clock on both sides."""
    channel = LineChannel(
        secret=line.secret,
        access_token=line.token,
        api_base=line.url,
        data_api_base=line.url,
        greeting=WORDS,
        copy_link=lambda _: None,
    )
    channel.timeout = ClientTimeout(total=patience)
    channel.clock = told.clock
    line.clock = lambda: told.clock.now().timestamp()
    told.channels["line"] = channel
    await channel.start()
    try:
        yield
    finally:
        await channel.stop()


@asynccontextmanager
async def _on_telegram(telegram: TelegramStandIn) -> AsyncIterator[TelegramChannel]:
    channel = TelegramChannel(
        token=telegram.token,
        webhook_secret=telegram.secret,
        api_base=telegram.url,
        greeting=WORDS,
        seconds=0.5,
    )
    try:
        yield channel
    finally:
        await channel.stop()


class Intake:
    """Takes texts in; fails first as often as told, and can be held up."""

    def __init__(self, *faults: Exception) -> None:
        self.faults = list(faults)
        self.taken: list[str] = []
        self.asked = asyncio.Event()
        self.open = asyncio.Event()
        self.open.set()

    async def submit(self, items: Sequence[Incoming | Broken]) -> None:
        self.asked.set()
        await self.open.wait()
        if self.faults:
            raise self.faults.pop(0)
        for item in items:
            if isinstance(item, Incoming) and isinstance(item.event.body, Typed):
                self.taken.append(item.event.body.text)

    async def until(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.taken) < count:
                await asyncio.sleep(0.01)


@asynccontextmanager
async def _asking(channel: TelegramChannel, intake: Intake) -> AsyncIterator[None]:
    task = asyncio.create_task(poll(channel, intake.submit, pause=0.001))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _answering(n: int = 0) -> list[str]:
    """The buttons that answer the first question that has options, one for each option."""
    questions = [q for q in library().questions.values() if q.kind in ("single", "scale")]
    question = questions[n]
    return [
        Action(Verb.CHOOSE, (question.id, question.version, option.id)).token() for option in question.options
    ]


async def test_line_bot_sdk_python_30_the_signature_is_of_the_bytes_as_they_came(site: Site) -> None:
    """InvalidSignatureError on every message of a bot that signed what it had read and written again."""
    bodies = []
    for n, style in enumerate(
        ({"indent": 3}, {"ensure_ascii": True}, {"ensure_ascii": False}, {"separators": (",", ":")})
    ):
        event = site.line.event(
            "message", f"U{n:032x}", message={"id": str(n), "type": "text", "text": "ก 👍"}
        )
        bodies.append(json.dumps({"events": [event], "destination": "U"}, **style).encode())
    assert len(set(bodies)) == 4
    for body in bodies:
        assert (await site.line.post_raw(body)).status_code == 200
    assert await site.count("events") == 4


async def test_line_bot_sdk_python_37_verify_sends_no_events(site: Site) -> None:
    """The console's "Verify" got a 500."""
    assert (await site.line.post()).status_code == 200
    assert await site.count("events") == await site.count("quarantine") == 0


async def test_line_bot_sdk_python_188_verify_sends_dummy_reply_tokens(site: Site) -> None:
    """The dummy token was replied to, which LINE refused, which became a 500."""
    for token in ("0" * 32, "f" * 32):
        event = site.line.event("message", "Udeadbeef", message={"id": "1", "type": "text", "text": "Hello"})
        assert (await site.line.post(event | {"replyToken": token})).status_code == 200
    await site.settled()
    assert site.line.calls == []
    assert await site.count("events") == await site.count("quarantine") == 0


async def test_line_bot_sdk_python_145_no_secret_is_there_to_be_pasted(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """A live token and secret stood in what was pasted into an issue when a reply failed."""
    caplog.set_level(logging.DEBUG)
    said = site.line.token + site.line.secret
    site.line.script("reply", at_line.answer(400, said), at_line.answer(500, said))
    site.line.script("push", at_line.answer(400, said))
    with capture_logs() as logged:
        await site.line.follow("U1")
        await site.line.until(lambda: bool(site.line.calls_of("push")))
        async with asyncio.timeout(10):
            while not logged:
                await asyncio.sleep(0.01)
    details = await column(site.database, "outbox", "detail")
    told = (
        repr((logged, details, Settings.model_validate({"line_channel_secret": site.line.secret})))
        + caplog.text
    )
    assert site.line.token not in told
    assert site.line.secret not in told


async def test_line_bot_sdk_python_146_slow_work_is_answered_by_push() -> None:
    """Work that took longer than a reply token lives ended in "Invalid reply token"."""
    async with LineStandIn() as line, bench() as told, _on_line(told, line):
        await told.commit(act("line:1", "U1", told.clock, "line", line.new_reply_token("U1")))
        told.clock.move(seconds=61)
        await told.deliver()
        assert line.texts("U1") == ["line:1"]
        assert len(line.pushes) == 1


async def test_line_bot_sdk_python_328_an_invalid_token_after_a_time_out_means_it_may_have_been_shown() -> (
    None
):
    """A time-out, and from then on "Invalid reply token": the first call had worked."""
    async with LineStandIn() as line, bench() as told, _on_line(told, line):
        line.script("reply", at_line.silence(accepted=True))
        await told.commit(act("line:1", "U1", told.clock, "line", line.new_reply_token("U1")))
        await told.deliver()
        assert line.texts("U1") == ["line:1"]
        assert line.pushes == []
        # And when it had not worked, it is shown.
        line.script("reply", at_line.silence(accepted=False))
        await told.commit(act("line:3", "U1", told.clock, "line", line.new_reply_token("U1")))
        await told.deliver()
        assert line.texts("U1") == ["line:1", "line:3"]


async def test_line_bot_sdk_python_821_a_secret_is_changed_without_a_door_left_open(
    site: Site, sqlite_url: str
) -> None:
    """An option to accept anything while the secret is changed. What the new one signs is refused, and
    delivered again to the bot that knows it."""
    site.line.secret = "the-new-secret"
    assert (await site.line.follow("U1")).status_code == 401
    assert await site.count("events") == 0
    async with _served(sqlite_url, site.line, site.telegram):
        assert (await site.line.redeliver()).status_code == 200
        site.line.secret = "channel-secret"
        assert (await site.line.follow("U1")).status_code == 401
    assert await site.count("events") == 1
    for file in Path("bot").rglob("*.py"):
        assert "skip_signature" not in file.read_text()


async def test_cofacts_rumors_line_bot_154_a_file_that_came_late_is_answered() -> None:
    """Reading a picture outlived the reply token, and its sender saw nothing."""
    async with LineStandIn() as line, bench() as told, _on_line(told, line):
        token = line.new_reply_token("U1")
        told.clock.move(seconds=75)  # the file was fetched; what became of it is an event of its own
        late = act("line:1/f1", "U1", told.clock, "line", token)
        body = FileArrived("line:1/f1", "a" * 64, "application/pdf", 4)
        await told.commit(Incoming(_with(late, body), "U1", token))
        await told.deliver()
        assert line.texts("U1") == ["line:1/f1"]
        assert len(line.pushes) == 1


def _with(incoming: Incoming, body: Any) -> Any:
    from msgspec.structs import replace

    return replace(incoming.event, body=body)


async def test_python_telegram_bot_5329_stopping_confirms_nothing_that_is_not_stored() -> None:
    """Updates were lost when polling stopped while they were on their way."""
    async with TelegramStandIn() as telegram, _on_telegram(telegram) as channel:
        await telegram.send_text(7, "one")
        held = Intake()
        held.open.clear()
        async with _asking(channel, held):
            async with asyncio.timeout(10):
                await held.asked.wait()
        assert held.taken == []
        intake = Intake()
        async with _asking(channel, intake):
            await intake.until(1)
        assert intake.taken == ["one"]


async def test_python_telegram_bot_970_who_hangs_up_silences_nobody(site: Site) -> None:
    """A broken pipe on the webhook ended the dispatcher; the bot was mute."""
    host, port = site.url.removeprefix("http://").split(":")
    for sent in (
        b"",
        b"POST /line/webhook HTTP/1.1\r\n",
        b"POST /line/webhook HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nab",
    ):
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(sent)
        await writer.drain()
        writer.transport.abort()
    await site.line.follow("U1")
    assert await site.line.told("U1", 10)


@pytest.mark.parametrize("fault", [at_telegram.reset(accepted=False), at_telegram.silence(accepted=False)])
async def test_python_telegram_bot_510_when_the_network_returns_so_does_the_bot(
    fault: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Silent for ever after the network had been away."""
    monkeypatch.setattr("bot.channels.telegram.limits.LONG_POLL", 0)
    monkeypatch.setattr("bot.channels.telegram.limits.PATIENCE", 1.0)
    async with TelegramStandIn() as telegram, _on_telegram(telegram) as channel:
        intake = Intake()
        telegram.script("getUpdates", fault, fault)
        await telegram.send_text(7, "one")
        async with _asking(channel, intake):
            await intake.until(1)
        assert intake.taken == ["one"]


async def test_python_telegram_bot_4405_no_error_ends_the_polling() -> None:
    """Polling stopped after an error."""
    async with TelegramStandIn() as telegram, _on_telegram(telegram) as channel:
        intake = Intake(UnavailableError("not now"), RuntimeError("a fault of ours"))
        faults = [at_telegram.answer(status) for status in (400, 401, 403, 404, 409, 500, 502)]
        telegram.script("getUpdates", *faults, at_telegram.answer(200, body=b"<html>"))
        await telegram.send_text(7, "one")
        async with _asking(channel, intake):
            await intake.until(1)
            await telegram.send_text(7, "two")
            await intake.until(2)
        assert intake.taken == ["one", "two"]


async def test_python_telegram_bot_3087_calls_that_hang_hold_nobody_up() -> None:
    """The connections of the pool were used up: "Request was *not* sent"."""
    async with LineStandIn() as line, bench() as told, _on_line(told, line, patience=5):
        stuck = {f"U{n}" for n in range(24)}
        line.misbehave = lambda call: at_line.silence() if line.chat_of(call) in stuck else None
        await told.commit(*(act(f"line:{n}", f"U{n}", told.clock, "line") for n in range(60)))
        delivering = asyncio.create_task(told.deliver())
        await line.until(lambda: all(line.shown.get(f"U{n}") for n in range(24, 60)), seconds=4)
        line.misbehave = lambda _: None
        await delivering
        assert all(line.shown[f"U{n}"] for n in range(60))


async def _shown_on_telegram(text: str) -> tuple[list[str], list[dict[str, Any]]]:
    async with TelegramStandIn() as telegram, bench(_saying(text)) as told, _on_telegram(telegram) as channel:
        telegram.screens[7] = []
        told.channels["telegram"] = channel
        await told.commit(act("telegram:1", "7", told.clock, "telegram"))
        await told.deliver()
        return telegram.texts(7), telegram.calls_of("sendMessage")


def _saying(text: str) -> Any:
    from bot.dialogue import Turn

    return lambda person, event, _: Turn(
        participant=person, messages=(Message(MessageType.SYSTEM, (text,), id="m"),)
    )


@pytest.mark.parametrize("text", ["a < b", "<b>", "&lt;", "</pre><script>", "ก<ข & ค>ง"])
async def test_python_telegram_bot_2981_a_sign_of_html_loses_no_message(text: str) -> None:
    """`<` in HTML mode: 400, and the message was lost."""
    texts, calls = await _shown_on_telegram(text)
    assert texts == [text]
    assert "parse_mode" not in calls[0]


async def test_python_telegram_bot_5120_a_wrong_token_is_not_in_the_log(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """What a stranger gave as the webhook's token was written to the log."""
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logged:
        async with httpx2.AsyncClient() as web:
            headers = {"X-Telegram-Bot-Api-Secret-Token": "canary-of-a-stranger"}
            answer = await web.post(f"{site.url}/telegram/webhook", json={"update_id": 1}, headers=headers)
    assert answer.status_code == 401
    ours = [
        record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))
    ]
    assert "canary" not in repr(logged) + repr(ours)


async def test_aiogram_1401_a_flood_answer_to_get_updates_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Flood control on getUpdates: the next call came too early, and the next, and the next."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(polling, "asyncio", SimpleNamespace(sleep=sleep))
    async with TelegramStandIn() as telegram, _on_telegram(telegram) as channel:
        telegram.script("getUpdates", at_telegram.answer(429, retry_after=37))
        await telegram.send_text(7, "one")
        intake = Intake()
        task = asyncio.create_task(poll(channel, intake.submit, pause=0.01))
        async with asyncio.timeout(10):
            await intake.asked.wait()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert waits == [37.0]


async def test_aiogram_960_texts_sent_at_once_are_taken_one_after_another(site: Site) -> None:
    """Three forwarded answers all landed in the first question, because all saw the same state."""
    texts = ["รถเมล์ถึงทุกหมู่บ้าน", "อยากให้ตอบเร็วขึ้น", "สวัสดี"]
    begin = Action(Verb.COMPOSE, (library().draft.clauses[0].id,)).token()
    for user in ("Utogether", "Uapart"):
        await site.line.follow(user)
        await site.line.press(user, begin)
    events = [
        site.line.event("message", "Utogether", message={"id": f"t{n}", "type": "text", "text": text})
        for n, text in enumerate(texts)
    ]
    events = [event | {"timestamp": event["timestamp"] + n} for n, event in enumerate(events)]
    await site.line.post(*events)
    for text in texts:
        await site.line.send_text("Uapart", text)
    await site.settled()
    assert site.line.texts("Utogether") == site.line.texts("Uapart")


async def test_aiogram_1317_each_of_twenty_presses_sees_the_one_before(site: Site) -> None:
    """Ten to twenty messages at once all saw the old state."""
    tokens = _answering()[:2]
    presses = [site.line.event("postback", "U1", postback={"data": tokens[n % 2]}) for n in range(20)]
    presses = [event | {"timestamp": presses[0]["timestamp"] + n} for n, event in enumerate(presses)]
    answers = await asyncio.gather(*(site.line.post(event) for event in presses))
    assert {answer.status_code for answer in answers} == {200}
    replaced = await column(site.database, "answers", "replaced_at")
    chosen = await column(site.database, "answers", "chosen")
    times = await column(site.database, "answers", "at")
    assert len(replaced) == 20
    assert replaced.count(None) == 1
    newest = max(range(20), key=lambda n: str(times[n]))
    assert replaced[newest] is None
    assert chosen[newest] == (tokens[19 % 2].rsplit(":", 1)[1],)


@pytest.mark.parametrize("text", ["a_b", "*", "`", "[x](", "_*~`>#+-=|{}.!", "\\"])
async def test_aiogram_197_a_sign_of_markdown_loses_no_message(text: str) -> None:
    """One `_` in Markdown: an exception, and no reply."""
    texts, _ = await _shown_on_telegram(text)
    assert texts == [text]


async def test_tdlib_telegram_bot_api_211_an_update_that_comes_again_is_answered_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """500, and the same update came three to five times; people saw "Waiting…" five times."""
    from bot.runtime.turns import Turns

    together = Turns._together
    failing = [UnavailableError("not now")] * 2

    async def shaky(self: Turns, events: Any, take: Any) -> None:
        await together(self, events, take)  # stored, and nobody was told
        if failing:
            raise failing.pop()

    monkeypatch.setattr(Turns, "_together", shaky)
    statuses = [(await site.telegram.start(7)).status_code]
    while statuses[-1] != 200:
        statuses.append((await site.telegram.redeliver()).status_code)
    statuses.append((await site.telegram.redeliver()).status_code)
    await site.settled()
    assert statuses == [503, 503, 200, 200]
    texts = site.telegram.texts(7)
    assert texts
    assert len(texts) == len(set(texts))
    assert await site.count("outbox") == 1


async def test_chatwoot_15450_a_webhook_that_comes_twice_leaves_one_row(site: Site) -> None:
    """No idempotency for LINE, Telegram, Twilio: duplicate rows."""
    press = site.line.event("postback", "U1", postback={"data": _answering()[0]})
    await asyncio.gather(*(site.line.post(press) for _ in range(16)))
    await site.telegram.start(7)
    await asyncio.gather(*(site.telegram.redeliver() for _ in range(8)))
    assert await site.count("answers") == 1
    assert await site.count("events") == 2


async def test_chatwoot_11901_one_act_that_is_told_twice_is_one(site: Site) -> None:
    """One message, and two events of it in one go."""
    press = site.line.event("postback", "U1", postback={"data": _answering()[0]})
    again = press | {"deliveryContext": {"isRedelivery": True}}
    assert (await site.line.post(press, again, press)).status_code == 200
    await site.settled()
    assert await site.count("answers") == await site.count("outbox") == 1


def test_chatwoot_15272_no_exported_text_is_a_formula() -> None:
    """CSV exports of what customers wrote were formulas in a spreadsheet."""
    cells = [*HOSTILE, *(f'{sign}HYPERLINK("http://e")' for sign in FORMULAS)]
    written = io.StringIO()
    csv.writer(written).writerows([[safe(cell)] for cell in cells])
    written.seek(0)
    for cell, (read,) in zip(cells, csv.reader(written), strict=True):
        first = re.sub(r"^[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+", "", read)
        assert not first.startswith(FORMULAS)
        if "\0" not in cell:
            assert as_typed(read) == cell


@pytest.mark.parametrize("fate", [Fate.RETRY, Fate.REFUSED])
async def test_courier_21_a_message_that_never_goes_is_not_tried_for_ever(fate: Fate) -> None:
    """A fail-safe against double sends, and messages that fail to queue are retried without end."""
    attempts: list[int] = []

    class Failing:
        replies_for = None

        async def deliver(self, parcel: Any) -> Delivered:
            attempts.append(parcel.attempt)
            return Delivered(fate)

    async with bench() as told:
        told.channels["line"] = Failing()  # type: ignore[assignment]
        await told.commit(act("line:1", "U1", told.clock, "line"))
        began = told.clock.now()
        await told.deliver()
        assert await column(told.url, "outbox", "state") == [LetterState.PARKED]
        assert timedelta() <= told.clock.now() - began < timedelta(hours=25)
    assert attempts == list(range(1, len(attempts) + 1))
    assert len(attempts) == 1 if fate is Fate.REFUSED else 20 < len(attempts) < 400


#: The rows of RELIABILITY.md 6 as they are named here, in its order.
THREADS = (
    "line_bot_sdk_python_30",
    "line_bot_sdk_python_37",
    "line_bot_sdk_python_188",
    "line_bot_sdk_python_145",
    "line_bot_sdk_python_146",
    "line_bot_sdk_python_328",
    "line_bot_sdk_python_821",
    "cofacts_rumors_line_bot_154",
    "python_telegram_bot_5329",
    "python_telegram_bot_970",
    "python_telegram_bot_510",
    "python_telegram_bot_4405",
    "python_telegram_bot_3087",
    "python_telegram_bot_2981",
    "python_telegram_bot_5120",
    "aiogram_1401",
    "aiogram_960",
    "aiogram_1317",
    "aiogram_197",
    "tdlib_telegram_bot_api_211",
    "chatwoot_15450",
    "chatwoot_11901",
    "chatwoot_15272",
    "courier_21",
)


def test_all_twenty_four_are_here() -> None:
    ours = vars(sys.modules[__name__])
    for thread in THREADS:
        named = [name for name in ours if name.startswith(f"test_{thread}_")]
        assert len(named) == 1, thread
    assert len(set(THREADS)) == 24
