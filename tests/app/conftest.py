"""The whole bot in this process, without a socket: its ASGI app over a real database."""

import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from bot.app import running
from bot.runtime.identity import Identity, new_key, read_key
from bot.settings import Settings, describe

KEY = new_key()

Serve = Callable[..., AbstractAsyncContextManager[httpx2.AsyncClient]]


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment without our variables, in an empty folder without `.env`.

    Python's hooks, which verbs that serve or keep take over, are put back.
    """
    for owner, hook in ((sys, "excepthook"), (sys, "unraisablehook"), (threading, "excepthook")):
        monkeypatch.setattr(owner, hook, getattr(owner, hook))
    for variable in describe():
        monkeypatch.delenv(variable.name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def serve(sqlite_url: str) -> Serve:
    """A client of a bot with these settings; local unless told otherwise."""

    @asynccontextmanager
    async def client(**settings: object) -> AsyncIterator[httpx2.AsyncClient]:
        chosen = Settings.model_validate({"database_url": sqlite_url, "identity_key": KEY} | settings)
        async with running(chosen) as bot:
            # As over a socket: what the app raises after it has answered is the server's to log.
            transport = httpx2.ASGITransport(bot.asgi, raise_app_exceptions=False)
            async with httpx2.AsyncClient(transport=transport, base_url="http://bot.test") as web:
                yield web

    return client


@pytest.fixture
def identity() -> Identity:
    """The identity of the bots of `serve`."""
    from bot.library import load

    return Identity(read_key(KEY), load().draft.slug)
