"""The platforms that are set up.

One rule: a platform's modules are imported where it is opened, so that nobody pays for the SDK of one they
do not use: LINE's takes 0.4 s and 40 MB of a start, Telegram's 0.2 s and 20 MB.
"""

from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING, Any, Final, Never

from pydantic import SecretStr

from bot.dialogue import Message
from bot.library import Library
from bot.pages import Copies
from bot.runtime.channel import Channel, Submit
from bot.runtime.clock import Clock
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.channels.telegram import TelegramChannel
    from bot.channels.web import Preview

#: The paths of their webhooks, with their names.
WEBHOOKS: Final = {"/line/webhook": "line", "/telegram/webhook": "telegram"}


def line_of(settings: Settings, library: Library, copies: Copies, clock: Clock) -> Channel:
    """LINE, which the settings are complete for."""
    from bot.channels.line import LineChannel

    def copy_link(sender: str) -> str | None:
        if settings.public_url is None:
            return None
        return settings.public_url + copies.path(LineChannel.name, sender)

    line = LineChannel(
        secret=secret(settings.line_channel_secret),
        access_token=secret(settings.line_channel_access_token),
        api_base=settings.line_api_base,
        data_api_base=settings.line_data_api_base,
        greeting=_greeting(library),
        copy_link=copy_link,
    )
    line.clock = clock
    return line


def telegram_of(settings: Settings, library: Library, clock: Clock) -> "TelegramChannel":
    """Telegram, which the settings are complete for."""
    from bot.channels.telegram import TelegramChannel

    telegram = TelegramChannel(
        token=secret(settings.telegram_bot_token),
        webhook_secret=secret(settings.telegram_webhook_secret),
        api_base=settings.telegram_api_base,
        greeting=_greeting(library),
    )
    telegram.clock = clock
    return telegram


def polling_of(telegram: "TelegramChannel", submit: Submit) -> Coroutine[Any, Any, Never]:
    """Asking Telegram for updates, until cancelled."""
    from bot.channels.telegram import poll

    return poll(telegram, submit)


def previews() -> "Mapping[str, Preview]":
    """How a message shows on each of them, for the web chat of a local run."""
    from bot.previews import PREVIEWS

    return PREVIEWS


def _greeting(library: Library) -> Message:
    """What a group is told."""
    phrase = library.phrases["group_chat"]
    return Message(type=phrase.type, lines=phrase.lines)


def secret(value: SecretStr | None) -> str:
    """The secret in clear; "" for none."""
    return value.get_secret_value() if value else ""
