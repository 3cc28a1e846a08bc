"""What we keep for the secretariat. Records are added, never overwritten: a newer one replaces."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class Outcome(StrEnum):
    """What an answer amounts to; only ANSWERED says something about the question."""

    ANSWERED = "answered"
    NOT_APPLICABLE = "not_applicable"
    DONT_KNOW = "dont_know"
    SKIPPED = "skipped"


class ShownOption(Struct, frozen=True):
    """An option as the person saw it; a tuple of these keeps the order shown."""

    id: str
    label: str


class Answer(Struct, frozen=True, kw_only=True, tag="answer"):
    """One answer and the words it answers.

    `version` is the hash of the wording, `stem` and `options` the words as shown, in the order shown.
    `chosen` holds option ids, `text` what was typed (only ever with consent). `at` is platform time.
    `replaced_at` is set when a newer answer took its place. `source` is the platform's id of the
    typed message, so that an unsend or an edit finds it.
    """

    id: str
    question: str
    version: str
    clause: str
    stem: str
    options: tuple[ShownOption, ...]
    outcome: Outcome
    at: datetime
    channel: str
    order: str = "as_written"
    chosen: tuple[str, ...] = ()
    text: str | None = None
    group: str | None = None
    capacity: str | None = None
    source: str = ""
    notice: str = ""
    replaced_at: datetime | None = None


class Attachment(Struct, frozen=True):
    """A file that came with a suggestion; the bytes lie in the store under `file`. `size` in bytes."""

    file: str
    sha256: str
    media_type: str
    size: int
    name: str = ""
    source: str = ""


class SuggestionStatus(StrEnum):
    """How far the secretariat is with a suggestion."""

    RECEIVED = "received"
    CONSIDERING = "considering"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


class Suggestion(Struct, frozen=True, kw_only=True, tag="suggestion"):
    """A suggestion as sent. `clause` is empty when it is about something else.

    `name_shown` is None until the person has said whether the report may name their organisation.
    A rewritten suggestion is a new record under the same `receipt`. `tell` is whether they asked to be
    told when there is a `reply` of the secretariat; without it they read it when they ask.
    """

    id: str
    receipt: str
    clause: str
    text: str
    at: datetime
    channel: str
    group: str | None = None
    capacity: str | None = None
    attachments: tuple[Attachment, ...] = ()
    name_shown: bool | None = None
    organisation: str | None = None
    status: SuggestionStatus = SuggestionStatus.RECEIVED
    tell: bool = False
    reply: str | None = None
    source: str = ""
    notice: str = ""
    replaced_at: datetime | None = None


class Purpose(StrEnum):
    """What a consent is for; each is asked for apart (PDPA s. 19)."""

    TYPED_TEXT = "text"
    ORGANISATION = "org"
    NEWS = "news"
    REPLY = "reply"


class Consent(Struct, frozen=True, kw_only=True, tag="consent"):
    """One line of the consent log: what was shown (`notice`, a version hash) and what was chosen."""

    id: str
    purpose: Purpose
    given: bool
    notice: str
    at: datetime


class RequestKind(StrEnum):
    """A right the person used (PDPA ss. 30 to 36)."""

    COPY = "copy"
    CORRECT = "correct"
    WITHDRAW = "withdraw"
    OBJECT = "object"
    RESTRICT = "restrict"
    UNRESTRICT = "unrestrict"
    ERASE = "erase"


class RightsRequest(Struct, frozen=True, kw_only=True, tag="request"):
    """A right used, with its receipt and without its content."""

    id: str
    kind: RequestKind
    receipt: str
    at: datetime


Record = Answer | Suggestion | Consent | RightsRequest
