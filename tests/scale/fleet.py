"""Processes that serve one database: started, addressed in turn, stopped or killed."""

import os
import random
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from tests.proof.server import Server, environment, free_port, launcher


@dataclass
class Process:
    """One process of the bot and where it listens."""

    server: Server
    taken: int = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server.port}"

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return not self.server.dead.is_set()


@dataclass
class Fleet:
    """All of them. `post` sends a request to any that is alive."""

    processes: list[Process]
    web: httpx2.AsyncClient
    chance: random.Random = field(default_factory=lambda: random.Random(1))

    @property
    def alive(self) -> list[Process]:
        """Those that have not ended."""
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


def cpu_of(pid: int) -> float:
    """Seconds of processor that a process has used so far, its own and the system's for it."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def fleet(url: str, line_url: str, count: int, *plant: str) -> AsyncIterator[Fleet]:
    """So many processes on the database at `url`, which is migrated, with these faults (planting.py).

    Those that are alive at the end are stopped in order.
    """
    starting = launcher()
    with starting.listening(), tempfile.TemporaryDirectory(prefix="ruamkhit-fleet-") as folder:
        log = Path(folder) / "bot.log"
        given = [environment(free_port(), url, line_url, line_url) for _ in range(count)]
        servers = [await starting.start(one, plant, log=log) for one in given]
        try:
            for server in servers:
                assert await server.serving(), log.read_text()[-2000:]
            async with httpx2.AsyncClient(timeout=30) as web:
                yield Fleet([Process(server) for server in servers], web)
        finally:
            await _stop(servers)


async def _stop(servers: Sequence[Server]) -> None:
    for server in servers:
        await server.stop()
