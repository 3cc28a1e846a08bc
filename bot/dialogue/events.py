"""What a person did, as every channel reports it.

An `Event` carries no platform id: who did it is the `Participant` that travels beside it.
`Event.at` is the platform's own time and the only clock a turn knows.
"""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class Opened(Struct, frozen=True, tag="opened"):
    """The person opened the conversation: follow, /start, the web page.

    `source` is the campaign code of a deep link (Telegram `?start=`), never personal data.
    """

    source: str = ""


class Pressed(Struct, frozen=True, tag="pressed"):
    """A button: `token` is what `Action.token` once wrote, or anything a stranger made up."""

    token: str


class Typed(Struct, frozen=True, tag="typed"):
    """Text. `message` is the platform's id of it, by which an edit or an unsend finds it later."""

    text: str
    message: str = ""


class Edited(Struct, frozen=True, tag="edited"):
    """The person changed a text they had sent (Telegram)."""

    text: str
    message: str


class Retracted(Struct, frozen=True, tag="retracted"):
    """The person took a message back (LINE unsend): its content must go wherever it went."""

    message: str


class FileOffered(Struct, frozen=True, tag="file_offered"):
    """A file still lies with the platform under `ref`; `size` in bytes, None when not told."""

    ref: str
    name: str = ""
    size: int | None = None
    message: str = ""


class FileArrived(Struct, frozen=True, tag="file_arrived"):
    """The bytes are in our store under `file`, checked and hashed."""

    file: str
    sha256: str
    media_type: str
    size: int
    name: str = ""
    message: str = ""


class RefusalReason(StrEnum):
    """Why a file was not taken."""

    TYPE = "type"
    SIZE = "size"
    EMPTY = "empty"
    UNAVAILABLE = "unavailable"


class FileRefused(Struct, frozen=True, tag="file_refused"):
    """The bytes were looked at, or sought in vain, and were not kept."""

    reason: RefusalReason
    message: str = ""


class Blocked(Struct, frozen=True, tag="blocked"):
    """The person blocked or unfollowed us; nothing can be said to them."""


class Unsupported(Struct, frozen=True, tag="unsupported"):
    """Something we do not read: a sticker, a place, a voice message. `kind` is the platform's word."""

    kind: str


Body = (
    Opened
    | Pressed
    | Typed
    | Edited
    | Retracted
    | FileOffered
    | FileArrived
    | FileRefused
    | Blocked
    | Unsupported
)


class Event(Struct, frozen=True):
    """One thing one person did.

    `id` is unique across channels and the same on redelivery ("line:01H…", "telegram:8127", "web:…").
    `at` is timezone-aware UTC. `channel` is the channel's name ("line", "telegram", "web", "terminal").
    `in_order` says that the channel hands over one person's events in the order they happened, so this
    one is newer than all before it whatever its clock says (Telegram sends one at a time per chat and
    gives a press no time of its own); LINE may deliver out of order, there `at` decides.
    """

    id: str
    at: datetime
    channel: str
    body: Body
    in_order: bool = False
