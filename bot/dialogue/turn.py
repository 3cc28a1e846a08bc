"""What follows from one event."""

from enum import StrEnum

from msgspec import Struct

from bot.dialogue.messages import Message
from bot.dialogue.participant import Participant
from bot.dialogue.records import Record


class Fetch(Struct, frozen=True):
    """Bring this file from the platform now; a `FileArrived` or `FileRefused` event will follow."""

    ref: str
    name: str = ""
    message: str = ""


class Scope(StrEnum):
    """How much an erasure takes.

    EVERYTHING  the person: state, answers, suggestions, files, consents, pending messages, address
    TYPED       every typed text and file, history included; chosen options stay
    MESSAGE     what came from one platform message, history included
    RECEIPT     every version of one suggestion; that there was one stays
    """

    EVERYTHING = "everything"
    TYPED = "typed"
    MESSAGE = "message"
    RECEIPT = "receipt"


class Erase(Struct, frozen=True):
    """Remove from the store. `of` is the platform's message id (MESSAGE) or the receipt (RECEIPT)."""

    scope: Scope
    of: str = ""


class Turn(Struct, frozen=True, kw_only=True):
    """The whole consequence of an event: the store applies `erase` first, then the rest.

    `records` are inserted; one whose id is already stored is updated in place (a replaced answer,
    a suggestion that was named or withdrawn). `discards` are ids of files the person did not send
    after all: their bytes go.
    """

    participant: Participant
    messages: tuple[Message, ...] = ()
    records: tuple[Record, ...] = ()
    fetches: tuple[Fetch, ...] = ()
    erase: Erase | None = None
    discards: tuple[str, ...] = ()
