"""`serve`: the web server around the app, started and stopped in the right order."""

import asyncio
import gc
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from socket import AF_INET, AF_INET6, create_server, socket
from typing import Final

import uvicorn
from uvicorn.loops.auto import auto_loop_factory

from bot import settings
from bot.app import Running, running
from bot.errors import SettingsError
from bot.runtime import log
from bot.settings import Settings
from bot.verbs.receiving import Receiver

#: Seconds a request may go on after the stop was asked for, as long as LINE waits; with what the workers
#: have (stopping.py) at most ten, the least that hosts leave between SIGTERM and SIGKILL.
GRACE: Final = 2


class Server(uvicorn.Server):
    """A server that lets go of waiting readers before it closes.

    It returns when it was stopped by a signal instead of dying of it, so that what was accepted is finished.
    """

    def __init__(self, config: uvicorn.Config, bot: Running) -> None:
        super().__init__(config)
        self._bot = bot

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


def serve(*, polling: bool) -> None:
    """Serve until stopped, on the fastest event loop there is here (uvloop, but for Windows).

    Raises SettingsError, ContentError or StoreError when the bot cannot start.
    """
    log.configure()
    chosen = settings.load()
    with (
        listening(chosen.listens_on, chosen.port) as taken,
        asyncio.Runner(loop_factory=auto_loop_factory()) as runner,
    ):
        runner.run(_serve(chosen, taken, polling=polling))
    # Everything is closed; Python would go through every object there is before it ends, which takes seconds.
    gc.freeze()


async def _serve(chosen: Settings, taken: socket, *, polling: bool) -> None:
    async with running(chosen, polling=polling) as bot:
        config = uvicorn.Config(
            bot.asgi,
            http=Receiver,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE,
        )
        # What a start leaves behind stays; looking through it for garbage takes 0.2 s a time.
        gc.freeze()
        gc.enable()
        print(*told(chosen, taken.getsockname()[1], bot.way_in, polling), sep="\n", flush=True)
        await Server(config, bot).serve(sockets=[taken])


def listening(host: str, port: int) -> socket:
    """A socket that listens there. Raises SettingsError when it cannot."""
    try:
        return create_server((host, port), family=AF_INET6 if ":" in host else AF_INET)
    except OSError as error:
        raise SettingsError(
            f"Nothing can listen on port {port} of {host} ({error.strerror}). If another program has it,"
            " stop that or set PORT to another."
        ) from None


def told(chosen: Settings, port: int, way_in: str, polling: bool) -> Iterator[str]:
    """Where to click and what is switched on."""
    if not chosen.local:
        yield f"Serving {chosen.public_url} on port {port}."
    else:
        yield f"The chat is at http://127.0.0.1:{port}  (stop with Ctrl+C)"
        yield f"The secretariat's console, once: http://127.0.0.1:{port}{way_in}"
    yield f"LINE: {'on, /line/webhook' if chosen.line else 'off (LINE_CHANNEL_SECRET is not set)'}"
    telegram = "on, polling" if polling else "on, /telegram/webhook"
    yield f"Telegram: {telegram if chosen.telegram else 'off (TELEGRAM_BOT_TOKEN is not set)'}"
