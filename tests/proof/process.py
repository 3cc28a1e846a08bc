"""The bot as a process of its own, with or without one of its protections.

Run by itself (`python -m tests.proof.process FAULT`) this module takes the protection away and serves.
"""

import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bot.store import Store

LINE_SECRET: Final = "channel-secret"
LINE_TOKEN: Final = "channel-token"
METRICS_TOKEN: Final = "m" * 32

#: What a process may be started without; several are joined by "+".
ENDLESS_HEADS: Final = "no end to a head"
ENDLESS_BODIES: Final = "no end to a body"
ABRUPT: Final = "SIGTERM ends it at once"

_SERVING: Final = re.compile(r"Serving \S+ on port (\d+)\.")


@dataclass(frozen=True)
class Served:
    """A bot that serves on a port of this machine."""

    process: Process
    port: int
    url: str
    log: Path

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self.process.returncode is None

    def memory(self) -> tuple[int, int]:
        """Bytes it holds now, and the most it held since `forget_peak`."""
        told = Path(f"/proc/{self.process.pid}/status").read_text()
        found = dict(re.findall(r"^(VmRSS|VmHWM):\s+(\d+) kB", told, re.MULTILINE))
        return int(found["VmRSS"]) * 1024, int(found["VmHWM"]) * 1024

    def forget_peak(self) -> None:
        """Begin to measure the most it holds."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    async def stop(self) -> float:
        """Ask it to end in order; how many seconds that took."""
        began = asyncio.get_running_loop().time()
        self.process.send_signal(signal.SIGTERM)
        await self.process.wait()
        return asyncio.get_running_loop().time() - began


@asynccontextmanager
async def database() -> AsyncIterator[str]:
    """The URL of an empty, migrated database that goes at the end."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'store.db'}"
        store = await Store.open(url)
        await store.migrate()
        await store.close()
        yield url


@asynccontextmanager
async def serving(database_url: str, line_url: str, fault: str = "") -> AsyncIterator[Served]:
    """A public bot with LINE, killed at the end if it still runs."""
    with TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        env = {
            "PUBLIC_URL": "http://127.0.0.1",
            "HOST": "127.0.0.1",
            "PORT": "0",
            "DATABASE_URL": database_url,
            "IDENTITY_KEY": "5a" * 32,
            "LINE_CHANNEL_SECRET": LINE_SECRET,
            "LINE_CHANNEL_ACCESS_TOKEN": LINE_TOKEN,
            "LINE_API_BASE": line_url,
            "LINE_DATA_API_BASE": line_url,
            "METRICS_TOKEN": METRICS_TOKEN,
        }
        with log.open("wb") as errors:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.proof.process", fault),
                env=os.environ | env,
                stdout=PIPE,
                stderr=errors,
            )
        try:
            async with asyncio.timeout(60):
                port = await _port(process, log)
            yield Served(process, port, f"http://127.0.0.1:{port}", log)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def _port(process: Process, log: Path) -> int:
    assert process.stdout
    while line := (await process.stdout.readline()).decode():
        if found := _SERVING.match(line):
            return int(found[1])
    raise AssertionError(f"the bot did not start:\n{log.read_text()}")


def _without(fault: str) -> None:
    """Take a protection away in this process."""
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

    from bot import app, pages
    from bot.runtime import webhook
    from bot.verbs import serving as served

    match fault:
        case "":
            pass
        case str() if fault == ENDLESS_HEADS:
            served.Receiver = HttpToolsProtocol  # type: ignore[misc, assignment]
        case str() if fault == ENDLESS_BODIES:
            webhook.BODY_BYTES = pages.MAX_BODY = 1 << 40  # type: ignore[misc]
        case str() if fault == ABRUPT:

            async def finish(*_: object) -> None:
                os._exit(0)

            app.stopping.finish = finish  # type: ignore[assignment]
        case _:
            raise ValueError(fault)


if __name__ == "__main__":
    from bot.verbs import run

    for one in sys.argv[1].split("+"):
        _without(one)
    sys.exit(run(["serve"]))
