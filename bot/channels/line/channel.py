"""LINE's side of the `Channel` contract: the webhook in, deliveries out, files fetched.

One rule: what may have been shown is never sent again in a way that could show it twice. A reply is
free and has no idempotency key, but its token works once; a push is paid and has a key (`X-Line-Retry-Key`).

    reply  accepted                    SENT
           no connection               RETRY    nothing left this machine
           400                         push     the token is expired or unknown: surely not shown
           429                         RETRY
           time-out, lost, 5xx         RETRY    in doubt: only ever again by reply, whose token works once
           in doubt, then 400 or late  UNKNOWN  it may have been shown and is not pushed
    push   not written down            RETRY    at once: whoever finds it after a crash is to know it
           accepted, or 409            SENT     409: this key was accepted before
           no answer, lost, 5xx, 429   RETRY    the key makes asking again safe while LINE remembers it
           monthly limit, other 4xx    REFUSED
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Final
from uuid import NAMESPACE_URL, uuid5

import aiohttp
from starlette.routing import BaseRoute, Route

from bot.channels.line import limits, wire
from bot.channels.line.client import LineClient, RefusedError
from bot.channels.line.render import Bubble, render
from bot.dialogue import Message
from bot.errors import UnavailableError
from bot.runtime.calling import NOT_SENT
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
from bot.runtime.webhook import BODY_SECONDS, Answered, Call, Webhook
from bot.store import Via

if TYPE_CHECKING:
    from bot.channels.line.sdk import Sdk

PATH: Final = "/line/webhook"

#: The SDK's own default is 300 s, which would hold a delivery for five minutes.
_CALL: Final = aiohttp.ClientTimeout(total=5, connect=3)
_DOWNLOAD: Final = aiohttp.ClientTimeout(total=60, connect=3, sock_read=10)


class LineChannel:
    """The LINE Messaging API as a `Channel`.

    `greeting` is what a group is told. `copy_link` gives, for a person's LINE id, the address where they
    can fetch the copy of their data, None when there is none. `api_base` and `data_api_base` are
    "https://api.line.me" and "https://api-data.line.me", or a stand-in. `timeout`
    is for one call, `download_timeout` for one file, `body_seconds` for the body of one webhook. `clock`
    is the one that letters were committed by.
    """

    name: Final = wire.CHANNEL
    pulls: Final = False

    def __init__(
        self,
        *,
        secret: str,
        access_token: str,
        api_base: str,
        data_api_base: str,
        greeting: Message,
        copy_link: Callable[[str], str | None],
    ) -> None:
        self._secret = secret
        self._access_token = access_token
        self._origin = api_base.rstrip("/")
        self._data_origin = data_api_base.rstrip("/")
        self._sdk: Sdk | None = None
        self._importing = asyncio.Lock()
        self._greeting = greeting
        self._copy_link = copy_link
        self.timeout = _CALL
        self.download_timeout = _DOWNLOAD
        self.body_seconds = BODY_SECONDS
        self.clock: Clock = SystemClock()

    @property
    def replies_for(self) -> timedelta:
        """How long a reply token counts as fresh."""
        return limits.REPLY_FRESH

    async def start(self) -> None:
        """Open the HTTP session; it belongs to the running loop."""
        self._client = LineClient(self._origin, self._access_token)

    async def stop(self) -> None:
        """Close the HTTP sessions."""
        await self._client.close()
        if self._sdk:
            await self._sdk.close()

    def routes(self, submit: Submit) -> Sequence[BaseRoute]:
        """The webhook. 200 means committed; 503 asks LINE to deliver again."""

        async def webhook(call: Call) -> Answered:
            raw = await call.body(self.body_seconds)
            signature = call.header(b"x-line-signature") or b""
            if not wire.verify(raw, signature.decode("latin-1"), self._secret):
                return Answered(401)
            try:
                events = wire.parse(raw)
            except wire.MalformedBodyError:
                return Answered(400)
            greetings = [event for event in events if isinstance(event, wire.GroupGreeting)]
            kept = [event for event in events if not isinstance(event, wire.GroupGreeting)]
            try:
                if kept:
                    await submit(kept)
            except UnavailableError:
                return Answered(503)
            return Answered(200, partial(self._greet, greetings) if greetings else None)

        return [Route(PATH, Webhook(webhook), methods=["POST"])]

    async def deliver(self, parcel: Parcel) -> Delivered:
        """Send a parcel as one request: by reply while the token is fresh, else by push unless in doubt.

        That it is to be pushed is the first outcome, and pushing it the second.
        """
        total = len(parcel.messages)
        try:
            bubbles = self._render(parcel)
        except ValueError as error:
            return Delivered(Fate.REFUSED, parcel.sent, detail=f"cannot be shown on LINE: {error}")
        if not bubbles:
            return Delivered(Fate.SENT, total)
        if parcel.via == Via.PUSH:
            return await self._push(parcel, bubbles)
        outcome = None
        if parcel.reply:
            if self._age(parcel) < self.replies_for:
                outcome = await self._reply(parcel, bubbles)
            elif parcel.via == Via.DOUBT:
                detail = "LINE may have shown the reply, and its token is too old to ask again"
                return Delivered(Fate.UNKNOWN, parcel.sent, detail=detail, via=Via.REPLY)
        # Written down before it is done: should this process die in the midst of it, the next one knows that
        # it was a push, which can be repeated, and not a reply, which cannot.
        return outcome or Delivered(Fate.RETRY, parcel.sent, retry_after=0.0, via=Via.PUSH)

    async def acknowledge(self, incoming: Incoming) -> None:
        """Start the loading animation; it is a courtesy, so whatever goes wrong with it is let go."""
        sdk = await self._with_sdk()
        await sdk.show_loading(incoming.sender, limits.LOADING_SECONDS, self.timeout)

    async def fetch(self, ref: str, limit: int) -> FetchedFile:
        """Bring the file of the message `ref`; at most one byte over `limit` is read to know it is over."""
        try:
            sdk = await self._with_sdk()
            async with await sdk.content(ref, self.download_timeout) as response:
                return FetchedFile(await _content(response, limit))
        except (aiohttp.ClientError, TimeoutError) as error:
            raise FileLaterError(f"LINE did not give the file: {type(error).__name__}") from None

    async def _with_sdk(self) -> "Sdk":
        async with self._importing:
            if self._sdk is None:
                module = await asyncio.to_thread(import_module, "bot.channels.line.sdk")
                self._sdk = module.Sdk(self._origin, self._data_origin, self._access_token)
        return self._sdk

    def _render(self, parcel: Parcel) -> list[Bubble]:
        messages = parcel.messages[parcel.sent :]
        link = self._copy_link(parcel.address) if any(message.documents for message in messages) else None
        return render(messages, link)

    async def _reply(self, parcel: Parcel, bubbles: list[Bubble]) -> Delivered | None:
        """The fate of a reply, None when it was surely not shown and a push may follow."""
        before = parcel.via or Via.REPLY  # a doubt stays until LINE has answered
        try:
            await self._client.send("reply", {"replyToken": parcel.reply}, bubbles, self.timeout)
        except NOT_SENT:
            return Delivered(Fate.RETRY, parcel.sent, detail="LINE could not be reached", via=before)
        except RefusedError as error:
            if error.status == 400 and before != Via.DOUBT:
                return None
            return _refused(parcel, error, Via.DOUBT if error.status >= 500 else before)
        except Exception as error:  # a time-out, a lost connection, an answer that is not LINE's
            detail = f"LINE may have shown the reply: {type(error).__name__}"
            return Delivered(Fate.RETRY, parcel.sent, detail=detail, via=Via.DOUBT)
        return Delivered(Fate.SENT, len(parcel.messages), via=Via.REPLY)

    async def _push(self, parcel: Parcel, bubbles: list[Bubble]) -> Delivered:
        # Once LINE has forgotten the key, asking again could show it twice.
        later = Fate.RETRY if self._age(parcel) < limits.RETRY_KEY_LIFE else Fate.UNKNOWN
        try:
            key = {"X-Line-Retry-Key": str(uuid5(NAMESPACE_URL, parcel.id))}
            await self._client.send("push", {"to": parcel.address}, bubbles, self.timeout, key)
        except NOT_SENT:
            return Delivered(Fate.RETRY, parcel.sent, detail="LINE could not be reached", via=Via.PUSH)
        except RefusedError as error:
            if error.status != 409:
                return _refused(parcel, error, Via.PUSH, otherwise=later)
        except Exception as error:  # a time-out, a lost connection, an answer that is not LINE's
            detail = f"LINE may have taken the push: {type(error).__name__}"
            return Delivered(later, parcel.sent, detail=detail, via=Via.PUSH)
        return Delivered(Fate.SENT, len(parcel.messages), via=Via.PUSH)

    def _age(self, parcel: Parcel) -> timedelta:
        return self.clock.now() - parcel.created_at

    async def _greet(self, greetings: Sequence[wire.GroupGreeting]) -> None:
        """Answer groups directly: nothing of a group is stored, so a greeting that fails is let go."""
        bubbles = render([self._greeting])
        for greeting in greetings:
            try:
                await self._client.send("reply", {"replyToken": greeting.reply}, bubbles, self.timeout)
            except (RefusedError, aiohttp.ClientError, TimeoutError, ValueError) as error:
                logging.getLogger(__name__).info("A group was not greeted: %s", type(error).__name__)


async def _content(response: aiohttp.ClientResponse, limit: int) -> bytes:
    if response.status in (400, 404, 410):
        raise FileGoneError(f"LINE no longer has the file (HTTP {response.status})")
    if response.status != 200:  # 202: not ready yet; 401: the token is to be mended; 5xx
        raise FileLaterError(f"LINE did not give the file (HTTP {response.status})")
    if (response.content_length or 0) > limit:
        raise FileTooLargeError(f"the file is over {limit} bytes")
    content = bytearray()
    while chunk := await response.content.read(limit + 1 - len(content)):
        content += chunk
        if len(content) > limit:
            raise FileTooLargeError(f"the file is over {limit} bytes")
    return bytes(content)


def _refused(parcel: Parcel, error: RefusedError, via: str, otherwise: Fate = Fate.RETRY) -> Delivered:
    """The fate LINE's refusal stands for; `otherwise` when LINE itself failed and the outcome is open."""
    asked = "push" if via == Via.PUSH else "reply"
    fate, detail, wait = Fate.REFUSED, f"LINE refuses the {asked} (HTTP {error.status})", None
    if error.status == 429 and "monthly limit" in error.body.lower():
        detail = "the month's pushes are used up: raise the limit in LINE Official Account Manager"
    elif error.status == 429:
        fate, detail = Fate.RETRY, "LINE asks to slow down (HTTP 429)"
        wait = _retry_after(error.headers)
    elif error.status in (401, 403):
        detail = f"LINE does not accept the channel access token (HTTP {error.status}): renew it"
    elif error.status == 400 and via == Via.DOUBT:
        fate, detail = Fate.UNKNOWN, "the reply token was used: an earlier attempt may have been shown"
    elif error.status >= 500:
        fate, detail = otherwise, f"LINE failed (HTTP {error.status})"
    return Delivered(fate, parcel.sent, wait, detail, via)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds LINE asks us to wait, at most an hour; None when it does not say."""
    seconds = str(headers.get("Retry-After", ""))
    return min(float(seconds), 3600.0) if seconds.isdecimal() else None
