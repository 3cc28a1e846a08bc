"""A floor on uvicorn: `python -m tests.bench.floors.bare STEP` answers 200 after doing what the step says.

answer   nothing
parse    the signature and the body are read
insert   and the event is inserted, everything that waits in one commit
"""

import asyncio
import os
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

from bot.channels.line import wire
from bot.runtime.channel import Incoming
from bot.runtime.intake import BATCH
from bot.store.sqlite import library

SECRET = os.environ["SECRET"]

Handle = Callable[[bytes, str], Awaitable[None]]


async def answer(raw: bytes, signature: str) -> None:
    """Nothing."""


def incoming(raw: bytes, signature: str) -> Incoming:
    """The one event of a webhook whose signature holds."""
    assert wire.verify(raw, signature, SECRET)
    (event,) = wire.parse(raw)
    assert isinstance(event, Incoming)
    return event


async def parse(raw: bytes, signature: str) -> None:
    """The signature and the body."""
    incoming(raw, signature)


class Inserting:
    """One INSERT an event; all that wait go in one commit."""

    def __init__(self) -> None:
        self.database: sqlite3.Connection = library.connect(
            os.environ["DATABASE"], isolation_level=None, check_same_thread=False
        )
        self.database.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
            "CREATE TABLE IF NOT EXISTS answers (id TEXT PRIMARY KEY, person TEXT, at TEXT)"
        )
        self.waiting: list[tuple[tuple[str, str, str], asyncio.Future[None]]] = []
        self.working: asyncio.Task[None] | None = None

    async def __call__(self, raw: bytes, signature: str) -> None:
        """Return when it is committed."""
        event = incoming(raw, signature)
        done = asyncio.get_running_loop().create_future()
        self.waiting.append(((event.event.id, event.sender, event.event.at.isoformat()), done))
        if self.working is None:
            self.working = asyncio.create_task(self._work())
        await done

    async def _work(self) -> None:
        while batch := self.waiting[:BATCH]:
            del self.waiting[: len(batch)]
            await asyncio.to_thread(self._commit, [row for row, _ in batch])
            for _, done in batch:
                done.set_result(None)
        self.working = None

    def _commit(self, rows: list[tuple[str, str, str]]) -> None:
        self.database.execute("BEGIN IMMEDIATE")
        self.database.executemany("INSERT OR IGNORE INTO answers VALUES (?, ?, ?)", rows)
        self.database.execute("COMMIT")


def application(handle: Handle) -> Any:
    """The ASGI application of a step."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        raw = b""
        while True:
            message = await receive()
            raw += message["body"]
            if not message.get("more_body"):
                break
        signature = next((v for k, v in scope["headers"] if k == b"x-line-signature"), b"").decode()
        await handle(raw, signature)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    return app


def main() -> None:
    """Serve a step."""
    handle: Handle = {"answer": lambda: answer, "parse": lambda: parse, "insert": Inserting}[sys.argv[1]]()
    uvicorn.run(
        application(handle), host="127.0.0.1", port=int(os.environ["PORT"]), lifespan="off", access_log=False,
        log_level="warning",
    )  # fmt: skip


if __name__ == "__main__":
    main()
