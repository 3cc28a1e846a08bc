"""Processes that serve one database: started, addressed in turn, stopped or killed."""

import asyncio
import os
import random
import re
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL, SIGTERM

import httpx2

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Process:
    """One process of the bot and where it listens."""

    running: asyncio.subprocess.Process
    url: str
    taken: int = 0

    @property
    def pid(self) -> int:
        return self.running.pid

    @property
    def alive(self) -> bool:
        return self.running.returncode is None

    def cpu(self) -> float:
        """Seconds of processor it has used so far."""
        return cpu_of(self.pid)


@dataclass
class Fleet:
    """All of them. `ask` sends a request to any that is alive."""

    processes: list[Process]
    web: httpx2.AsyncClient
    chance: random.Random = field(default_factory=lambda: random.Random(1))

    @property
    def alive(self) -> list[Process]:
        return [process for process in self.processes if process.alive]

    async def post(self, path: str, content: bytes, headers: dict[str, str]) -> int:
        """Post to one of them, picked by chance; the status, 0 when there was no answer."""
        process = self.chance.choice(self.alive)
        try:
            answer = await self.web.post(process.url + path, content=content, headers=headers)
        except httpx2.TransportError:
            return 0
        process.taken += answer.status_code == 200
        return answer.status_code

    async def kill(self, process: Process) -> None:
        """End a process as the machine would that has no memory left."""
        process.running.send_signal(SIGKILL)
        await process.running.wait()


def cpu_of(pid: int) -> float:
    """Seconds of processor that a process has used so far, its own and the system's for it."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def fleet(
    url: str, count: int, settings: dict[str, str], *, lease: float = 120, fault: str = ""
) -> AsyncIterator[Fleet]:
    """So many processes on the database at `url`, which is migrated; `lease` and `fault` as in server.py.

    Those that are alive at the end are stopped in order, and must then have finished.
    """
    plain = lease == 120 and not fault
    environment = {
        name: os.environ[name] for name in ("PATH", "HOME", "XDG_RUNTIME_DIR") if name in os.environ
    } | {
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": url,
        "PUBLIC_URL": "http://127.0.0.1:1",
        "HOST": "127.0.0.1",
        "PORT": "0",
        **settings,
    }
    command = ["bot", "serve"] if plain else ["tests.scale.server", str(lease), *([fault] if fault else [])]
    async with AsyncExitStack() as stack:
        web = await stack.enter_async_context(httpx2.AsyncClient(timeout=30))
        running = [
            await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                *command,
                env=environment,
                cwd="/",  # where no .env is
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            for _ in range(count)
        ]
        stack.push_async_callback(_stop, running)
        processes = [Process(process, await _address(process)) for process in running]
        yield Fleet(processes, web)


async def _address(process: asyncio.subprocess.Process) -> str:
    """Where it listens, once it does; what it says later goes nowhere."""
    assert process.stdout
    said = b""
    async with asyncio.timeout(120):
        while line := await process.stdout.readline():
            said += line
            if found := re.search(rb"on port (\d+)", line):
                asyncio.get_running_loop().create_task(process.stdout.read())
                return f"http://127.0.0.1:{int(found[1])}"
    raise AssertionError(f"it did not start: {said.decode()}")


async def _stop(running: Sequence[asyncio.subprocess.Process]) -> None:
    for process in running:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.send_signal(SIGTERM)
    codes = [await process.wait() for process in running]
    assert {code for code in codes if code != -SIGKILL} <= {0}, codes
