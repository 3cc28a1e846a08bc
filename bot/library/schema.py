"""What the content files must look like: one class a part, with the names the files use.

One rule: what can be told from one part alone is checked here, so that its fault has its own line and
column; what takes several parts is checked where they meet (`drafts.py`, `speech.py`).
"""

import re
from collections.abc import Sized
from datetime import date
from string import Formatter
from typing import Annotated, Final, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationInfo,
    field_validator,
    model_validator,
)

from bot.dialogue import Action, Group, MessageType, Purpose, Verb
from bot.language.words import clean, length
from bot.library.model import Option, Path, Question, Role, Term
from bot.library.questions import KINDS
from bot.library.versions import digest, question_shown

#: Grapheme clusters of a button (LINE quick reply, PLATFORMS.md 3).
MAX_LABEL: Final = 20

#: Characters of anything shown as one message: a LINE Flex message needs its whole text as altText,
#: at most 1,500 (PLATFORMS.md 3); Telegram would take 4,096.
MAX_TEXT: Final = 1_500

#: Characters of a question's stem, so that stem and numbered options fit one message with room to spare.
MAX_STEM: Final = 300

_Items = TypeVar("_Items", bound=Sized)

#: The name between the braces of a phrase.
_SLOT: Final = re.compile("[a-z][a-z0-9_]*")

#: A year beyond this one was meant in the Buddhist era, which is 543 years ahead.
_LAST_COMMON_YEAR: Final = 2400


def _line(text: str) -> str:
    _filled(text.strip())
    if text != text.strip() or "\n" in text:
        raise ValueError("must be one line, with no space at either end")
    if clean(text) != text:
        raise ValueError("holds characters that cannot be stored as they are (control characters, not NFC)")
    return text


def _filled(items: _Items) -> _Items:
    """Checked after the items, where pydantic's own min_length would also count a faulty one as missing."""
    if not items:
        raise ValueError("must not be empty")
    return items


def _label(text: str) -> str:
    if length(text) > MAX_LABEL:
        raise ValueError(f"has {length(text)} characters; a button holds {MAX_LABEL}")
    return text


def _stem(text: str) -> str:
    if len(text) > MAX_STEM:
        raise ValueError(f"has {len(text)} characters; a question holds {MAX_STEM}")
    return text


def _message(lines: tuple[str, ...]) -> tuple[str, ...]:
    size = len("\n".join(lines))
    if size > MAX_TEXT:
        raise ValueError(f"has {size} characters; a message holds {MAX_TEXT}")
    return lines


def _text(text: str) -> str:
    return _message((text,))[0]


def _slots(text: str) -> str:
    try:
        fields = [(name, spec, how) for _, name, spec, how in Formatter().parse(text) if name is not None]
    except ValueError as error:
        raise ValueError(f"has a broken {{slot}}: {error}") from None
    for name, spec, how in fields:
        if spec or how or not _SLOT.fullmatch(name):
            raise ValueError(f"has a broken {{slot}}: braces hold a name in a-z, 0-9 and _, not {name!r}")
    return text


def _id(text: str) -> str:
    Action(Verb.CLAUSE, (text,)).token()
    return text


Line = Annotated[str, AfterValidator(_line)]
Label = Annotated[Line, AfterValidator(_label)]
Stem = Annotated[Line, AfterValidator(_stem)]
Text = Annotated[Line, AfterValidator(_text)]
SlottedLine = Annotated[Line, AfterValidator(_slots)]
Lines = Annotated[tuple[Line, ...], AfterValidator(_filled), AfterValidator(_message)]
Id = Annotated[str, AfterValidator(_id)]
Names = Annotated[tuple[Line, ...], AfterValidator(_filled)]
Ids = Annotated[tuple[Id, ...], AfterValidator(_filled)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OptionPart(_Part):
    """One option of a question."""

    id: Id
    label: Label
    role: Role = Role.SUBSTANTIVE
    value: Annotated[int, Field(ge=-2, le=2)] | None = None
    anchored: bool = False
    exclusive: bool = False
    follow_up: bool = False
    consents: Purpose | None = None

    def option(self) -> Option:
        """The option of the model."""
        return Option(**dict(self) | {"consents": self.consents or ""})


class QuestionPart(_Part):
    """One question, or one of the closing pair, which every clause gets under an id of its own."""

    id: Id
    audience: Annotated[frozenset[Group], AfterValidator(_filled)]
    kind: str
    stem: Stem
    options: tuple[OptionPart, ...]
    stem_personal: Stem | None = None
    unit: Line | None = None
    mirrored: Id | None = None

    @field_validator("kind")
    @classmethod
    def _known(cls, kind: str) -> str:
        if kind not in KINDS:
            raise ValueError(f"there is no kind {kind!r}; there are {', '.join(KINDS)}")
        return kind

    @model_validator(mode="after")
    def _well_formed(self) -> "QuestionPart":
        if faults := KINDS[self.kind].faults(self.question("")):
            raise ValueError("; ".join(faults))
        return self

    def question(self, clause: str, prefix: str = "") -> Question:
        """The question of the model, in this clause; `prefix` goes before the ids of a closing question."""
        options = tuple(part.option() for part in self.options)
        return Question(
            id=prefix + self.id,
            clause=clause,
            kind=self.kind,
            audience=self.audience,
            stem=self.stem,
            stem_personal=self.stem_personal or "",
            unit=self.unit or "",
            options=options,
            version=digest(self.shown()),
            mirrored=prefix + self.mirrored if self.mirrored else "",
        )

    def shown(self) -> dict[str, object]:
        """All that a person is shown of it: what its version and its approval are about."""
        options = tuple(part.option() for part in self.options)
        stems = (self.stem, self.stem_personal or "")
        return question_shown(self.kind, stems, options, KINDS[self.kind].order)


class TermPart(_Part):
    """A glossary term."""

    name: Line
    meaning: Text

    def term(self) -> Term:
        """The term of the model."""
        return Term(self.name, self.meaning)


class ClausePart(_Part):
    """A clause's own file. `closing: false` keeps the closing pair away from it."""

    id: Id
    number: Line
    title: Line
    label: Label
    heading: Line | None = None
    status: Line
    explain: Lines
    brief: Lines | None = None
    original: Text
    terms: tuple[TermPart, ...] = ()
    questions: tuple[QuestionPart, ...] = ()
    closing: bool = True

    @field_validator("explain", "brief")
    @classmethod
    def _fits_a_card(cls, lines: tuple[str, ...] | None, info: ValidationInfo) -> tuple[str, ...] | None:
        """The heading, which names the number, the clause and its status, shares the card with the lines."""
        known = info.data
        above = [known.get("number"), known.get("heading") or known.get("label"), known.get("status")]
        _message((*(part for part in above if part), *(lines or ())))
        return lines


class PathPart(_Part):
    """How the conversation goes for one group."""

    featured: Ids
    suggest: Ids
    questions_of: Group
    start: Id | None = None
    menu: bool = False
    organised: bool = False
    capacity: bool = False

    def path(self, group: Group) -> Path:
        """The path of the model."""
        return Path(**dict(self) | {"group": group, "start": self.start or ""})


class AnonymityPart(_Part):
    """What is promised about anonymity. The bounds are ours: fewer than 5 people hide nobody, and PDPA
    s. 37 (3) asks for a system that deletes when the period ends, so there must be an end."""

    smallest: Annotated[int, Field(ge=5, le=100)] = 10
    linked_days: Annotated[int, Field(ge=0, le=365)] = 30


class DraftPart(_Part):
    """draft.yaml: what holds for the draft as a whole."""

    slug: Id
    title: Line
    closes: date | None = None
    anonymity: AnonymityPart = AnonymityPart()
    clauses: Ids
    paths: dict[Group, PathPart]
    closing: tuple[QuestionPart, ...] = ()

    @field_validator("closes")
    @classmethod
    def _common_era(cls, day: date | None) -> date | None:
        if day and day.year > _LAST_COMMON_YEAR:
            raise ValueError(f"is in the Buddhist era; write the year as {day.year - 543}")
        return day

    @field_validator("clauses")
    @classmethod
    def _once_each(cls, clauses: tuple[str, ...]) -> tuple[str, ...]:
        twice = sorted({clause for clause in clauses if clauses.count(clause) > 1})
        if twice:
            raise ValueError(f"names twice: {', '.join(twice)}")
        return clauses

    @field_validator("paths")
    @classmethod
    def _every_group(cls, paths: dict[Group, PathPart]) -> dict[Group, PathPart]:
        missing = [group.value for group in Group if group not in paths]
        if missing:
            raise ValueError(f"has no path for: {', '.join(missing)}")
        return paths


class PhrasePart(_Part):
    """A phrase: what it is for, and its lines with {slots}."""

    type: MessageType
    lines: Annotated[tuple[SlottedLine, ...], AfterValidator(_filled), AfterValidator(_message)]


DRAFT: Final = TypeAdapter(DraftPart)
CLAUSE: Final = TypeAdapter(ClausePart)
ALIASES: Final = TypeAdapter(dict[Id, Names])
PHRASES: Final = TypeAdapter(dict[Id, PhrasePart])
LABELS: Final = TypeAdapter(dict[Id, Label])
WORDS: Final = TypeAdapter(dict[Id, Names])
