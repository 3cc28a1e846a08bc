"""What `connect` and `doctor` do at Telegram. One rule: no sentence carries a token or a secret."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeDefault,
)
from telegram.error import BadRequest, InvalidToken, TelegramError

from bot.channels.telegram import limits, wire
from bot.channels.telegram.client import client, close
from bot.errors import SettingsError

_REFUSED: Final = "Telegram does not accept TELEGRAM_BOT_TOKEN: use the one BotFather shows (/mybots)."


async def connect(
    *, token: str, api_base: str, webhook_url: str, secret: str, commands: Mapping[str, Mapping[str, str]]
) -> list[str]:
    """Register the webhook and the menus of commands; what was done, one English sentence each.

    `commands` gives for each language ("th", "en") what each command (without "/") is for; the first
    language is shown to everybody else too. Groups get no menu. Pending updates are kept. Doing it
    twice is the same as once. Raises SettingsError when Telegram refuses or cannot be reached.
    """
    async with _bot(token, api_base) as bot:
        me = await bot.get_me()
        await bot.set_webhook(
            webhook_url,
            secret_token=secret,
            allowed_updates=wire.ALLOWED_UPDATES,
            max_connections=limits.CONNECTIONS,
            drop_pending_updates=False,
        )
        for scope in (BotCommandScopeDefault(), BotCommandScopeAllGroupChats()):
            await bot.delete_my_commands(scope)
        private = BotCommandScopeAllPrivateChats()
        for language, menu in commands.items():
            await bot.set_my_commands(_menu(menu), private, language)
        await bot.set_my_commands(_menu(next(iter(commands.values()))), private)
    return [
        f"Telegram: the bot is {me.name}.",
        f"Telegram: updates are sent to {webhook_url}, with the secret of TELEGRAM_WEBHOOK_SECRET.",
        f"Telegram: private chats have a menu of commands ({', '.join(commands)}); groups have none.",
    ]


async def disconnect(*, token: str, api_base: str) -> list[str]:
    """Remove the webhook, so that `serve --poll` can ask for updates; pending ones are kept.

    Raises SettingsError when Telegram refuses or cannot be reached.
    """
    async with _bot(token, api_base) as bot:
        await bot.delete_webhook(drop_pending_updates=False)
    return ["Telegram: the webhook is removed; updates wait there, up to 24 hours, for `serve --poll`."]


async def diagnose(*, token: str, api_base: str, webhook_url: str) -> list[str]:
    """What is missing or wrong at Telegram, one English sentence each; [] when nothing is.

    `webhook_url` is "" for a run that polls.
    """
    try:
        async with _bot(token, api_base) as bot:
            me = await bot.get_me()
            hook = await bot.get_webhook_info()
    except SettingsError as error:
        return [str(error)]
    found = []
    if hook.url != webhook_url:
        found.append(_wrong_address(hook.url, webhook_url))
    if hook.url and hook.last_error_date and hook.last_error_message:
        found.append(
            f"Telegram: the last failed call of the webhook was at {hook.last_error_date:%Y-%m-%d %H:%M} UTC:"
            f" {hook.last_error_message}."
        )
    if hook.pending_update_count:
        found.append(
            f"Telegram: {hook.pending_update_count} updates wait to be taken in; they keep 24 hours."
        )
    if me.can_read_all_group_messages:
        found.append(
            "Telegram: the bot is sent everything said in its groups, which it has no use for: turn its"
            " privacy mode on (BotFather, /setprivacy, Enable)."
        )
    return found


@asynccontextmanager
async def _bot(token: str, api_base: str) -> AsyncIterator[Bot]:
    """A client whose refusals say what to do."""
    bot = client(token, api_base)
    try:
        yield bot
    except InvalidToken:
        raise SettingsError(_REFUSED) from None
    except BadRequest as error:
        raise SettingsError(
            "Telegram does not accept PUBLIC_URL, TELEGRAM_WEBHOOK_SECRET or the menu of commands:"
            f" {error.message}."
        ) from None
    except TelegramError as error:
        raise SettingsError(
            f"Telegram: not reached ({type(error).__name__}): check the network and TELEGRAM_API_BASE."
        ) from None
    finally:
        await close(bot)


def _menu(menu: Mapping[str, str]) -> list[BotCommand]:
    return [BotCommand(command, description) for command, description in menu.items()]


def _wrong_address(registered: str, wanted: str) -> str:
    if not wanted:
        return (
            f"Telegram: a webhook is registered ({registered}), so `serve --poll` gets no updates: remove it"
            " with `python -m bot connect --remove`, or set PUBLIC_URL."
        )
    if not registered:
        return "Telegram: no webhook is registered: run `python -m bot connect`."
    return (
        f"Telegram: updates are sent to {registered}, not to {wanted}: run `python -m bot connect`,"
        " or correct PUBLIC_URL."
    )
