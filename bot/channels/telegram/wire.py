"""What Telegram sends: one update of the Bot API. Pure.

One rule: every update that came with the secret becomes something we can answer 200 to, because
Telegram holds back the rest of a chat until it gets one.
"""

import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct
from telegram.constants import MessageAttachmentType, MessageType

from bot.channels.telegram import limits
from bot.dialogue import Blocked, Body, Edited, Event, FileOffered, Opened, Pressed, Typed, Unsupported
from bot.runtime.channel import Broken, Incoming

CHANNEL: Final = "telegram"

#: The kinds of update we ask Telegram for; it sends no others.
ALLOWED_UPDATES: Final = ("message", "edited_message", "callback_query", "my_chat_member")

_GROUPS: Final = frozenset({"group", "supergroup"})
_ABSENT: Final = frozenset({"left", "kicked"})
_PRESENT: Final = frozenset({"member", "administrator"})

_COMMAND: Final = re.compile(r"/(\w{1,32})(?:@(\w{1,64}))?(?=\s|$)")
_SOURCE: Final = re.compile(rf"[A-Za-z0-9_-]{{1,{limits.DEEP_LINK}}}")

#: What a person sends on purpose; the order says which name a message with two of them goes by
#: (an animation is a document too, a venue a location).
_CONTENT: Final = ("animation", "venue", "checklist", *(kind.value for kind in MessageAttachmentType))
#: What Telegram itself writes into a chat: pinned, the timer changed. There is nothing to answer.
_SERVICE: Final = frozenset(kind.value for kind in MessageType) - frozenset(_CONTENT)

#: Telegram's ids have at most 52 significant bits; anything over 64 is none of them.
_Id = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
#: Seconds since 1970, up to the year 9999.
_Time = Annotated[int, Meta(ge=0, le=253_402_300_799)]


class GroupGreeting(Struct, frozen=True):
    """A group invited us or said /start: to be answered once and forgotten.

    `named` is the bot the command was for ("/start@name"), "" when it named none.
    """

    chat: int
    named: str = ""


class Reply(Struct, frozen=True):
    """What answers a press: the callback to confirm, and the message whose button it was.

    `message` is None when that message is out of the bot's reach (deleted, or too old).
    """

    callback: str
    message: int | None = None

    def written(self) -> str:
        """As `Incoming.reply`."""
        return msgspec.json.encode(self).decode()

    @classmethod
    def read(cls, reply: str) -> "Reply | None":
        """From `Parcel.reply`; None when the event was no press."""
        return msgspec.json.decode(reply, type=cls) if reply else None


class _User(Struct):
    id: _Id


class _Chat(Struct):
    id: _Id
    type: str


class _File(Struct):
    file_id: str
    file_name: str = ""
    file_size: int | None = None
    width: int = 0


class _Message(Struct):
    message_id: _Id
    chat: _Chat
    date: _Time
    edit_date: _Time | None = None
    text: str | None = None
    caption: str | None = None
    document: _File | None = None
    photo: list[_File] = []
    animation: _File | None = None


class _Callback(Struct, rename={"sender": "from"}):
    id: str
    sender: _User
    data: str | None = None
    message: _Message | None = None


class _Membership(Struct):
    status: str


class _MembershipChange(Struct):
    chat: _Chat
    date: _Time
    old_chat_member: _Membership
    new_chat_member: _Membership


class _Update(Struct):
    update_id: _Id
    message: _Message | None = None
    edited_message: _Message | None = None
    callback_query: _Callback | None = None
    my_chat_member: _MembershipChange | None = None


class _Identity(Struct):
    update_id: _Id


class _Fields(Struct):
    message: dict[str, msgspec.Raw]


Parsed = Incoming | Broken | GroupGreeting


def parse(raw: bytes, received_at: datetime) -> tuple[Parsed, ...]:
    """What one update says: nothing for what is not ours to answer, two things for a file with a caption.

    A press carries no time of its own in the Bot API, so `received_at` (UTC) stands for it: Telegram
    sends one update of a chat at a time and in order, and every event says so (`Event.in_order`).
    The caption of a file follows it as a text of its own, under the id "telegram:<update_id>/caption".
    A message is known by its number alone, which is unique within the chat: the chat's own number is
    the person's, and belongs nowhere but in `sender`.
    """
    try:
        return _parse(raw, received_at)
    except (ValueError, RecursionError) as error:
        return (Broken(_broken_id(raw), CHANNEL, f"not an update of the Bot API: {_kind(error)}", raw),)


def _parse(raw: bytes, received_at: datetime) -> tuple[Parsed, ...]:
    try:
        update = msgspec.json.decode(raw, type=_Update)
    except msgspec.ValidationError:
        raise
    except ValueError:
        raw = _mended(raw)
        update = msgspec.json.decode(raw, type=_Update)
    if update.callback_query:
        return _pressed(update.update_id, update.callback_query, received_at)
    if update.my_chat_member:
        return _membership(update.update_id, update.my_chat_member)
    if update.edited_message:
        return _edited(update.update_id, update.edited_message)
    return _message(update.update_id, update.message, raw) if update.message else ()


def _mended(raw: bytes) -> bytes:
    """A character that is none (half a surrogate pair, a stray byte) costs itself, not the message."""
    return json.dumps(json.loads(raw.decode(errors="replace")), ensure_ascii=False).encode(errors="replace")


def _kind(error: Exception) -> str:
    """The fault without the content: msgspec names types and fields, never values."""
    return str(error) if isinstance(error, msgspec.ValidationError) else type(error).__name__


def _broken_id(raw: bytes) -> str:
    try:
        return f"{CHANNEL}:{msgspec.json.decode(raw, type=_Identity).update_id}"
    except (ValueError, RecursionError):
        return f"{CHANNEL}:sha256:{hashlib.sha256(raw).hexdigest()}"


def _incoming(update_id: int | str, at: datetime, sender: int, body: Body, reply: str = "") -> Incoming:
    event = Event(f"{CHANNEL}:{update_id}", at, CHANNEL, body, in_order=True)
    return Incoming(event, str(sender), reply)


def _pressed(update_id: int, callback: _Callback, received_at: datetime) -> tuple[Parsed, ...]:
    message = callback.message
    if callback.data is None or (message and message.chat.type != "private"):
        return ()
    # Date 0 marks a message the bot can no longer reach (InaccessibleMessage).
    reply = Reply(callback.id, message.message_id if message and message.date else None)
    return (_incoming(update_id, received_at, callback.sender.id, Pressed(callback.data), reply.written()),)


def _membership(update_id: int, change: _MembershipChange) -> tuple[Parsed, ...]:
    """Blocked, or invited to a group.

    An unblocked bot stays silent: «Restart» in every client sends /start by itself, and would be
    welcomed twice; whoever unblocks in the settings has not spoken to us.
    """
    before, now = change.old_chat_member.status, change.new_chat_member.status
    if change.chat.type == "private" and now == "kicked":
        return (_incoming(update_id, _utc(change.date), change.chat.id, Blocked()),)
    if change.chat.type in _GROUPS and before in _ABSENT and now in _PRESENT:
        return (GroupGreeting(change.chat.id),)
    return ()


def _edited(update_id: int, message: _Message) -> tuple[Parsed, ...]:
    """A changed text or caption. Other edits (a place that moves on) say nothing to us."""
    text = message.text or message.caption
    if message.chat.type != "private" or not text:
        return ()
    at = _utc(message.edit_date or message.date)
    return (_incoming(update_id, at, message.chat.id, Edited(text, str(message.message_id))),)


def _message(update_id: int, message: _Message, raw: bytes) -> tuple[Parsed, ...]:
    if message.chat.type in _GROUPS:
        command = _COMMAND.match(message.text or "")
        greets = command is not None and command[1] == "start"
        return (GroupGreeting(message.chat.id, command[2] or ""),) if command and greets else ()
    if message.chat.type != "private":
        return ()
    at, sender, number = _utc(message.date), message.chat.id, str(message.message_id)
    body = _body(message, number, raw)
    found = [_incoming(update_id, at, sender, body)] if body else []
    if message.caption:
        found.append(_incoming(f"{update_id}/caption", at, sender, Typed(message.caption, number)))
    return tuple(found)


def _body(message: _Message, number: str, raw: bytes) -> Body | None:
    if message.text is not None:
        return _text(message.text, number)
    file = max(message.photo, key=lambda size: size.width, default=message.document)
    if file and not message.animation:
        return FileOffered(file.file_id, file.file_name, file.file_size, number)
    fields = msgspec.json.decode(raw, type=_Fields).message
    if kind := next((kind for kind in _CONTENT if kind in fields), ""):
        return Unsupported(kind)
    return None if _SERVICE & fields.keys() else Unsupported("unknown")


def _text(text: str, number: str) -> Body:
    command = _COMMAND.match(text)
    if command is None:
        return Typed(text, number)
    rest = text[command.end() :]
    if command[1] == "start":
        source = rest.strip()
        return Opened(source if _SOURCE.fullmatch(source) else "")
    return Typed(f"/{command[1]}{rest}", number)


def _utc(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
