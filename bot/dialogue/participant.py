"""What we remember of one person. Everything here survives a JSON round trip between two turns."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from bot.dialogue.messages import Button
from bot.dialogue.records import Answer, Attachment, Consent, Suggestion


class Group(StrEnum):
    """As whom a person answers, in their own words."""

    CITIZEN = "citizen"
    BUSINESS = "business"
    CIVIL_SOCIETY = "civil"
    OFFICIAL = "official"
    UNDECLARED = "undeclared"


class Capacity(StrEnum):
    """For an organisation, for oneself, or not said."""

    ORGANISATION = "org"
    PERSONAL = "self"
    UNDECLARED = "undeclared"


class ForAnswer(Struct, frozen=True, tag="answer"):
    """The next text answers this question in this wording."""

    question: str
    version: str


class ForSuggestion(Struct, frozen=True, tag="suggestion"):
    """The next text is a suggestion about `clause` ("" for another topic), or rewrites `receipt`."""

    clause: str
    receipt: str = ""


class ForOrganisation(Struct, frozen=True, tag="organisation"):
    """The next text is the organisation's name for the suggestion `receipt`."""

    receipt: str


TextFor = ForAnswer | ForSuggestion | ForOrganisation


class Expects(Struct, frozen=True):
    """What free text will mean next, and nothing more.

    `buttons` are those of the last message with any: a typed number presses one of the first
    `numbered`, a typed label presses its button. `text` says what any other text is for.
    """

    text: TextFor | None = None
    buttons: tuple[Button, ...] = ()
    numbered: int = 0


class Picked(Struct, frozen=True):
    """The choices of a multiple question that is not sent yet."""

    question: str
    version: str
    options: tuple[str, ...]


class SuggestionDraft(Struct, frozen=True):
    """A suggestion that was read back and not sent yet; typed after consent."""

    clause: str
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    receipt: str = ""
    source: str = ""


class HeldText(Struct, frozen=True):
    """A text in which personal data may stand, until its person has said what becomes of it.

    `wanted` is what it was typed for, `source` the platform's id of the message. `corrects` says that it
    is a sent message as its person changed it afterwards. Whatever else the person does lets it go.
    """

    text: str
    wanted: TextFor
    source: str = ""
    corrects: bool = False


class Participant(Struct, frozen=True, kw_only=True):
    """One account on one channel, under a pseudonym.

    `adult` is None until asked, then whether the person said to be 20 or older (Civil and
    Commercial Code s. 19); "not said" is False. `consents`, `answers` and `suggestions` are the
    current records, read from the store with the state: progress is derived from them.
    `clause` is the one they are answering. `restricted` is what they asked for: keep what I said, and do
    nothing else with it (PDPA s. 34). `acted_at` is the platform time of the newest act, by which
    a late one is known.
    """

    id: str
    channel: str
    group: Group | None = None
    capacity: Capacity | None = None
    adult: bool | None = None
    notice: str = ""
    source: str = ""
    stopped: bool = False
    restricted: bool = False
    clause: str = ""
    expects: Expects = Expects()
    picked: Picked | None = None
    draft: SuggestionDraft | None = None
    held: HeldText | None = None
    acted_at: datetime | None = None
    consents: tuple[Consent, ...] = ()
    answers: tuple[Answer, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
