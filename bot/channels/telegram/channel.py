"""Telegram's side of the `Channel` contract: the webhook in, deliveries out, files fetched.

One rule: nothing said is lost, at the price of a rare repetition. sendMessage has no idempotency key,
so a message whose acceptance we never heard of is sent again and may, rarely, be seen twice
(RELIABILITY.md 1.4); every message is safe to see twice, because its buttons carry their whole meaning.

    accepted                             SENT
    429                                  RETRY    after exactly the seconds Telegram names
    time-out, no connection, 5xx         RETRY
    401, 404: the token is not accepted  RETRY    the message is sound, the token is to be mended
    403, or 400 "chat not found"         GONE     blocked, or the account is no more
    other 400                            REFUSED
    an edit refused                      sent anew (REPLACE) or let go (MARK)
"""

import hmac
import re
from asyncio import timeout
from collections.abc import Sequence
from functools import partial
from typing import Final, assert_never

import httpx
import structlog
from starlette.routing import BaseRoute, Route
from telegram import LinkPreviewOptions
from telegram.constants import ChatAction
from telegram.error import BadRequest, Forbidden, InvalidToken, RetryAfter, TelegramError, TimedOut

from bot.channels.telegram import wire
from bot.channels.telegram.client import asked_to_wait, client, close
from bot.channels.telegram.render import EditText, SendFile, SendText, render
from bot.dialogue import Message
from bot.errors import UnavailableError
from bot.runtime.channel import (
    Delivered,
    Fate,
    FetchedFile,
    FileGoneError,
    FileLaterError,
    FileTooLargeError,
    Incoming,
    Parcel,
    Submit,
)
from bot.runtime.clock import Clock, SystemClock
from bot.runtime.webhook import Answered, Call, Webhook

PATH: Final = "/telegram/webhook"

_SECRET_HEADER: Final = b"x-telegram-bot-api-secret-token"
#: A page behind a link is not part of what we say: no preview of it.
_NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)
#: Seconds one delivery may take in all. The outbox gives up after 50 and would not send the rest again.
_DELIVERY_SECONDS: Final = 40

#: Words of Telegram that quote nothing: letters, and an apostrophe only inside a word.
_FIXED_WORDS: Final = re.compile(r"(?:[A-Za-z_:,() -]|(?<=[a-z])'(?=[a-z]))+")

_log = structlog.get_logger(__name__)


class TelegramChannel:
    """The Telegram Bot API as a `Channel`.

    `webhook_secret` proves that a webhook call is Telegram's; without one ("") there is no webhook.
    `api_base` is "https://api.telegram.org" or a stand-in, for calls and files alike. `greeting` is
    what a group is told, before the bot's link. `seconds` is how long an answer of Telegram is awaited.
    """

    name: Final = wire.CHANNEL
    pulls: Final = False
    replies_for: Final = None

    def __init__(
        self, *, token: str, webhook_secret: str, api_base: str, greeting: Message, seconds: float = 10
    ) -> None:
        self.bot: Final = client(token, api_base, seconds)
        self._secret = webhook_secret.encode()
        self._greeting = greeting
        self.clock: Clock = SystemClock()
        self._files = httpx.AsyncClient(timeout=seconds)

    async def start(self) -> None:
        """Nothing to open: the HTTP clients connect when first used. Telegram may be down at a start."""

    async def stop(self) -> None:
        """Close the HTTP connections."""
        await close(self.bot)
        await self._files.aclose()

    def routes(self, submit: Submit) -> Sequence[BaseRoute]:
        """The webhook. 200 means committed; 503 asks Telegram to send the update again."""

        async def webhook(call: Call) -> Answered:
            if not hmac.compare_digest(call.header(_SECRET_HEADER) or b"", self._secret):
                return Answered(401)
            raw = await call.body()
            try:
                greetings = await self.take([raw], submit)
            except UnavailableError:
                return Answered(503)
            return Answered(200, partial(self.greet, greetings) if greetings else None)

        return [Route(PATH, Webhook(webhook), methods=["POST"])] if self._secret else []

    async def take(self, updates: Sequence[bytes], submit: Submit) -> list[wire.GroupGreeting]:
        """Commit what people did in these updates; returns the groups to `greet` after that."""
        now = self.clock.now()
        parsed = [item for raw in updates for item in wire.parse(raw, now)]
        if kept := [item for item in parsed if not isinstance(item, wire.GroupGreeting)]:
            await submit(kept)
        return [item for item in parsed if isinstance(item, wire.GroupGreeting)]

    async def greet(self, greetings: Sequence[wire.GroupGreeting]) -> None:
        """Tell groups where to talk to us. Nothing of a group is stored: a greeting that fails is let go."""
        for greeting in greetings:
            try:
                me = await self.bot.get_me()
                if greeting.named.lower() in ("", me.name.removeprefix("@").lower()):
                    text = f"{self._greeting.text}\n{me.link}"
                    await self.bot.send_message(greeting.chat, text, link_preview_options=_NO_PREVIEW)
            except TelegramError as error:
                _log.info("a group was not greeted", channel=self.name, error=type(error).__name__)

    async def deliver(self, parcel: Parcel) -> Delivered:
        """Confirm the press, then send the messages from `parcel.sent` on, in order."""
        sent = parcel.sent
        reply = wire.Reply.read(parcel.reply)
        try:
            async with timeout(_DELIVERY_SECONDS):
                if reply and not sent:
                    await self._confirm(reply)
                for message in parcel.messages[sent:]:
                    await self._show(int(parcel.address), message, reply.message if reply else None)
                    sent += 1
        except TelegramError as error:
            return _fate(error, sent)
        except TimeoutError:
            return Delivered(Fate.RETRY, sent, detail="Telegram was too slow; the rest follows")
        return Delivered(Fate.SENT, sent)

    async def acknowledge(self, incoming: Incoming) -> None:
        """Show «typing…»; it is a courtesy, so whatever goes wrong with it is let go."""
        try:
            await self.bot.send_chat_action(int(incoming.sender), ChatAction.TYPING)
        except TelegramError as error:
            _log.info("Telegram showed no activity", channel=self.name, error=type(error).__name__)

    async def fetch(self, ref: str, limit: int) -> FetchedFile:
        """Bring the file with the file_id `ref`. Its name came with the offer; getFile makes one up."""
        try:
            file = await self.bot.get_file(ref)
        except BadRequest as error:
            raise _file_refused(error) from None
        except TelegramError as error:
            raise FileLaterError(f"Telegram did not give the file: {type(error).__name__}") from None
        if (file.file_size or 0) > limit:
            raise FileTooLargeError(f"the file is over {limit} bytes")
        if not file.file_path:
            raise FileGoneError("Telegram gives no way to the file")
        try:
            async with self._files.stream("GET", file.file_path) as response:
                return FetchedFile(await _content(response, limit))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise FileLaterError(f"Telegram did not give the file: {type(error).__name__}") from None

    async def _confirm(self, reply: wire.Reply) -> None:
        """Take the spinner off the button. Telegram refuses after a while; nobody waits for it then."""
        try:
            await self.bot.answer_callback_query(reply.callback)
        except BadRequest as error:
            _log.info("a press was not confirmed", channel=self.name, error=type(error).__name__)

    async def _show(self, chat: int, message: Message, pressed: int | None) -> None:
        for call in render(message, pressed):
            match call:
                case EditText():
                    if not await self._edit(chat, call):
                        await self._show(chat, message, None)
                        return
                case SendText():
                    await self.bot.send_message(
                        chat, call.text, reply_markup=call.keyboard, link_preview_options=_NO_PREVIEW
                    )
                case SendFile():
                    await self.bot.send_document(chat, call.content, filename=call.name)
                case _:
                    assert_never(call)

    async def _edit(self, chat: int, call: EditText) -> bool:
        """Whether the message now shows this; False when Telegram does not let it be edited."""
        try:
            await self.bot.edit_message_text(
                call.text, chat, call.message, reply_markup=call.keyboard, link_preview_options=_NO_PREVIEW
            )
        except BadRequest as error:
            return "not modified" in error.message
        return True


async def _content(response: httpx.Response, limit: int) -> bytes:
    if response.status_code in (400, 404, 410):
        raise FileGoneError(f"Telegram no longer has the file (HTTP {response.status_code})")
    if response.status_code != 200:
        raise FileLaterError(f"Telegram did not give the file (HTTP {response.status_code})")
    content = bytearray()
    async for chunk in response.aiter_bytes(64 << 10):
        content += chunk
        if len(content) > limit:
            raise FileTooLargeError(f"the file is over {limit} bytes")
    return bytes(content)


def _file_refused(error: BadRequest) -> Exception:
    """Telegram's words for a file over 20 MB, one it cannot give now, and one it does not know."""
    reason = error.message.lower()
    if "too big" in reason:
        return FileTooLargeError("the file is over what Telegram lets a bot download")
    if "temporarily unavailable" in reason:
        return FileLaterError("Telegram cannot give the file now")
    return FileGoneError("Telegram does not know the file")


def _reason(error: BadRequest) -> str:
    """Telegram's own words, unless they quote: a label, an address or an id may be somebody's."""
    # What follows the first sentence would be python-telegram-bot quoting the answer.
    reason = error.message.partition(". ")[0]
    return reason if _FIXED_WORDS.fullmatch(reason) else "it quotes why, and that is not kept"


def _fate(error: TelegramError, sent: int) -> Delivered:
    """What a failed call means for the parcel. The words are ours or fixed ones of Telegram."""
    match error:
        case RetryAfter():
            return Delivered(Fate.RETRY, sent, asked_to_wait(error), "Telegram asks to slow down")
        case Forbidden():
            return Delivered(Fate.GONE, sent, detail="the person blocked the bot or left Telegram")
        case BadRequest() if "chat not found" in error.message.lower():
            return Delivered(Fate.GONE, sent, detail="Telegram no longer knows the chat")
        case BadRequest():
            return Delivered(Fate.REFUSED, sent, detail=f"Telegram refuses the message: {_reason(error)}")
        case InvalidToken():
            detail = "Telegram does not accept the token: set TELEGRAM_BOT_TOKEN to the one BotFather shows"
            return Delivered(Fate.RETRY, sent, detail=detail)
        case TimedOut():
            return Delivered(Fate.RETRY, sent, detail="Telegram did not answer in time")
        case _:
            return Delivered(Fate.RETRY, sent, detail=f"Telegram could not be used: {type(error).__name__}")
