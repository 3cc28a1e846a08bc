"""python-telegram-bot as we use it: its calls, types and errors, without its application.

One rule: it says nothing in our log, because what it would say holds the token (in every address) and,
at DEBUG or when an answer cannot be read, what people were told.
"""

import logging
import os
from datetime import timedelta

from telegram import Bot
from telegram.error import RetryAfter
from telegram.request import HTTPXRequest

for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)
logging.getLogger("telegram").setLevel(logging.CRITICAL)

# Without it RetryAfter warns of its own deprecation whenever Telegram asks to slow down.
os.environ.setdefault("PTB_TIMEDELTA", "true")


def client(token: str, api_base: str, seconds: float = 10) -> Bot:
    """The Bot API at `api_base` for this token; an answer is awaited for `seconds`. To be `close`d.

    It is never `initialize`d: that would ask Telegram who the bot is, and Telegram may be down at a start.
    """
    api_base = api_base.rstrip("/")
    request = HTTPXRequest(
        connect_timeout=min(seconds, 5), read_timeout=seconds, write_timeout=seconds, pool_timeout=seconds
    )
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
