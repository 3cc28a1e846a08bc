"""How what demo people do travels: in the bodies that LINE, Telegram and the web page send, through the
readers that take those in.

One rule: what a channel's reader does not take for an event is a fault of this module, and ends the run.
"""

import base64
import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from random import Random
from secrets import token_hex
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
from msgspec.structs import replace

from bot.channels.line import wire as line
from bot.channels.telegram import wire as telegram
from bot.channels.web import wire as web
from bot.dialogue import Body, Opened, Pressed, Typed
from bot.runtime.channel import Broken, Incoming
from bot.store import DEMO

#: Acts of one person are numbered below this, so that no two of one run share an update's number.
_ACTS: Final = 1_000


class Done(NamedTuple):
    """What somebody did: who they are on their channel, which person and which of their acts it is, when."""

    channel: str
    sender: str
    person: int
    act: int
    at: datetime
    body: Body


def travelled(done: Sequence[Done]) -> Iterator[Incoming]:
    """The events as the channels read them, marked as demo people's, with nothing to answer them by.

    Raises ValueError when a channel does not read one.
    """
    for channel, read in _READERS.items():
        theirs = [one for one in done if one.channel == channel]
        for incoming in read(theirs) if theirs else ():
            if not isinstance(incoming, Incoming):
                raise ValueError(f"{channel} does not read what a demo person did: {_fault(incoming)}")
            yield replace(incoming, event=replace(incoming.event, id=f"{DEMO}:{incoming.event.id}"), reply="")


def _fault(read: object) -> str:
    return read.error if isinstance(read, Broken) else type(read).__name__


def _line(done: Sequence[Done]) -> Iterator[object]:
    """One webhook with all of them, signed as LINE signs it."""
    secret = token_hex()
    raw = msgspec.json.encode({"destination": f"U{'0' * 32}", "events": [_line_event(one) for one in done]})
    signed = base64.b64encode(hmac.digest(secret.encode(), raw, sha256)).decode()
    if not line.verify(raw, signed, secret):
        raise ValueError("the signature of a demo webhook does not hold")
    yield from line.parse(raw)


def _line_event(one: Done) -> dict[str, Any]:
    said: dict[str, Any]
    match one.body:
        case Typed(text=text):
            content = {"id": str(_number(one)), "type": "text", "quoteToken": "q", "text": text}
            said = {"type": "message", "message": content}
        case Pressed(token=token):
            said = {"type": "postback", "postback": {"data": token}}
        case _:
            said = {"type": "follow", "follow": {"isUnblocked": False}}
    return said | {
        "mode": "active",
        "timestamp": int(one.at.timestamp() * 1000),
        "source": {"type": "user", "userId": one.sender},
        "webhookEventId": f"01{_number(one):024}",
        "deliveryContext": {"isRedelivery": False},
        "replyToken": f"{_number(one):032}x",
    }


def _telegram(done: Sequence[Done]) -> Iterator[object]:
    """An update for each; of a press, which has no time in the Bot API, we say when we had it."""
    for one in done:
        yield from telegram.parse(msgspec.json.encode(_update(one)), one.at)


def _update(one: Done) -> dict[str, Any]:
    person, seconds = int(one.sender), int(one.at.timestamp())
    chat = {"id": person, "type": "private"}
    sender = {"id": person, "is_bot": False, "first_name": ""}
    told = {"message_id": 2 * one.act + 1, "date": seconds, "chat": chat}
    match one.body:
        case Pressed(token=token):
            press = {"id": str(_number(one)), "from": sender, "chat_instance": "1", "data": token}
            return {"update_id": _number(one), "callback_query": press | {"message": told | {"text": "…"}}}
        case Typed(text=text):
            pass
        case _:
            text = "/start"
    return {"update_id": _number(one), "message": told | {"from": sender, "text": text}}


def _web(done: Sequence[Done]) -> Iterator[object]:
    """What the page posts for each."""
    for one in done:
        act = UUID(int=Random(f"{one.sender}/{one.act}").getrandbits(128), version=4)  # noqa: S311 - repeated
        event = web.read_event(msgspec.json.encode(_posted(one.body) | {"id": str(act)}), one.sender, one.at)
        yield Incoming(event, one.sender) if event else None


def _posted(body: Body) -> dict[str, str]:
    match body:
        case Pressed(token=token):
            return {"kind": "pressed", "token": token}
        case Typed(text=text):
            return {"kind": "typed", "text": text}
        case Opened():
            return {"kind": "opened"}
        case _:
            raise ValueError(f"nobody does this on the web page: {type(body).__name__}")


def _number(one: Done) -> int:
    return one.person * _ACTS + one.act


_READERS: Final[Mapping[str, Callable[[Sequence[Done]], Iterator[object]]]] = {
    line.CHANNEL: _line,
    telegram.CHANNEL: _telegram,
    web.NAME: _web,
}
