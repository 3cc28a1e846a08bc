"""The floor: the same work written by hand for this one press, on a protocol server, without any framework.

The same tables of the same schema get the same rows (event, person, sealed address, wrapped key, answer with the
words asked, letter), in one commit for all that wait; 200 follows the commit; then the letter is sent over
keep-alive connections, and the next commit settles it. What it leaves out is everything a product has beside
that: other presses, other channels, time-outs, retries, limits, logs.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httptools
import msgspec
import uvloop
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.store.sqlite import library

SECRET = os.environ["SECRET"].encode()
STANDIN = urlsplit(os.environ["STANDIN"])
KEY = os.urandom(32)
MASTER = AESGCM(os.urandom(32))
BATCH = 256

STEM = "คุณพอใจหรือไม่พอใจกับการใช้งบของรัฐ"
OPTIONS = json.dumps(
    [{"id": c, "label": "ค่อนข้างไม่พอใจ"} for c in ("a", "b", "c", "d", "e", "dk", "sk")], ensure_ascii=False
)
BUTTONS = [
    {"type": "postback", "label": "ข้อถัดไป", "data": f"1:next:3.{n}", "displayText": "ข้อถัดไป"}
    for n in range(5)
]
MESSAGES = json.dumps(
    [
        {"type": "text", "text": "บันทึกคำตอบของคุณแล้ว\nคุณกลับมาแก้คำตอบนี้ได้ทุกเมื่อ"},
        {
            "type": "flex",
            "altText": "ข้อถัดไป / แก้คำตอบนี้",
            "contents": {
                "type": "bubble",
                "body": {
                    "type": "box", "layout": "vertical", "spacing": "sm",
                    "contents": [
                        {"type": "button", "style": "secondary", "height": "sm", "action": action}
                        for action in BUTTONS[:2]
                    ],
                },
            },
            "quickReply": {"items": [{"type": "action", "action": action} for action in BUTTONS[2:]]},
        },
    ],
    ensure_ascii=False,
).encode()  # fmt: skip

EVENT = "INSERT INTO events (id, participant, at, seen_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id"
STATE = "SELECT id, state FROM participants WHERE id IN ({})"
PERSON = (
    "INSERT INTO participants (id, channel, state, updated_at, forget, restricted) VALUES (?, 'line', ?, ?, 0, 0)"
    " ON CONFLICT DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at"
)
ADDRESS = "INSERT INTO addresses (participant, sealed) VALUES (?, ?) ON CONFLICT DO NOTHING"
DATA_KEY = "INSERT INTO data_keys (participant, wrapped, master) VALUES (?, ?, 'm') ON CONFLICT DO NOTHING"
ANSWER = (
    "INSERT INTO answers (id, participant, question, version, clause, stem, options, outcome, at, channel,"
    ' "order", chosen, source, notice) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'
)
LETTER = (
    "INSERT INTO outbox (id, participant, channel, messages, reply, state, sent, attempt, due_at, created_at,"
    " detail, via) VALUES (?, ?, 'line', ?, ?, 'leased', 0, 1, ?, ?, '', '')"
)
SETTLE = "UPDATE outbox SET state = 'sent', settled_at = ?, messages = NULL, reply = NULL, via = 'reply' WHERE id = ?"


class _Postback(msgspec.Struct):
    data: str


class _Source(msgspec.Struct, rename="camel"):
    user_id: str


class _Event(msgspec.Struct, rename="camel"):
    webhook_event_id: str
    timestamp: int
    source: _Source
    reply_token: str
    postback: _Postback


class _Body(msgspec.Struct):
    events: list[_Event]


_body = msgspec.json.Decoder(_Body)


class Desk:
    """What waits to be stored and to be settled, and the thread that does both."""

    def __init__(self) -> None:
        self.thread = ThreadPoolExecutor(1)
        self.database: Any = library.connect(
            os.environ["DATABASE"], isolation_level=None, check_same_thread=False
        )
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            self.database.execute(f"PRAGMA {pragma}")
        self.waiting: deque[tuple[_Event, Server]] = deque()
        self.sent: list[str] = []
        self.busy = False
        self.client = Client(self)

    def wake(self) -> None:
        """Begin a commit, unless one is under way."""
        if not self.busy and (self.waiting or self.sent):
            self.busy = True
            asyncio.ensure_future(self._work())  # noqa: RUF006

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while self.waiting or self.sent:
            batch = [self.waiting.popleft() for _ in range(min(BATCH, len(self.waiting)))]
            sent, self.sent = self.sent, []
            await loop.run_in_executor(self.thread, self._commit, [event for event, _ in batch], sent)
            for event, server in batch:
                server.answer()
                self.client.reply(event)
        self.busy = False

    def _commit(self, batch: list[_Event], sent: list[str]) -> None:
        database, now = self.database, datetime.now(UTC).isoformat(timespec="microseconds")
        database.execute("BEGIN IMMEDIATE")
        if sent:
            database.executemany(SETTLE, [(now, id_) for id_ in sent])
        if batch:
            self._store(batch, now)
        database.execute("COMMIT")

    def _store(self, batch: list[_Event], now: str) -> None:
        database = self.database
        acts = []
        for event in batch:
            who = base64.b32encode(hmac.digest(KEY, event.source.user_id.encode(), "sha256"))
            at = datetime.fromtimestamp(event.timestamp / 1000, UTC).isoformat(timespec="microseconds")
            id_ = "line:" + event.webhook_event_id
            if database.execute(EVENT, (id_, person := who[:26].decode(), at, now)).fetchall():
                acts.append((id_, person, at, event))
        people = list({person for _, person, _, _ in acts})
        known = dict(database.execute(STATE.format(",".join("?" * len(people))), people).fetchall())
        states, addresses, keys, answers, letters = {}, [], [], [], []
        for id_, person, at, event in acts:
            state = json.loads(states.get(person) or known.get(person) or '{"count": 0}')
            nonce = os.urandom(12)
            if person not in known:
                key = os.urandom(32)
                cipher = AESGCM(key)
                keys.append((person, nonce + MASTER.encrypt(nonce, key, person.encode())))
                addresses.append(
                    (person, nonce + cipher.encrypt(nonce, event.source.user_id.encode(), person.encode()))
                )
            states[person] = json.dumps({"count": state["count"] + 1, "expects": event.postback.data})
            _, _, question, version, option = event.postback.data.split(":")
            answers.append(
                (id_ + "/r0", person, f"{question}/{id_[-9:]}", version, "3.5", STEM, OPTIONS, "answered", at,
                 "line", "written", json.dumps([option]), "", "notice")
            )  # fmt: skip
            sealed = base64.b64encode(nonce + MASTER.encrypt(nonce, event.reply_token.encode(), id_.encode()))
            letters.append((id_, person, MESSAGES.decode(), sealed.decode(), now, now))
        database.executemany(PERSON, [(person, state, now) for person, state in states.items()])
        database.executemany(DATA_KEY, keys)
        database.executemany(ADDRESS, addresses)
        database.executemany(ANSWER, answers)
        database.executemany(LETTER, letters)


class Server(asyncio.Protocol):
    """The webhook."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_begin(self) -> None:
        self.signature, self.body = b"", b""

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"x-line-signature":
            self.signature = value

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        expected = base64.b64encode(hmac.digest(SECRET, self.body, hashlib.sha256))
        if not hmac.compare_digest(expected, self.signature):
            self.transport.write(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
            return
        (event,) = _body.decode(self.body).events
        self.desk.waiting.append((event, self))
        self.desk.wake()

    def answer(self) -> None:
        """200: it is committed."""
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


class Client:
    """Keep-alive connections to the platform, at most AT_ONCE."""

    AT_ONCE = 32
    HEAD = (
        b"POST /v2/bot/message/reply HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer token\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    )

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.letters: deque[_Event] = deque()
        self.idle: list[Connection] = []
        self.open = 0

    def reply(self, event: _Event) -> None:
        """Send the letter that answers an event."""
        self.letters.append(event)
        if self.idle:
            self.next(self.idle.pop())
        elif self.open < self.AT_ONCE:
            self.open += 1
            asyncio.ensure_future(  # noqa: RUF006
                asyncio.get_running_loop().create_connection(
                    lambda: Connection(self), STANDIN.hostname, STANDIN.port
                )
            )

    def next(self, connection: "Connection") -> None:
        """Hand a free connection the next letter."""
        if not self.letters:
            self.idle.append(connection)
            return
        event = self.letters.popleft()
        connection.event = event
        body = b'{"replyToken":"%b","messages":%b}' % (event.reply_token.encode(), MESSAGES)
        connection.transport.write(self.HEAD % len(body) + body)


class Connection(asyncio.Protocol):
    """One of them."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.parser = httptools.HttpResponseParser(self)
        self.client.next(self)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        desk = self.client.desk
        if self.parser.get_status_code() == 200:
            desk.sent.append("line:" + self.event.webhook_event_id)
            desk.wake()
        self.client.next(self)


async def main() -> None:
    """Serve for ever."""
    desk = Desk()
    loop = asyncio.get_running_loop()
    await loop.create_server(lambda: Server(desk), "127.0.0.1", int(os.environ["PORT"]))
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
