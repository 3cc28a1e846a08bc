"""What LINE sends: a signature over bytes, and the events in them. Pure.

One rule: an event we cannot read costs that event, never its neighbours; and of a group nothing is
read but whether to greet it.
"""

import base64
import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from bot.dialogue import Blocked, Body, Event, FileOffered, Opened, Pressed, Retracted, Typed, Unsupported
from bot.runtime.channel import Broken, Incoming

CHANNEL: Final = "line"

#: LINE's own are at most 33 characters; anything longer is not one of them.
_Id = Annotated[str, Meta(min_length=1, max_length=100)]
#: Milliseconds since 1970, up to the year 9999.
_Timestamp = Annotated[int, Meta(ge=0, le=253_402_300_799_000)]

_KNOWN: Final = frozenset({"message", "postback", "follow", "unfollow", "unsend", "join"})
#: The console's old "Verify" button sent events with these (line-bot-sdk-python #188): nobody to answer.
_DUMMY_TOKENS: Final = frozenset({"0" * 32, "f" * 32})
#: An escaped backslash, a surrogate pair, or a surrogate alone, which is no text and stops the parser.
_ESCAPES: Final = re.compile(
    rb"\\\\|\\u[Dd][89ABab][0-9A-Fa-f]{2}\\u[Dd][C-Fc-f][0-9A-Fa-f]{2}|(\\u[Dd][89A-Fa-f][0-9A-Fa-f]{2})"
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class MalformedBodyError(ValueError):
    """The body as a whole is not a LINE webhook: not JSON, nested too deep, or no list of so many events."""


class GroupGreeting(Struct, frozen=True):
    """A group or room invited us or spoke to us: to be answered once with `reply`, a token, and forgotten."""

    reply: str


class _Source(Struct, rename="camel"):
    type: str
    user_id: _Id | None = None


class _Head(Struct, rename="camel"):
    type: str
    mode: str = "active"
    source: _Source | None = None


class _Identity(Struct, rename="camel"):
    webhook_event_id: _Id


class _Mentionee(Struct, rename="camel"):
    is_self: bool = False


class _Mention(Struct):
    mentionees: list[_Mentionee] = []


class _Provider(Struct):
    type: str


class _Content(Struct, rename="camel"):
    id: _Id
    type: str
    text: str = ""
    file_name: str = ""
    file_size: int | None = None
    content_provider: _Provider | None = None
    mention: _Mention | None = None


class _Postback(Struct):
    data: str


class _Unsend(Struct, rename="camel"):
    message_id: _Id


class _Event(Struct, rename="camel"):
    """The fields of LINE's events that we use; anything else in them is passed over."""

    type: str
    webhook_event_id: _Id
    timestamp: _Timestamp
    source: _Source
    reply_token: str = ""
    message: _Content | None = None
    postback: _Postback | None = None
    unsend: _Unsend | None = None


#: Events in one webhook; an event of LINE's has some 400 bytes, so the largest body has not 3,000. The
#: intake would ask for more to be sent again, for ever.
_EVENTS: Final = 4_000


class _Envelope(Struct):
    events: Annotated[list[msgspec.Raw], Meta(max_length=_EVENTS)]


def verify(raw: bytes, signature: str | None, secret: str) -> bool:
    """Whether LINE signed exactly these bytes with the channel secret; in constant time, never raises.

    `signature` is the `x-line-signature` header: base64 of the HMAC-SHA256.
    """
    expected = base64.b64encode(hmac.digest(secret.encode(), raw, hashlib.sha256))
    return hmac.compare_digest(expected, (signature or "").encode(errors="replace"))


def parse(raw: bytes) -> list[Incoming | Broken | GroupGreeting]:
    """The events of a webhook whose signature holds, in the order sent.

    Left out: unknown kinds, standby mode, what is said in groups, the console's test events.
    A surrogate without its twin becomes U+FFFD. Raises MalformedBodyError.
    """
    try:
        envelope = msgspec.json.decode(_ESCAPES.sub(_mend, raw), type=_Envelope)
    except (ValueError, RecursionError):
        raise MalformedBodyError("the body is not a JSON object with a list of events") from None
    found = (_read(bytes(event)) for event in envelope.events)
    return [item for item in found if item is not None]


def _mend(match: re.Match[bytes]) -> bytes:
    return b"\\ufffd" if match[1] else match[0]


def _read(raw: bytes) -> Incoming | Broken | GroupGreeting | None:
    in_group = False
    try:
        head = msgspec.json.decode(raw, type=_Head)
        if head.type not in _KNOWN or head.mode == "standby":
            return None
        in_group = head.source is not None and head.source.type != "user"
        event = msgspec.json.decode(raw, type=_Event)
        if in_group:
            return _greeting(event)
        return None if event.reply_token in _DUMMY_TOKENS else _incoming(event)
    except UnicodeDecodeError:
        fault = "not UTF-8"
    except ValueError as error:  # msgspec's name a type and a path, never a value; so do our own
        fault = str(error)
    return None if in_group else Broken(_identity(raw), CHANNEL, fault, raw)


def _identity(raw: bytes) -> str:
    """The platform's id of an event that is otherwise unreadable, else one made from its bytes."""
    try:
        return f"{CHANNEL}:{msgspec.json.decode(raw, type=_Identity).webhook_event_id}"
    except ValueError:
        return f"{CHANNEL}:{hashlib.sha256(raw).hexdigest()}"


def _greeting(event: _Event) -> GroupGreeting | None:
    mention = event.message.mention if event.message else None
    asked = event.type == "join" or (mention and any(one.is_self for one in mention.mentionees))
    return GroupGreeting(event.reply_token) if asked and event.reply_token else None


def _incoming(event: _Event) -> Incoming | None:
    if event.type == "join":
        return None
    if event.source.user_id is None:
        raise ValueError("a person's event without their id - at `$.source`")
    at = _EPOCH + timedelta(milliseconds=event.timestamp)
    happened = Event(f"{CHANNEL}:{event.webhook_event_id}", at, CHANNEL, _body(event))
    return Incoming(happened, event.source.user_id, event.reply_token)


def _body(event: _Event) -> Body:
    match event:
        case _Event(type="follow"):
            return Opened()
        case _Event(type="unfollow"):
            return Blocked()
        case _Event(type="message", message=_Content() as content):
            return _said(content)
        case _Event(type="postback", postback=_Postback(data=data)):
            return Pressed(data)
        case _Event(type="unsend", unsend=_Unsend(message_id=message)):
            return Retracted(message)
        case _:
            raise ValueError("an event without what its type promises")


def _said(content: _Content) -> Body:
    external = content.content_provider is not None and content.content_provider.type == "external"
    if content.type == "text":
        return Typed(content.text, content.id)
    if content.type == "file" or (content.type == "image" and not external):
        return FileOffered(content.id, content.file_name, content.file_size, content.id)
    # An external image is a URL a person chose: fetching it would let strangers point our server anywhere.
    return Unsupported(content.type)
