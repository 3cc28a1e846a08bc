"""The page's JSON and our types. Pure: bytes in, values out; nothing here reads a clock or the network.

Its one rule: what cannot be read is None, and what is read is already one of ours.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from bot.dialogue import Body, Event, Message, Opened, Pressed, Typed
from bot.runtime.channel import Letter

#: The channel's name and the prefix of its event ids.
NAME: Final = "web"

#: Renders the messages of one turn as another platform's API calls, to be shown beside the chat.
Preview = Callable[[Sequence[Message]], list[dict[str, Any]]]


class _Opened(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="opened"):
    id: UUID


class _Typed(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="typed"):
    id: UUID
    text: Annotated[str, Meta(min_length=1)]


class _Pressed(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="pressed"):
    id: UUID
    token: Annotated[str, Meta(min_length=1)]


class _Previewed(Struct, frozen=True, forbid_unknown_fields=True):
    messages: tuple[Message, ...]


def tag_of(session: str) -> str:
    """The part of a session that may be seen: 128 bits of its SHA-256, in hexadecimal.

    It keeps one person's event ids apart from another's and tells a page whose transcript it holds.
    A session is 256 random bits, so nothing about it follows from its hash.
    """
    return sha256(session.encode()).hexdigest()[:32]


def event_of(session: str, act: UUID, at: datetime, body: Body) -> Event:
    """The event of one act; `act` is the page's own id of it, the same whenever it is sent again."""
    return Event(id=f"{NAME}:{tag_of(session)}/{act}", at=at, channel=NAME, body=body)


def read_event(raw: bytes, session: str, at: datetime) -> Event | None:
    """What the page says the person did; None when this is not such a thing.

    The page's own clock is not asked: `at` is when the server received it.
    """
    act: _Opened | _Typed | _Pressed | None = _read(raw, _Opened | _Typed | _Pressed)
    if act is None:
        return None
    body: Body
    match act:
        case _Opened():
            body = Opened()
        case _Typed(text=text):
            body = Typed(text)
        case _Pressed(token=token):
            body = Pressed(token)
    return event_of(session, act.id, at, body)


def read_messages(raw: bytes) -> tuple[Message, ...] | None:
    """Messages the page was given earlier and wants to see rendered; None when they are not."""
    previewed: _Previewed | None = _read(raw, _Previewed)
    return previewed.messages if previewed else None


def read_uuid(text: str) -> UUID | None:
    """An act's id from outside JSON; None when it is not a UUID in its usual form."""
    try:
        return msgspec.convert(text, UUID)
    except ValueError:
        return None


def _read(raw: bytes, type_: Any) -> Any:
    """One value of the type; None for anything else, a body nested a thousand deep included."""
    try:
        return msgspec.json.decode(raw, type=type_)
    except (ValueError, RecursionError):
        return None


def letters_json(letters: Sequence[Letter]) -> bytes:
    """The letters as the page reads them."""
    return msgspec.json.encode({"letters": letters})


def latest_json(session: str, letter: Letter | None) -> bytes:
    """Who the page is talking as, and the newest letter."""
    return msgspec.json.encode({"session": tag_of(session), "letter": letter})


def previews_json(messages: Sequence[Message], previews: Mapping[str, Preview]) -> bytes:
    """The same messages as every other platform would be sent them, by the platform's name."""
    return msgspec.json.encode({name: render(messages) for name, render in previews.items()})
