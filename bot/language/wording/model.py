"""What the checker is given and what it says. Rules are data (content/wording/); this is their shape."""

from enum import StrEnum
from re import Pattern
from typing import Final

from msgspec import Struct

from bot.dialogue import MessageType


class Severity(StrEnum):
    """BLOCK stops a message from being sent; WARN needs a second reader."""

    BLOCK = "block"
    WARN = "warn"


#: The roles of a choice that says nothing about the question itself.
OPT_OUTS: Final = frozenset({"not_applicable", "dont_know", "skip", "refuse"})
SUBSTANTIVE: Final = "substantive"


class Choice(Struct, frozen=True):
    """A choice as the person reads it, and what it is.

    `role` is "substantive" or one of OPT_OUTS. `value` is its place on a scale, None on a nominal list;
    `scale` names the scale it belongs to, "" where only the values are known. `preset` is a choice made
    for the person, `look` whatever sets the button apart from a plain one ("" is plain). `aside` is a
    choice that belongs beside the others ("another matter").
    """

    label: str
    role: str = SUBSTANTIVE
    value: int | None = None
    scale: str = ""
    preset: bool = False
    look: str = ""
    aside: bool = False


class Said(Struct, frozen=True, kw_only=True):
    """One message before it is sent.

    `type` is None when nobody said what it is for (a pasted line); every rule then applies that its
    parts allow. `lines` are sentences, one a line; in a question the last one is the stem. `glossed`
    are terms that a button beside the message explains. `source` is the text that is explained, for
    comparing how strongly it is put. `opening` marks the first message a person ever sees. `exits` are
    the ways out beside the choices, None where they are added later, by a conversation. `thai` is
    false for a translation, which the rules about foreign words leave alone.
    """

    type: MessageType | None
    lines: tuple[str, ...]
    choices: tuple[Choice, ...] = ()
    glossed: tuple[str, ...] = ()
    source: str = ""
    opening: bool = False
    exits: frozenset[str] | None = None
    thai: bool = True

    @property
    def asks(self) -> bool:
        """Whether it is a question of the survey, as far as anyone said."""
        return self.type is MessageType.QUESTION


class Clue(Struct, frozen=True):
    """A pattern that speaks for a rule, searched in the normalised text of a message.

    `unless`, where it is found in the same line, makes the clue void. `choices` searches the labels
    instead of the lines. `rewrite` is a safe wording, filled with the groups of the match; "" for none.
    """

    match: Pattern[str]
    severity: Severity
    unless: Pattern[str] | None = None
    choices: bool = False
    types: frozenset[MessageType] = frozenset()
    rewrite: str = ""


class Rule(Struct, frozen=True, kw_only=True):
    """One of the 31 rules.

    `types` are the messages it is about, empty for all. `check` names the code that looks at the
    structure ("" for none), `words` what that code needs to know of Thai. `why` is one sentence in Thai
    that ends with its source. `rewrite` is a safe wording where no clue has a closer one, `rewrites` are
    those that `check` chooses from, by name; {0} in them is the stem.
    """

    id: str
    family: str
    name: str
    severity: Severity
    why: str
    types: frozenset[MessageType] = frozenset()
    clues: tuple[Clue, ...] = ()
    check: str = ""
    words: dict[str, Pattern[str]] = {}
    rewrite: str = ""
    rewrites: dict[str, str] = {}

    def applies(self, type_: MessageType | None) -> bool:
        """Whether the rule is about messages of this type; a message of no known type may be any."""
        return type_ is None or not self.types or type_ in self.types


class Finding(Struct, frozen=True, kw_only=True):
    """What a rule found: where, how bad, why, and a safe wording if there is one.

    `part` is the index among the lines, or among the choices when `choice`; `start` and `end` are
    offsets in that text, so `span` is what stands there. `by` is "rule", or "detector" for what was
    learned from examples.
    """

    rule: str
    family: str
    name: str
    severity: Severity
    why: str
    part: int
    start: int
    end: int
    span: str
    choice: bool = False
    rewrite: str = ""
    by: str = "rule"
