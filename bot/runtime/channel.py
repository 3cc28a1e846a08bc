"""The contract between the runtime and a channel, and the values that cross it.

A channel turns bytes into `Incoming` and a `Parcel` into calls to its platform. It keeps no state of
a conversation and no transaction is open while it talks to anyone.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from msgspec import Struct
from starlette.routing import BaseRoute

from bot.dialogue import Event, FileArrived, FileRefused, Message


class Incoming(Struct, frozen=True):
    """An event and whose it is.

    `sender` is the platform's id of the person: it becomes a pseudonym at intake and is stored only
    sealed. `reply` is what the channel needs to answer this very event (a LINE reply token, a
    Telegram callback), opaque to everyone else; "" when there is nothing.
    """

    event: Event
    sender: str
    reply: str = ""


class Broken(Struct, frozen=True):
    """An event that came properly signed and could not be read: kept sealed for an operator, answered 200.

    `id` is unique like an event's (from the platform's id, else from a hash of `raw`). `error` names
    the kind of fault in English, without any of the content.
    """

    id: str
    channel: str
    error: str
    raw: bytes


class Parcel(Struct, frozen=True):
    """The messages of one turn, ready to go to one person.

    `id` is the event's id. `sent` is how many of the messages earlier attempts have settled.
    `attempt` counts from 1. `reply` is the `Incoming.reply` of the event. `created_at` is our own
    clock's time of the commit, for the age of a reply token. `via` is how the attempt before went, a
    `Via` or "".
    """

    id: str
    channel: str
    address: str
    messages: tuple[Message, ...]
    reply: str
    created_at: datetime
    attempt: int = 1
    sent: int = 0
    via: str = ""


class Fate(StrEnum):
    """What became of a delivery.

    SENT     the platform has it
    RETRY    it definitely has not, or asking again cannot show it twice; try after `retry_after` seconds
    UNKNOWN  it may have been shown and asking again could show it twice: not repeated
    GONE     the person cannot be reached (blocked, left): not repeated
    REFUSED  the platform will never take it: parked for an operator
    """

    SENT = "sent"
    RETRY = "retry"
    UNKNOWN = "unknown"
    GONE = "gone"
    REFUSED = "refused"


class Delivered(Struct, frozen=True):
    """The fate of a parcel.

    `sent` is how many of its messages are settled in all. `detail` says why in English for an
    operator, without a token, an id or a person's text. `via` is a `Via`, or "" where it makes no difference.
    """

    fate: Fate
    sent: int = 0
    retry_after: float | None = None
    detail: str = ""
    via: str = ""


class FetchedFile(Struct, frozen=True):
    """The bytes of a file and the name the platform gave it, if any."""

    content: bytes
    name: str = ""


class FileGoneError(Exception):
    """The platform no longer has the file, or never lets us have it: asking again is useless."""


class FileTooLargeError(Exception):
    """The file is over the limit; at most the limit was read."""


class FileLaterError(Exception):
    """The platform did not give the file this time; asking again may help."""


#: Hand events to the intake; returns when they are committed, and only then may a webhook answer 200.
Submit = Callable[[Sequence[Incoming | Broken]], Awaitable[None]]


class Channel(Protocol):
    """One way to reach people."""

    @property
    def name(self) -> str:
        """The channel's name, the prefix of its event ids."""

    @property
    def pulls(self) -> bool:
        """Whether its people fetch their messages from a `Mailbox` (the web) instead of being sent them."""

    @property
    def replies_for(self) -> timedelta | None:
        """How long after an event its answer may be a reply, and is a push later; None for all alike."""

    def routes(self, submit: Submit) -> Sequence[BaseRoute]:
        """The channel's HTTP routes."""

    async def start(self) -> None:
        """Open what needs a running loop (HTTP sessions)."""

    async def stop(self) -> None:
        """Close it."""

    async def deliver(self, parcel: Parcel) -> Delivered:
        """Send a parcel. Never raises for what a platform or a network can do."""

    async def acknowledge(self, incoming: Incoming) -> None:
        """Show that something slow has begun, where the platform can (LINE's loading animation)."""

    async def fetch(self, ref: str, limit: int) -> FetchedFile:
        """Bring a file a person offered, at most `limit` bytes.

        Raises FileGoneError, FileTooLargeError or FileLaterError.
        """


class Letter(Struct, frozen=True):
    """The messages of one turn as a pulling channel reads them; `seq` rises within one person."""

    seq: int
    id: str
    messages: tuple[Message, ...]


class Mailbox(Protocol):
    """Where a pulling channel reads what was said to a person. `sender` is the channel's own id of them."""

    async def since(self, sender: str, after: int) -> Sequence[Letter]:
        """The letters with `seq` over `after`, oldest first. Reading on confirms all up to `after`."""

    async def latest(self, sender: str) -> Letter | None:
        """The newest letter, for a page that remembers nothing; None when there is none."""

    async def wait(self, sender: str, after: int, seconds: float) -> Sequence[Letter]:
        """The same as `since`, but waits up to `seconds` for one to come."""


class Uploads(Protocol):
    """Where a channel that receives bytes itself (the web) puts a file before it submits the event."""

    async def keep(self, sender: str, content: bytes, name: str) -> FileArrived | FileRefused:
        """Check, hash and store a file; the event body to submit."""
