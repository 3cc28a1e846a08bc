"""A web chat on a port of the system's choosing, in front of the conversation of the tests."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import uvicorn
from starlette.applications import Starlette

from tests.channels.web.conversation import Conversation, as_line, as_telegram


@dataclass
class Site:
    """Where the chat is and what it talks to."""

    address: str
    conversation: Conversation


async def _serve(conversation: Conversation, previews: bool) -> AsyncIterator[Site]:
    channel = conversation.channel(previews={"line": as_line, "telegram": as_telegram} if previews else {})
    app = Starlette(routes=list(channel.routes(conversation.submit)))
    # A poll that is still open when the test ends is cut off rather than waited for.
    config = uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=0)
    server = uvicorn.Server(config)
    # Listening already, so a browser that is quicker than the server waits in line.
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        yield Site(f"http://127.0.0.1:{listening.getsockname()[1]}", conversation)
        server.should_exit = True
        await serving


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """The chat as anybody sees it."""
    async for each in _serve(Conversation(), previews=False):
        yield each


@pytest.fixture
async def local_site() -> AsyncIterator[Site]:
    """The chat of a local run, with the preview switch."""
    async for each in _serve(Conversation(), previews=True):
        yield each
