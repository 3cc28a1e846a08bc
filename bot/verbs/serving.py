"""`serve`: the web server around the app, started and stopped in the right order."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socket import socket
from typing import Final

import uvicorn

from bot import settings
from bot.app import Running, running
from bot.runtime import log
from bot.settings import Settings

#: Seconds a request may go on after the stop was asked for; a platform waits 2 (LINE) to 60 (Telegram).
GRACE: Final = 10


class Server(uvicorn.Server):
    """A server that tells when it listens, and lets go of waiting readers before it closes.

    It returns when it was stopped by a signal instead of dying of it, so that what was accepted is finished.
    """

    def __init__(self, config: uvicorn.Config, bot: Running, ready: Callable[[int], None]) -> None:
        super().__init__(config)
        self._bot = bot
        self._ready = ready

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Listen, then tell on which port."""
        await super().startup(sockets)
        if self.started:
            self._ready(self.servers[0].sockets[0].getsockname()[1])

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Answer those who only wait for news, then finish the others."""
        self._bot.drain()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop in order on SIGINT and SIGTERM."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)


async def serve(*, polling: bool) -> None:
    """Serve until stopped.

    Raises SettingsError, ContentError or StoreError when the bot cannot start.
    """
    log.configure()
    chosen = settings.load()
    async with running(chosen, polling=polling) as bot:
        config = uvicorn.Config(
            bot.asgi,
            host=chosen.listens_on,
            port=chosen.port,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE,
        )

        def ready(port: int) -> None:
            print(*told(chosen, port, polling), sep="\n", flush=True)

        await Server(config, bot, ready).serve()


def told(chosen: Settings, port: int, polling: bool) -> Iterator[str]:
    """Where to click and what is switched on."""
    if not chosen.local:
        yield f"Serving {chosen.public_url} on port {port}."
    else:
        yield f"The chat is at http://127.0.0.1:{port}  (stop with Ctrl+C)"
    yield f"LINE: {'on, /line/webhook' if chosen.line else 'off (LINE_CHANNEL_SECRET is not set)'}"
    telegram = "on, polling" if polling else "on, /telegram/webhook"
    yield f"Telegram: {telegram if chosen.telegram else 'off (TELEGRAM_BOT_TOKEN is not set)'}"
