"""Nothing of anybody is in the log: canaries through every way in, every way out and every way to fail.

The bot runs as an office runs it, LINE and Telegram are stand-ins on loopback, and every logger, ours and
the libraries', is at DEBUG. With a guard of bot/runtime/log.py taken away canaries appear, which shows
that they would be found.
"""

import asyncio
import gc
import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import quote
from uuid import uuid4

import httpx2
import pytest
import structlog
import uvicorn
from sqlalchemy.exc import IntegrityError, OperationalError

from bot import app as app_module
from bot.app import running
from bot.dialogue import Button, Event, Fetch, Message, MessageType, Participant, Typed
from bot.errors import StoreError
from bot.library import Library, load
from bot.runtime import log
from bot.runtime.identity import Identity, new_key, read_key
from bot.settings import Settings
from bot.store import Store, transaction
from bot.store.sqlite import library as sqlite_library  # type: ignore[attr-defined]  # the one it chose
from handlers import take_turn
from tests.standins import line as line_standin
from tests.standins import telegram as telegram_standin
from tests.standins.line import LineStandIn
from tests.standins.telegram import TelegramStandIn
from tests.store import values

#: What would end a record and begin another, colour a terminal, or end a string in C.
HOSTILE = '\r\n{"event": "forged"}\x1b[31m\u2028\u2029\x85\0'

KEY = new_key()
CRASH = "ทำให้ระบบล้ม"


def digits(name: str, n: int) -> str:
    """A number of `n` digits that nothing else has; never with a zero in front."""
    return f"9{int(sha256(name.encode()).hexdigest(), 16)}"[:n]


def hexadecimal(name: str) -> str:
    return sha256(name.encode()).hexdigest()[:32]


LINE_PEOPLE = [f"U{hexadecimal(f'person {n}')}" for n in range(12)]
GROUP = f"C{hexadecimal('group')}"
TELEGRAM_PEOPLE = [int(digits(f"person {n}", 10)) for n in range(12)]
TEXTS = [
    "อยากให้ขยายเวลาทำบัตรที่อำเภอ", "เจ้าหน้าที่ที่สำนักงานพูดจาไม่ดี", "ขอให้เลิกถ่ายสำเนาทะเบียนบ้าน", "ป้าขายส้มตำหน้าเทศบาลเดือดร้อน",
    "ลูกชายป่วยเป็นโรคหัวใจ", "เคยถูกเรียกเงินใต้โต๊ะ", "ไม่ชอบพรรคที่เป็นรัฐบาล", "นับถือศาสนาคริสต์อยู่บ้านเดียวในหมู่บ้าน",
]  # fmt: skip
NAMES = ["สมชาย ใจดีมาก", "นางสาวปิยะนุช ทองแท้", "Somchai Jaideemak", "ด.ญ. กุลธิดา แก้วใส"]
CONTACTS = [
    "081-234-5678",
    "+66898765432",
    "02-123-4567",
    "somchai.j@example.go.th",
    "1-1037-02071-81-1",
    "1103702071811",
]
FILES = ["ใบแจ้งเกิดน้องมะลิ.pdf", "สัญญาเช่าบ้านเลขที่ 99.docx", "IMG_somchai_20261124.jpg", "ผลตรวจเลือด-สมชาย.png"]
CHANNEL_SECRET, CHANNEL_TOKEN = hexadecimal("channel secret"), "xT/" + digits("channel token", 60) + "="
BOT_TOKEN, WEBHOOK_SECRET = (
    f"{digits('bot', 10)}:AA{hexadecimal('bot token')}",
    "hook-secret-" + digits("hook", 8),
)
URLS = [
    f"https://example.go.th/?token={hexadecimal('link')}", f"https://api.telegram.org/bot{BOT_TOKEN}/getMe",
    "https://line.me/R/ti/p/somchai-private",
]  # fmt: skip
PASSWORD = "hunter2-password"
REPLY_TOKENS = [f"reply-canary-{digits(f'reply {n}', 12)}" for n in range(4)]
REFS = [f"file-ref-{digits(f'ref {n}', 12)}" for n in range(4)]
PRESSED = f"1:choose:{hexadecimal('question')}:v:a"
COOKIE = "cookie-" + digits("cookie", 20)

CANARIES = [
    *LINE_PEOPLE, GROUP, *map(str, TELEGRAM_PEOPLE), *TEXTS, *NAMES, *CONTACTS, *FILES, CHANNEL_SECRET, CHANNEL_TOKEN,
    BOT_TOKEN, WEBHOOK_SECRET, *URLS, PASSWORD, *REPLY_TOKENS, *REFS, PRESSED, COOKIE, KEY,
]  # fmt: skip


def spellings(canary: str) -> set[str]:
    """As it is, and as JSON, a URL, and Python's repr of text and of bytes would write it."""
    return {
        canary, json.dumps(canary)[1:-1], quote(canary), quote(canary, safe=""), ascii(canary)[1:-1],
        repr(canary.encode())[2:-1],
    }  # fmt: skip


def found(told: str, more: list[str] | None = None) -> list[str]:
    """The canaries in what was told."""
    return [canary for canary in [*CANARIES, *(more or [])] if any(one in told for one in spellings(canary))]


# The log, at its loudest


class Heard:
    """The log as written, and how many records there were."""

    def __init__(self) -> None:
        self.stream = io.StringIO()
        self.records = 0

    @property
    def lines(self) -> list[str]:
        return self.stream.getvalue().split("\n")[:-1]


class _Counter(logging.Handler):
    def __init__(self, heard: Heard) -> None:
        super().__init__()
        self.heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.records += 1


@pytest.fixture
def heard() -> Iterator[Callable[..., Heard]]:
    """Configure the log as `serve` does, then set everything to DEBUG; all of it is put back."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    levels = {name: logger.level for name, logger in _loggers().items()}
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook

    def listen(*, every: bool) -> Heard:
        heard = Heard()
        log.configure(heard.stream)
        root.addHandler(_Counter(heard))
        root.setLevel(logging.DEBUG)
        if every:
            for logger in _loggers().values():
                logger.setLevel(logging.DEBUG)
        return heard

    yield listen
    gc.collect()
    root.handlers[:], level = before
    root.setLevel(level)
    for name, logger in _loggers().items():
        logger.setLevel(levels.get(name, logging.NOTSET))
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)


def _loggers() -> dict[str, logging.Logger]:
    known = logging.Logger.manager.loggerDict.items()
    named = {name: logger for name, logger in known if isinstance(logger, logging.Logger)}
    # What other tests load may not be loaded yet; the names a guard is set on are.
    return named | {name: logging.getLogger(name) for name in log.NOISY}


# The bot, and what happens to it


@pytest.fixture(scope="module")
def content() -> Library:
    return load()


class World(NamedTuple):
    """A database, and the platforms."""

    url: str
    line: LineStandIn
    telegram: TelegramStandIn


@pytest.fixture
async def world(sqlite_url: str) -> AsyncIterator[World]:
    async with (
        LineStandIn(CHANNEL_SECRET, CHANNEL_TOKEN) as line,
        TelegramStandIn(BOT_TOKEN, WEBHOOK_SECRET) as telegram,
    ):
        for person in TELEGRAM_PEOPLE:
            telegram.screens[person] = []
        for name in ("uvicorn", "uvicorn.access"):  # the stand-ins' servers bring handlers, ours brings none
            logger = logging.getLogger(name)
            logger.handlers, logger.propagate = [], True
        yield World(sqlite_url, line, telegram)


async def seed(url: str, identity: Identity) -> None:
    """Letters to send and files to fetch, of everybody: the ways out and their failures begin with these."""
    store = await Store.open(url)
    commits = []
    people = [("line", id_) for id_ in LINE_PEOPLE[:8]] + [
        ("telegram", str(id_)) for id_ in TELEGRAM_PEOPLE[:8]
    ]
    for n, (channel, sender) in enumerate(people):
        id_ = identity.pseudonym(channel, sender)
        key = identity.masters.make(id_)
        sealing = identity.masters.make(id_) if n % 8 == 7 else key  # one does not open
        event = f"{channel}:seed{n}"
        options = (Button(" " * (n % 8 == 6) or TEXTS[1], PRESSED[:60]),)
        commits.append(
            values.commit(
                event,
                who=Participant(id=id_, channel=channel),
                messages=(
                    Message(MessageType.CONFIRM, (TEXTS[n % 8] + HOSTILE, *NAMES, *CONTACTS, *URLS), options),
                ),
                fetches=(Fetch(REFS[n % 4], FILES[n % 4], REFS[0]),),
                address=sealing.seal("addresses", id_, sender.encode()),
                reply=key.seal_text("outbox", event, REPLY_TOKENS[n % 4] if channel == "line" else ""),
                key=key.wrapped,
                now=datetime.now(UTC),
            )
        )
    try:
        await store.migrate()
        await values.take_in(store, *commits)
    finally:
        await store.close()


def script(line: LineStandIn, telegram: TelegramStandIn) -> None:
    """Every way for a platform to fail, each quoting what it was sent."""
    quoted = f"cannot send {TEXTS[0]} to {LINE_PEOPLE[0]} {HOSTILE}"
    broken = json.dumps({"message": quoted}).encode()[:-3]
    for operation in ("reply", "push"):
        line.script(
            operation, line_standin.answer(500, quoted), line_standin.answer(400, quoted), line_standin.reset(),
            line_standin.answer(200, body=broken), line_standin.answer(429, quoted, retry_after=1),
            line_standin.answer(401, quoted),
        )  # fmt: skip
    line.script(
        "content", line_standin.answer(500, quoted), line_standin.answer(404, quoted), line_standin.reset()
    )
    line.script("loading", line_standin.answer(400, quoted), line_standin.reset())
    said = f"Bad Request: inline keyboard button URL '{URLS[0]}' is invalid: {TEXTS[0]} {HOSTILE}"
    telegram.script(
        "sendMessage", telegram_standin.answer(400, said), telegram_standin.answer(500, said), telegram_standin.reset(),
        telegram_standin.answer(200, body=broken), telegram_standin.answer(429, said, retry_after=1),
        telegram_standin.answer(403, f"Forbidden: {NAMES[2]}"),
    )  # fmt: skip
    telegram.script("getFile", telegram_standin.answer(400, said), telegram_standin.answer(500, said))
    telegram.script("file", telegram_standin.answer(500, said), telegram_standin.reset())
    telegram.script("sendChatAction", telegram_standin.answer(400, said), telegram_standin.reset())


def crashing(person: Participant, event: Event, library: Library):
    """A fault of ours that quotes everything it has, and so does what caused it."""
    if isinstance(event.body, Typed) and CRASH in event.body.text:
        try:
            raise KeyError(event.body.text)
        except KeyError as error:
            raise ValueError(f"{event!r} {person!r} {' '.join(CANARIES)}") from error
    return take_turn(person, event, library)


@asynccontextmanager
async def served(asgi: object) -> AsyncIterator[str]:
    """The bot over real HTTP, as `serve` runs it; its address."""
    import socket

    listening = socket.socket(proto=socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    config = uvicorn.Config(asgi, lifespan="off", log_config=None, access_log=False)  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    await serving


async def through_line(line: LineStandIn) -> None:
    """Good, bad and broken webhooks."""
    user = iter(LINE_PEOPLE * 9)
    await line.follow(next(user))
    for text in (*TEXTS, *NAMES, *CONTACTS, *URLS, CRASH + TEXTS[0]):
        await line.send_text(next(user), text + HOSTILE)
    for name in FILES:
        await line.send_file(next(user), f"%PDF-1.7 {TEXTS[0]}".encode(), name + HOSTILE)
    for token in (PRESSED, PRESSED + HOSTILE, "", "ก" * 300):
        await line.press(next(user), token)
    await line.unsend(next(user), REFS[0])
    await line.send_text(LINE_PEOPLE[0], TEXTS[0], group=GROUP, mentions_bot=True)
    await line.join(GROUP)
    body = json.dumps(
        {"destination": "U", "events": [{"text": TEXTS[0], "replyToken": REPLY_TOKENS[0]}]}
    ).encode()
    assert (await line.post_raw(body, CHANNEL_SECRET)).status_code == 401
    assert (await line.post_raw(TEXTS[1].encode())).status_code == 400
    for spoilt in (body, body.replace(b"[{", b"[7, {"), b"\xff" + body, b"[" * 9_000):
        await line.post_raw(spoilt)
    event = line.event("message", LINE_PEOPLE[1], message={"id": REFS[1], "type": "text", "text": TEXTS[2]})
    for change in ({"timestamp": TEXTS[3]}, {"source": NAMES}, {"message": CONTACTS}, {"webhookEventId": 7}):
        await line.post(event | change)


async def through_telegram(telegram: TelegramStandIn) -> None:
    """Good, bad and broken updates."""
    user = iter(TELEGRAM_PEOPLE * 9)
    await telegram.start(next(user), hexadecimal("link")[:20])
    for text in (*TEXTS, *NAMES, *CONTACTS, *URLS, CRASH + TEXTS[0]):
        await telegram.send_text(next(user), text + HOSTILE)
    for name in FILES:
        await telegram.send_file(next(user), f"%PDF-1.7 {TEXTS[0]}".encode(), name)
    for token in (PRESSED, TEXTS[4] + HOSTILE):
        await telegram.press(next(user), 1, token)
    update = {"update_id": 9_000, "message": {"message_id": 1, "date": 1, "chat": {"id": TELEGRAM_PEOPLE[0]}}}
    async with httpx2.AsyncClient() as web:
        for secret in (WEBHOOK_SECRET, PASSWORD):
            for body in (
                TEXTS[0].encode(),
                json.dumps(update | {"message": {"text": TEXTS[1], "from": NAMES}}).encode(),
                json.dumps(update | {"update_id": TEXTS[2]}).encode(),
                b"\xff\xfe" + TEXTS[3].encode(),
            ):
                headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
                await web.post(telegram.webhook, content=body, headers=headers)


async def through_the_web(url: str) -> list[str]:
    """What a page and a stranger send; the session, and the tag that is made from it."""
    async with httpx2.AsyncClient(base_url=url, timeout=30) as web:
        await web.get("/chat/latest")
        (session,) = web.cookies.values()
        ours = {"Sec-Fetch-Site": "same-origin"}
        for text in (*TEXTS, *CONTACTS, CRASH + TEXTS[0]):
            event = {"id": str(uuid4()), "kind": "typed", "text": text + HOSTILE}
            await web.post("/chat/events", json=event, headers=ours)
        for body in (TEXTS[0].encode(), json.dumps({"kind": TEXTS[1]}).encode(), b"\xff"):
            await web.post("/chat/events", content=body, headers=ours | {"Content-Type": "application/json"})
        for name in FILES:
            named = ours | {"X-File-Name": quote(name + HOSTILE), "Content-Type": "application/octet-stream"}
            await web.post(
                "/chat/files", params={"id": str(uuid4())}, content=TEXTS[2].encode(), headers=named
            )
        for path in (
            f"/copy/{session}.{TEXTS[0]}",
            f"/{TEXTS[1]}",
            f"/chat/letters?after={CONTACTS[0]}",
            f"/?q={URLS[0]}",
        ):
            await web.get(
                path, headers={"Cookie": f"ruamkhit={COOKIE}", "User-Agent": NAMES[2], "Referer": URLS[0]}
            )
        await web.request("PURGE", f"/{hexadecimal('link')}", content=TEXTS[3].encode())
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))  # what no client would send
    writer.write(f"GET /{COOKIE} \x00 HTTP/9\r\n{NAMES[2]}\r\n\r\n".encode())
    await reader.read()
    writer.close()
    return [session, sha256(session.encode()).hexdigest()[:32]]


class Spoilt:
    """The database refuses what is written while `error` is set, quoting it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.error: Exception | None = None
        write = transaction.write

        async def writing(*arguments: object) -> None:
            if self.error:
                raise self.error
            await write(*arguments)  # type: ignore[arg-type]  # as it is called

        monkeypatch.setattr(transaction, "write", writing)


async def through_the_store(spoilt: Spoilt, line: LineStandIn, url: str) -> None:
    """Statements that are refused, a database that is busy, and one that cannot be reached."""
    busy = sqlite_library.OperationalError(TEXTS[0])
    busy.sqlite_errorcode, busy.sqlite_errorname = 5, "SQLITE_BUSY"
    for error in (
        IntegrityError(
            f"INSERT INTO answers VALUES ('{TEXTS[1]}')", {"text": TEXTS[1]}, ValueError(TEXTS[1])
        ),
        OperationalError("INSERT", {"text": TEXTS[2]}, busy),
        ZeroDivisionError(" ".join(CANARIES)),
        StoreError(TEXTS[3]),
    ):
        spoilt.error = error
        assert (await line.send_text(LINE_PEOPLE[2], TEXTS[4])).status_code == 503
    spoilt.error = None
    with suppress(StoreError):
        await Store.open(f"postgresql://somchai:{PASSWORD}@127.0.0.1:1/none")


def slips(logger: logging.Logger) -> None:
    """What we or a library might one day log, at every level, in every way the standard library offers."""
    ours = structlog.get_logger("slips")
    everything = " ".join(CANARIES) + HOSTILE
    try:
        try:
            raise KeyError(everything)
        except KeyError as cause:
            raise ExceptionGroup(everything, [ValueError(everything), OSError(5, everything)]) from cause
    except ExceptionGroup as error:
        raised = error
        ours.exception("a slip", text=everything, sender=LINE_PEOPLE[0], channel="line")
        ours.error("a slip", exc_info=raised, stack_info=True, names=NAMES)
        logger.exception("a slip with %s", everything)
        logger.exception(raised)
    for credential in (BOT_TOKEN, URLS[1], CHANNEL_TOKEN, LINE_PEOPLE[0], GROUP, KEY, f"Bearer {PASSWORD}"):
        ours.warning("a slip", detail=f"it said {credential}", error={credential: [credential]})
    for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL):
        logger.log(level, "said %s" + HOSTILE, everything, extra={"text": everything}, stack_info=True)
        logger.log(level, "said %(text)s", {"text": everything})
        logger.log(level, f"said {everything}")
        logger.log(level, everything)
        logger.log(level, "said %d and %s", everything, 1)  # which cannot be formatted
        logger.log(level, object(), everything)
    warnings.warn(everything, UserWarning, stacklevel=1)


async def slips_of_python() -> None:
    """Errors that nobody caught, in every place where Python itself would tell of them."""
    everything = " ".join(CANARIES)
    loop = asyncio.get_running_loop()

    def fail(*_: object) -> None:
        raise ValueError(everything)

    async def failing() -> None:
        fail()

    loop.call_soon(fail, everything)  # asyncio formats the callback with its arguments
    lost = loop.create_task(failing(), name=everything)
    await asyncio.wait([lost])
    del lost
    gc.collect()
    loop.call_exception_handler({"message": everything, "task": NAMES[0]})
    thread = threading.Thread(target=fail, name=NAMES[0])
    thread.start()
    thread.join()
    sys.excepthook(ValueError, ValueError(everything), None)

    class Dying:
        __del__ = fail

    Dying()
    gc.collect()


async def everything_happens(world: World, monkeypatch: pytest.MonkeyPatch, content: Library) -> list[str]:
    """Every way in, out and to fail, once; the canaries that came up on the way."""
    url, line, telegram = world
    identity = Identity(read_key(KEY), content.draft.slug)
    await seed(url, identity)
    script(line, telegram)
    monkeypatch.setattr(app_module, "take_turn", crashing)
    spoilt = Spoilt(monkeypatch)
    settings = Settings.model_validate(
        {
            "database_url": url, "identity_key": KEY, "telegram_bot_token": BOT_TOKEN,
            "line_channel_secret": CHANNEL_SECRET, "line_channel_access_token": CHANNEL_TOKEN,
            "telegram_webhook_secret": WEBHOOK_SECRET, "line_api_base": line.url, "line_data_api_base": line.url,
            "telegram_api_base": telegram.url,
        }
    )  # fmt: skip
    async with running(settings) as bot, served(bot.asgi) as address:
        line.webhook = f"{address}/line/webhook?token={hexadecimal('link')}"
        telegram.webhook = f"{address}/telegram/webhook"
        await through_line(line)
        await through_telegram(telegram)
        seen = await through_the_web(address)
        await through_the_store(spoilt, line, url)
        for library in ("elsewhere", *log.NOISY):
            slips(logging.getLogger(library))
        await slips_of_python()
        bot.drain()
    people = [*(("line", id_) for id_ in LINE_PEOPLE), *(("telegram", str(id_)) for id_ in TELEGRAM_PEOPLE)]
    return [
        *seen,
        *(identity.pseudonym(*one) for one in people),
        *(event["replyToken"] for event in line.sent if "replyToken" in event),
    ]


@pytest.mark.parametrize("every", [False, True], ids=["the root at DEBUG", "every logger at DEBUG"])
@pytest.mark.filterwarnings("ignore")
async def test_no_canary_is_in_the_log(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    content: Library,
    heard: Callable[..., Heard],
    capfd: pytest.CaptureFixture[str],
    every: bool,
) -> None:
    told = heard(every=every)
    seen = await everything_happens(world, monkeypatch, content)
    printed = capfd.readouterr()
    written = told.stream.getvalue()
    assert len(set(CANARIES)) >= 50
    assert found(written, seen) == []
    assert found(printed.out + printed.err, seen) == []
    # One line a record, each a whole JSON object, whatever was in it.
    assert told.records == len(told.lines) > 200
    events = [json.loads(line)["event"] for line in told.lines]
    assert "forged" not in events
    assert not [char for char in written if not char.isprintable() and char != "\n"]
    # Everything this test is about did happen.
    for event in ("a turn failed", "a letter was not sent", "a file did not come", "events are not stored"):
        assert event in events, event
    assert "an error nobody caught" in events
    assert "ValueError at test_log_canaries.py:" in written, "what an operator needs is there"
    assert logging.getLogger("httpx").isEnabledFor(logging.INFO) == every


UNGUARDED = {
    "_template_only": lambda _, __, record: {**record, "event": str(record["_record"].msg)},
    "_is_template": lambda _, __: True,
    "_without_messages": structlog.processors.format_exc_info,
    "_allowed_fields": lambda _, __, record: record,
    "_redacted": lambda _, __, record: record,
}


@pytest.mark.parametrize("guard", UNGUARDED)
@pytest.mark.filterwarnings("ignore")
async def test_without_a_guard_canaries_are_found(
    monkeypatch: pytest.MonkeyPatch, heard: Callable[..., Heard], guard: str
) -> None:
    monkeypatch.setattr(log, guard, UNGUARDED[guard])
    told = heard(every=True)
    slips(logging.getLogger("elsewhere"))
    assert found(told.stream.getvalue()) != []


@pytest.mark.filterwarnings("ignore")
async def test_pythons_own_words_would_quote(
    heard: Callable[..., Heard], capfd: pytest.CaptureFixture[str]
) -> None:
    """What the hooks and the quiet handler are for."""
    hooks = sys.__excepthook__, threading.__excepthook__, sys.__unraisablehook__
    heard(every=True)
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
    await slips_of_python()
    assert found(capfd.readouterr().err) != []
    handler = logging.StreamHandler(io.StringIO())
    logging.getLogger().addHandler(handler)
    logging.getLogger("elsewhere").warning("said %d", TEXTS[0])
    assert found(capfd.readouterr().err) != []


def test_httpx_is_silent_even_when_all_else_is_at_debug(heard: Callable[..., Heard]) -> None:
    told = heard(every=False)
    for name in ("httpx", "httpcore", "telegram"):
        assert not logging.getLogger(name).isEnabledFor(logging.INFO), name
        logging.getLogger(name).info("HTTP Request: %s", URLS[1])
    assert told.lines == []
