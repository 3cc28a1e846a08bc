"""The people and the platform of the benchmark, in one process: whoever presses, and the stand-in that is replied to.

One rule: a turn is over when the webhook was answered 200 *and* its reply reached the stand-in; only then
does the same person act again. So nobody is quick by leaving the replies for later.

Run as `python -m tests.bench.load`, with a `Plan` as JSON on the standard input; it writes a `Seen` as JSON.
"""

import asyncio
import base64
import hashlib
import hmac
import os
import re
import resource
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import perf_counter, time

import httptools
import msgspec
import uvloop
from msgspec import Struct

#: Seconds a server may take to listen.
START = 60.0

_LINE_ANSWER = b'{"sentMessages":[{"id":"1","quoteToken":"q"}]}'
_TELEGRAM_TRUE = b'{"ok":true,"result":true}'
_TELEGRAM_ME = (
    b'{"ok":true,"result":{"id":1,"is_bot":true,"first_name":"b","username":"bench_bot",'
    b'"can_join_groups":false,"can_read_all_group_messages":false,"supports_inline_queries":false}}'
)
_TELEGRAM_MESSAGE = (
    b'{"ok":true,"result":{"message_id":1,"date":1700000000,"chat":{"id":%d,"type":"private"},"text":"t"}}'
)
_CHAT = re.compile(rb'chat_id(?:=|"\s*:\s*"?|"(?:\r\n[^\r\n]+)*\r\n\r\n)(\d+)')


class Phase(Struct, frozen=True):
    """A stretch of load. `rate` is events a second, come what may; 0: each connection as fast as it is answered."""

    connections: int
    warm: float
    seconds: float
    rate: float = 0


class Plan(Struct, frozen=True):
    """What to do to one server. `people` act one after another, each pressing all `tokens`; `first` is the first one.

    `platform` is "line", "telegram" (a press of a button) or "telegram-text". With `kill` the server dies by
    SIGKILL in the midst of the last phase's load. `acknowledged` is the file that gets the ids of all events
    that were answered 200. `once` does one turn as soon as the server listens. A turn that is not over after
    `patience` seconds is stuck, and the run with it.
    """

    host_port: int
    standin_port: int
    platform: str
    path: str
    secret: str
    tokens: list[str]
    phases: list[Phase]
    pid: int
    replies: bool
    kill: bool
    acknowledged: str
    people: int = 0
    first: int = 0
    once: bool = False
    patience: float = 10


class Spread(Struct):
    """Milliseconds."""

    p50: float
    p99: float


class PhaseSeen(Struct):
    """What a phase saw. `turns` were over in its `seconds`; `ack` is to the 200, `reply` to the reply, `cpu` µs a turn."""

    turns: int
    seconds: float
    ack: Spread
    reply: Spread
    cpu: float
    rss: int
    load_cpu: float


class Seen(Struct):
    """What happened: phases, all acknowledged events, replies, replies nobody waited for, refusals by status, stuck turns."""

    phases: list[PhaseSeen]
    acknowledged: int
    sent: int
    replies: int
    strays: int
    refused: dict[str, int]
    stuck: int
    first_reply: float = 0
    rss: int = 0


class _Turn:
    __slots__ = ("acked", "connection", "event", "key", "replied", "started")

    def __init__(self, event: str, key: bytes, connection: "_Person | None", started: float) -> None:
        self.event, self.key, self.connection, self.started = event, key, connection, started
        self.acked = self.replied = 0.0


def cpu_seconds(pid: int) -> float:
    """The processor time a process has used, all its threads; 0.0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ns = 0
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError, ValueError):
                ns += int((task / "schedstat").read_text().split()[0])
        # Threads that have ended are only in the process's own ticks.
        return max(ns / 1e9, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"))
    except OSError:
        return 0.0


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not waited for does not."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return not Path("/proc").is_dir()


def rss_bytes(pid: int) -> int:
    """The resident memory of a process; 0 when it is gone."""
    with suppress(OSError):
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
        return int(found[1]) * 1024 if found else 0
    return 0


class _Person(asyncio.Protocol):
    """A connection of the platform to the bot."""

    def __init__(self, load: "Load") -> None:
        self.load = load
        self.turn: _Turn | None = None
        self.transport: asyncio.Transport | None = None
        self.user = self.step = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        self.parser = httptools.HttpResponseParser(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self.load.lost(self)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        self.load.answered(self, self.parser.get_status_code())


class _Platform(asyncio.Protocol):
    """A connection of the bot to the platform's API."""

    def __init__(self, load: "Load") -> None:
        self.load = load

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self.parser = httptools.HttpRequestParser(self)

    def on_message_begin(self) -> None:
        self.body = bytearray()
        self.url = b""

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_body(self, body: bytes) -> None:
        self.body += body

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        answer = self.load.called(self.url, self.body)
        self.transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
            % (len(answer), answer)
        )


class _Reply(Struct, rename="camel"):
    reply_token: str


_reply = msgspec.json.Decoder(_Reply)


class Load:
    """The state of one run."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.waiting: dict[bytes, _Turn] = {}
        self.seen = Seen([], 0, 0, 0, 0, {}, 0)
        self.acknowledged: list[str] = []
        self.ids = 0
        self.users = plan.first
        self.closed_loop = False
        self.killed = False
        self.counting = False
        self.acks: list[float] = []
        self.replied: list[float] = []
        self.turns = 0
        self.idle: list[_Person] = []
        self.secret = plan.secret.encode()
        self.origin = int(time() * 1000)

    # The way in

    def act(self, person: _Person, started: float) -> None:
        """The next press of the person at this connection."""
        if person.step == 0:
            person.user = self.users
            self.users += 1
            if self.plan.people and self.users >= self.plan.first + self.plan.people:
                self.users = self.plan.first
        token = self.plan.tokens[person.step]
        person.step = (person.step + 1) % len(self.plan.tokens)
        self.ids += 1
        event, key, request = self._request(person.user, token, self.ids)
        turn = _Turn(event, key, person, started)
        person.turn = turn
        if self.plan.replies:
            self.waiting[key] = turn
        self.seen.sent += 1
        person.transport.write(request)  # type: ignore[union-attr]

    def _request(self, user: int, token: str, n: int) -> tuple[str, bytes, bytes]:
        now = int(time() * 1000)
        if self.plan.platform == "line":
            event = f"01BENCH{self.origin:013d}{n:09d}"
            reply = f"{self.origin:016x}{n:016x}"
            body = (
                '{"destination":"Uaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","events":[{"type":"postback","postback":'
                f'{{"data":"{token}"}},"webhookEventId":"{event}","deliveryContext":{{"isRedelivery":false}},'
                f'"timestamp":{now},"source":{{"type":"user","userId":"U{user:032x}"}},'
                f'"replyToken":"{reply}","mode":"active"}}]}}'
            ).encode()
            sealed = base64.b64encode(hmac.digest(self.secret, body, hashlib.sha256))
            extra = b"x-line-signature: " + sealed
            key = reply.encode()
        else:
            chat = 10_000_000_000 + user
            event, key = str(n), str(chat).encode()
            person = f'{{"id":{chat},"is_bot":false,"first_name":"x"}}'
            where = f'{{"id":{chat},"first_name":"x","type":"private"}}'
            if self.plan.platform == "telegram":
                said = (
                    f'"callback_query":{{"id":"{n}","from":{person},"chat_instance":"1","data":"{token}",'
                    f'"message":{{"message_id":1,"date":{now // 1000},"chat":{where},"text":"t"}}}}'
                )
            else:
                said = (
                    f'"message":{{"message_id":{n},"date":{now // 1000},"from":{person},"chat":{where},'
                    f'"text":"{token}"}}'
                )
            body = f'{{"update_id":{n},{said}}}'.encode()
            extra = b"x-telegram-bot-api-secret-token: " + self.secret
        head = b"POST %b HTTP/1.1\r\nHost: bot\r\nContent-Type: application/json\r\n%b\r\nContent-Length: %d\r\n\r\n"
        return event, key, head % (self.plan.path.encode(), extra, len(body)) + body

    def answered(self, person: _Person, status: int) -> None:
        """The webhook was answered."""
        turn = person.turn
        if turn is None:
            return
        turn.acked = perf_counter()
        if status == 200:
            self.acknowledged.append(turn.event)
        else:
            self.seen.refused[str(status)] = self.seen.refused.get(str(status), 0) + 1
            self.waiting.pop(turn.key, None)
            turn.replied = turn.acked
        self._over(turn)

    def called(self, url: bytes, body: bytearray) -> bytes:
        """A call of the platform's API; what it answers."""
        if self.plan.platform == "line":
            self._replied(_reply.decode(body).reply_token.encode())
            return _LINE_ANSWER
        method = url.rpartition(b"/")[2].partition(b"?")[0]
        if method == b"getMe":
            return _TELEGRAM_ME
        chat = _CHAT.search(body) or _CHAT.search(url)
        if method not in (b"sendMessage", b"editMessageText") or chat is None:
            return _TELEGRAM_TRUE
        if method == b"sendMessage":
            self._replied(chat[1])
        return _TELEGRAM_MESSAGE % int(chat[1])

    def _replied(self, key: bytes) -> None:
        turn = self.waiting.pop(key, None)
        if turn is None:
            # Ours says two things at first on Telegram, each a message; they share the chat and not the turn.
            self.seen.strays += self.plan.platform != "telegram"
            return
        self.seen.replies += 1
        turn.replied = perf_counter()
        self._over(turn)

    def _over(self, turn: _Turn) -> None:
        if not turn.acked or (self.plan.replies and not turn.replied):
            return
        if self.counting:
            self.turns += 1
            self.acks.append(turn.acked - turn.started)
            self.replied.append((turn.replied or turn.acked) - turn.started)
        person = turn.connection
        if person is None:
            return
        person.turn = None
        if person.transport is None or self.killed:
            return
        if self.closed_loop:
            self.act(person, perf_counter())
        else:
            self.idle.append(person)

    def lost(self, person: _Person) -> None:
        """The bot closed a connection; what it had not answered is not acknowledged."""
        if person.turn is not None and not person.turn.acked:
            self.waiting.pop(person.turn.key, None)
        person.turn = None
        if person in self.idle:
            self.idle.remove(person)

    # The run

    async def run(self) -> Seen:
        loop = asyncio.get_running_loop()
        standin = await loop.create_server(lambda: _Platform(self), "127.0.0.1", self.plan.standin_port)
        if self.plan.once:
            await self._once()
        await self._answers()
        for phase in self.plan.phases:
            self.seen.phases.append(await self._phase(phase, last=phase is self.plan.phases[-1]))
            if self.seen.stuck:
                break
        standin.close()
        self.seen.acknowledged = len(self.acknowledged)
        Path(self.plan.acknowledged).write_text("\n".join(self.acknowledged))
        return self.seen

    async def _connect(self) -> _Person:
        loop = asyncio.get_running_loop()
        _, person = await loop.create_connection(lambda: _Person(self), "127.0.0.1", self.plan.host_port)
        return person

    async def _answers(self) -> None:
        """Wait until the server answers, whatever it says; raises OSError when it does not, or is no more.

        That it listens is not enough: ours takes its port before it has read its content.
        """
        end = perf_counter() + START
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.plan.host_port)
                writer.write(b"GET /healthz HTTP/1.1\r\nHost: bot\r\n\r\n")
                async with asyncio.timeout(START):
                    answered = await reader.read(1)
                writer.close()
            except OSError:
                answered = b""
            if answered:
                return
            if perf_counter() > end or not alive(self.plan.pid):
                raise ConnectionError("the server does not answer")
            await asyncio.sleep(0.005)

    async def _listens(self) -> _Person:
        """A connection as soon as the server takes one; raises OSError when it does not, or is no more."""
        end = perf_counter() + START
        while True:
            try:
                return await self._connect()
            except OSError:
                if perf_counter() > end or not alive(self.plan.pid):
                    raise
                await asyncio.sleep(0.005)

    async def _once(self) -> None:
        """Do one turn and say when its reply was here, by the wall clock."""
        person = await self._listens()
        end = perf_counter() + START
        self.act(person, perf_counter())
        turn = person.turn
        while perf_counter() < end and turn and not (turn.acked and turn.replied):
            await asyncio.sleep(0.0005)
        self.seen.first_reply, self.seen.rss = time(), rss_bytes(self.plan.pid)
        self.seen.stuck = int(perf_counter() >= end)
        if person.transport:
            person.transport.close()

    async def _phase(self, phase: Phase, *, last: bool) -> PhaseSeen:
        people = [await self._connect() for _ in range(phase.connections)]
        self.closed_loop = not phase.rate
        self.idle = list(people)
        if self.closed_loop:
            for person in people:
                self.act(person, perf_counter())
        pacing = asyncio.ensure_future(self._pace(phase.rate)) if phase.rate else None
        await self._watch(phase.warm)
        self.acks, self.replied, self.turns = [], [], 0
        before, own, began = cpu_seconds(self.plan.pid), _own_cpu(), perf_counter()
        self.counting = True
        await self._watch(phase.seconds)
        self.counting = False
        seconds, after, mine = perf_counter() - began, cpu_seconds(self.plan.pid), _own_cpu()
        rss = rss_bytes(self.plan.pid)
        if last and self.plan.kill:
            self.killed = True
            os.kill(self.plan.pid, signal.SIGKILL)
            await self._until(lambda: all(person.transport is None for person in people))
        self.closed_loop = False
        if pacing:
            pacing.cancel()
        await self._until(lambda: not any(person.turn for person in people))
        for person in people:
            if person.transport:
                person.transport.close()
        turns = max(self.turns, 1)
        return PhaseSeen(
            turns=self.turns,
            seconds=seconds,
            ack=_spread(self.acks),
            reply=_spread(self.replied),
            cpu=(after - before) / turns * 1e6,
            rss=rss,
            load_cpu=(mine - own) / seconds,
        )

    async def _pace(self, rate: float) -> None:
        """Begin a turn at its time, whether or not the ones before are over."""
        due = perf_counter()
        while True:
            due += 1 / rate
            while (wait := due - perf_counter()) > 0:
                await asyncio.sleep(wait)
            person = self.idle.pop() if self.idle else await self._connect()
            if person.transport is None:
                person = await self._connect()
            self.act(person, due)

    async def _watch(self, seconds: float) -> None:
        """Let time pass, unless a turn is stuck."""
        end = perf_counter() + seconds
        while (left := end - perf_counter()) > 0 and not self._stuck():
            await asyncio.sleep(min(left, 0.5))

    def _stuck(self) -> int:
        late = perf_counter() - self.plan.patience
        self.seen.stuck = sum(turn.started < late for turn in self.waiting.values())
        return self.seen.stuck

    async def _until(self, done: Callable[[], bool]) -> None:
        end = perf_counter() + self.plan.patience
        while not done() and perf_counter() < end and not self.seen.stuck:
            await asyncio.sleep(0.01)
        if not self.killed:
            self.seen.stuck = max(self.seen.stuck, 0 if done() else 1)


def _spread(seconds: list[float]) -> Spread:
    if not seconds:
        return Spread(0, 0)
    ordered = sorted(seconds)
    return Spread(
        ordered[len(ordered) // 2] * 1e3, ordered[min(len(ordered) * 99 // 100, len(ordered) - 1)] * 1e3
    )


def _own_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Do the plan of the standard input."""
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    seen = uvloop.run(Load(plan).run())
    sys.stdout.buffer.write(msgspec.json.encode(seen) + b"\n")


if __name__ == "__main__":
    main()
