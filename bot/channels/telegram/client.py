"""python-telegram-bot as we use it: its calls, types and errors, without its application.

One rule: it says nothing in our log, because what it would say holds the token (in every address) and,
at DEBUG or when an answer cannot be read, what people were told.
"""

import logging
import os
from datetime import timedelta
from typing import Any, Final

import aiohttp
from telegram import Bot
from telegram.error import NetworkError, RetryAfter, TimedOut
from telegram.request import HTTPXRequest, RequestData

from bot.runtime.calling import Caller

for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)
logging.getLogger("telegram").setLevel(logging.CRITICAL)

# Without it RetryAfter warns of its own deprecation whenever Telegram asks to slow down.
os.environ.setdefault("PTB_TIMEDELTA", "true")


_HEADERS: Final = {
    "User-Agent": HTTPXRequest.USER_AGENT,
    "Content-Type": "application/x-www-form-urlencoded",
}


class Request(HTTPXRequest):
    """The SDK's transport, but a call without files goes by `Caller`: httpx takes several times as long."""

    def __init__(self, api_base: str, seconds: float) -> None:
        self._seconds = seconds
        self._connect = min(seconds, 5)
        super().__init__(
            connect_timeout=self._connect, read_timeout=seconds, write_timeout=seconds, pool_timeout=seconds
        )
        self._caller = Caller(api_base)

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *waits: Any, **named: Any
    ) -> tuple[int, bytes]:
        """Make a call. Raises NetworkError and TimedOut, as the SDK's own does."""
        if method != "POST" or (request_data and request_data.contains_files):
            return await super().do_request(url, method, request_data, *waits, **named)
        read = named.get("read_timeout")
        seconds = read if isinstance(read, int | float) else self._seconds
        within = aiohttp.ClientTimeout(total=seconds, connect=self._connect)
        body = request_data.url_encoded_parameters().encode() if request_data else b""
        try:
            answer = await self._caller.post(url, _HEADERS, body, within)
        except TimeoutError:
            raise TimedOut from None
        except aiohttp.ClientError as error:  # whose words may hold the address, and that the token
            raise NetworkError(type(error).__name__) from None
        return answer.status, answer.body

    async def shutdown(self) -> None:
        """Close every connection."""
        await self._caller.close()
        await super().shutdown()


def client(token: str, api_base: str, seconds: float = 10) -> Bot:
    """The Bot API at `api_base` for this token; an answer is awaited for `seconds`. To be `close`d.

    It is never `initialize`d: that would ask Telegram who the bot is, and Telegram may be down at a start.
    """
    api_base = api_base.rstrip("/")
    request = Request(api_base, seconds)
    return Bot(
        token,
        base_url=f"{api_base}/bot",
        base_file_url=f"{api_base}/file/bot",
        request=request,
        get_updates_request=request,
    )


async def close(bot: Bot) -> None:
    """Close the connections of a `client`."""
    await bot.request.shutdown()


def asked_to_wait(error: RetryAfter) -> float:
    """The seconds Telegram wants us to wait."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
