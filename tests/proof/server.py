"""The bot under proof: `python -m bot serve` in a process of its own, started in a tenth of a second.

Importing the program and reading the content takes seconds, and a proof starts it hundreds of times. So a
launcher (this module run by itself) imports everything once and forks: each child takes its own environment,
plants what it was told to (planting.py) and calls the same `run(["serve"])` as `python -m bot` does.
Killing a child is killing a bot: it shares nothing with the launcher or with the next one.
"""

import asyncio
import atexit
import ctypes
import gc
import json
import os
import re
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from bot.dialogue import Action, Verb
from bot.library import Library, Role

#: What the launcher says of a child, and what a child says once it answers requests (serving.py).
_STARTED: Final = re.compile(r"started (\d+) (\d+)")
_SERVING: Final = re.compile(r"Serving \S+ on port (\d+)\.")

#: Secrets of the platforms that do not exist.
LINE_SECRET: Final = "channel-secret"
LINE_TOKEN: Final = "channel-token"
TELEGRAM_TOKEN: Final = "123456:standin-token"
TELEGRAM_SECRET: Final = "webhook-secret"

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_PTRACER: Final = 0x59616D61


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def environment(port: int, database_url: str, line_url: str, telegram_url: str) -> dict[str, str]:
    """The settings of a public bot on loopback, as its operator would set them."""
    return {
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "DATABASE_URL": database_url,
        "IDENTITY_KEY": "5a" * 32,
        "LINE_CHANNEL_SECRET": LINE_SECRET,
        "LINE_CHANNEL_ACCESS_TOKEN": LINE_TOKEN,
        "LINE_API_BASE": line_url,
        "LINE_DATA_API_BASE": line_url,
        "TELEGRAM_BOT_TOKEN": TELEGRAM_TOKEN,
        "TELEGRAM_WEBHOOK_SECRET": TELEGRAM_SECRET,
        "TELEGRAM_API_BASE": telegram_url,
    }


class Server:
    """One process of the bot. `ready` is set once it answers, `dead` once it is gone."""

    def __init__(self, pid: int, port: int) -> None:
        self.pid = pid
        self.port = port
        self.ready = asyncio.Event()
        self.dead = asyncio.Event()
        try:
            self._handle = os.pidfd_open(pid)
        except ProcessLookupError:
            self._handle = -1
            self.dead.set()
        else:
            asyncio.get_running_loop().add_reader(self._handle, self._gone)

    def _gone(self) -> None:
        asyncio.get_running_loop().remove_reader(self._handle)
        os.close(self._handle)
        self._handle = -1
        self.dead.set()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; nothing when it is gone."""
        if self._handle >= 0:
            signal.pidfd_send_signal(self._handle, number)

    async def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        self.signal(signal.SIGKILL)
        await self.dead.wait()

    async def stop(self) -> None:
        """Ask it to end in order, and wait for that."""
        self.signal(signal.SIGTERM)
        await self.dead.wait()

    async def serving(self, seconds: float = 30) -> bool:
        """Wait until it answers or is gone; whether it answers."""
        async with asyncio.timeout(seconds):
            await first(self.ready.wait(), self.dead.wait())
        return self.ready.is_set() and not self.dead.is_set()


async def first(*waits: Any) -> None:
    """Wait until one of these ends; the others are given up."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Facts(NamedTuple):
    """What the people of a proof must know of the content: the sentence «saved», and what can be chosen.

    `choices` are the question and the button of every choice that is answered with «saved» alone.
    """

    saved: str
    choices: list[tuple[str, str]]


class Launcher:
    """A process that has imported everything and starts bots; one serves all proofs of this process.

    With `env` (LD_PRELOAD) it is another one, for proofs that put a library under the bot.
    """

    def __init__(self, env: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.proof.server"],
            env={**os.environ, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        atexit.register(self._end)
        assert self._process.stdin
        assert self._process.stdout
        self._orders, self._told = self._process.stdin, self._process.stdout
        saved, choices = json.loads(self._told.readline())
        self.facts: Final = Facts(saved, [tuple(choice) for choice in choices])
        self._rest = b""
        self._servers: dict[int, Server] = {}
        self._starting: dict[int, asyncio.Future[Server]] = {}

    def _end(self) -> None:
        self._orders.close()
        self._process.wait()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear, in the running loop, what the bots say; they are all to be dead at the end."""
        loop, told = asyncio.get_running_loop(), self._told.fileno()
        loop.add_reader(told, self._hear)
        try:
            yield
        finally:
            loop.remove_reader(told)
            self._servers.clear()

    async def start(
        self,
        env: dict[str, str],
        plant: Sequence[str] = (),
        *,
        log: Path,
        verb: str = "serve",
        gate: Path | None = None,
    ) -> Server:
        """A new bot with these settings and these faults, which logs to a file.

        With `gate`, a named pipe, it does not take its first step before somebody opens that for writing.
        """
        port = int(env["PORT"])
        future: asyncio.Future[Server] = asyncio.get_running_loop().create_future()
        self._starting[port] = future
        order = {"env": env, "plant": list(plant), "log": str(log), "verb": verb, "gate": gate and str(gate)}
        self._orders.write(json.dumps(order).encode() + b"\n")
        self._orders.flush()
        return await future

    def _hear(self) -> None:
        *lines, self._rest = (self._rest + os.read(self._told.fileno(), 1 << 16)).split(b"\n")
        for line in map(bytes.decode, lines):
            if found := _STARTED.match(line):
                port, pid = map(int, found.groups())
                self._servers[port] = Server(pid, port)
                self._starting.pop(port).set_result(self._servers[port])
            elif found := _SERVING.match(line):
                self._servers[int(found[1])].ready.set()


@cache
def launcher(**env: str) -> Launcher:
    """The launcher of this process; another one for each environment."""
    return Launcher(env)


@asynccontextmanager
async def cold(env: dict[str, str], log: Path) -> AsyncIterator[Server]:
    """`python -m bot serve` itself, with nothing planted; it takes seconds to start."""
    with log.open("ab") as stderr:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "serve"),
            env={**os.environ, **env},
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
        )
    server = Server(process.pid, int(env["PORT"]))

    async def listen() -> None:
        assert process.stdout
        while line := (await process.stdout.readline()).decode():
            if _SERVING.match(line):
                server.ready.set()

    listening = asyncio.create_task(listen())
    try:
        yield server
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await listening


def _choices(library: Library) -> list[tuple[str, str]]:
    return [
        (question.id, Action(Verb.CHOOSE, (question.id, question.version, option.id)).token())
        for question in library.questions.values()
        if question.kind in ("single", "scale")
        for option in question.options
        if option.role is not Role.SKIP and not option.follow_up and not option.consents
    ]


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _launch() -> None:
    """Import everything, then fork a bot for each line of standard input until it ends."""
    import bot.app
    from bot.verbs import serving  # noqa: F401 - what `serve` would import only when called

    library = bot.app.admit(None)
    bot.app.admit = lambda _: library  # read once, as it is the same for all
    _tell(json.dumps([library.phrases["saved"].lines[0], _choices(library)]))
    gc.collect()
    gc.freeze()  # or each child would copy, page by page, what it never looks at
    for line in sys.stdin.buffer.raw:  # unbuffered: a child must not inherit what is for the next one
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            os._exit(_become(order))
        _tell(f"started {order['env']['PORT']} {pid}")


def _become(order: dict[str, Any]) -> int:
    """Be the bot that an order asks for; the exit code."""
    from bot.verbs import run
    from tests.proof.planting import plant

    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    libc.prctl(_PR_SET_PTRACER, ctypes.c_ulong(-1))  # strace is no ancestor of ours
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
    os.environ.update(order["env"])
    if order["gate"]:
        os.close(os.open(order["gate"], os.O_RDONLY))
    try:
        for fault in order["plant"]:
            plant(fault)
        return run([order["verb"]])
    except BaseException:
        traceback.print_exc()
        return 1


if __name__ == "__main__":
    _launch()
