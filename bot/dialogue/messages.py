"""What we say back, before any platform has a word in it."""

from enum import StrEnum

from msgspec import Struct


class MessageType(StrEnum):
    """What a message is for; the wording rules that apply to it follow from this (WORDING.md 1.1)."""

    QUESTION = "question"
    EXPLAIN = "explain"
    INVITE = "invite"
    REMIND = "remind"
    CONSENT = "consent"
    CONFIRM = "confirm"
    NAV = "nav"
    REPORT = "report"
    SYSTEM = "system"


class Place(StrEnum):
    """Where a message goes on a channel that can edit what it sent before.

    NEW      a message of its own, everywhere
    REPLACE  the new face of the message whose button was pressed; sent anew where editing is not possible
    MARK     the same, but dropped where editing is not possible: it only shows what was chosen
    """

    NEW = "new"
    REPLACE = "replace"
    MARK = "mark"


class Button(Struct, frozen=True):
    """A label a person reads (at most 20 grapheme clusters, LINE) and the token it carries.

    `chosen` marks a choice the person has made; it is shown, never preset.
    """

    label: str
    token: str
    chosen: bool = False


class Document(Struct, frozen=True):
    """A file made for the person: their own data, readable and as JSON."""

    name: str
    media_type: str
    text: str


class Message(Struct, frozen=True):
    """One thing said: lines (one idea each), choices, and ways out.

    `options` are the choices of the message: uniform, one a row, numbered from 1 when `numbered`
    (a person may then type the number). `exits` are the ways on and out, never numbered.
    `id` is empty until `take_turn` derives it: "<event id>/m<n>".
    """

    type: MessageType
    lines: tuple[str, ...]
    options: tuple[Button, ...] = ()
    exits: tuple[Button, ...] = ()
    numbered: bool = False
    place: Place = Place.NEW
    documents: tuple[Document, ...] = ()
    id: str = ""

    @property
    def text(self) -> str:
        """The lines as one text, one idea a line."""
        return "\n".join(self.lines)
