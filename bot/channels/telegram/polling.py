"""Updates without a public address: `serve --poll` asks Telegram for them.

One rule: Telegram forgets an update once the offset has moved past it, so the offset moves only after
what the update said is committed. Whatever fails, the same updates come again, and their ids make
the second time harmless.
"""

import asyncio
import json
from typing import Any, Final, Never

import structlog
from telegram.error import Conflict, RetryAfter

from bot.channels.telegram import limits, wire
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.client import asked_to_wait
from bot.runtime.channel import Submit

#: Seconds between two attempts at most.
_LONGEST_PAUSE: Final = 60.0

_log = structlog.get_logger(__name__)


async def poll(channel: TelegramChannel, submit: Submit, pause: float = 1.0) -> Never:
    """Bring updates to `submit` until cancelled; pending ones are never dropped.

    `pause` is the seconds before the second attempt after a failure; it doubles up to a minute.
    """
    offset, wait = 0, pause
    while True:
        try:
            updates = await _updates(channel, offset)
            greetings = await channel.take([json.dumps(update).encode() for update in updates], submit)
            offset = max((update["update_id"] + 1 for update in updates), default=offset)
        except Exception as error:  # nobody else asks Telegram, so nothing may end this loop
            seconds = asked_to_wait(error) if isinstance(error, RetryAfter) else wait
            _log.warning(_told(error), channel=channel.name, error=type(error).__name__, seconds=seconds)
            await asyncio.sleep(seconds)
            wait = min(wait * 2, _LONGEST_PAUSE)
        else:
            wait = pause
            await channel.greet(greetings)


async def _updates(channel: TelegramChannel, offset: int) -> list[dict[str, Any]]:
    """The updates from `offset` on as JSON values: one of them that nobody can read must not cost the others.

    In lower case, because for a name it knows python-telegram-bot warns to use its own method, which
    reads all updates or none. The Bot API takes method names in any case.
    """
    updates: Any = await channel.bot.do_api_request(
        "getupdates",
        {
            "offset": offset,
            "limit": limits.BATCH,
            "timeout": limits.LONG_POLL,
            "allowed_updates": wire.ALLOWED_UPDATES,
        },
        read_timeout=limits.LONG_POLL + limits.PATIENCE,
    )
    return list(updates)


def _told(error: Exception) -> str:
    if isinstance(error, Conflict):
        return (
            "Telegram gives updates to someone else: stop the other process that polls with this token, or"
            " remove the webhook (python -m bot connect --remove), or serve without --poll"
        )
    return "the updates were not taken in; they come again"
