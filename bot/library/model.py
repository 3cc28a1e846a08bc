"""What we may say, as typed values: `loader.py` reads them, `questions/` says how each kind behaves."""

from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Final

from msgspec import Struct

from bot.dialogue import Capacity, Group, MessageType
from bot.language.privacy import Signs
from bot.language.topics import Index, Topic


class Role(StrEnum):
    """What an option is, beside what it says. Only SUBSTANTIVE says something about the question."""

    SUBSTANTIVE = "substantive"
    NOT_APPLICABLE = "not_applicable"
    DONT_KNOW = "dont_know"
    SKIP = "skip"


class Option(Struct, frozen=True, kw_only=True):
    """One option of a question.

    `value` is its place on a balanced scale (-2 to 2), None on a nominal question. `anchored` keeps
    it last among the substantive ones ("another matter"). `exclusive` empties the other choices of a
    multiple question. `follow_up` asks for text after it is chosen. `consents` names the consent
    that choosing it asks for ("news").
    """

    id: str
    label: str
    role: Role = Role.SUBSTANTIVE
    value: int | None = None
    anchored: bool = False
    exclusive: bool = False
    follow_up: bool = False
    consents: str = ""


class Question(Struct, frozen=True, kw_only=True):
    """A question in one exact wording.

    `kind` is a key of `questions.KINDS`. `stem_personal`, where present, is the stem for a person who
    answers for themselves rather than for an organisation. `unit` is the classifier that counts its
    choices ("" for the general one). `version` is the hash of all that is shown (stems, options, order
    rule) and is stored with every answer.
    """

    id: str
    clause: str
    kind: str
    audience: frozenset[Group]
    stem: str
    options: tuple[Option, ...]
    version: str
    stem_personal: str = ""
    unit: str = ""
    mirrored: str = ""

    def stem_for(self, capacity: Capacity | None) -> str:
        """The stem this person is shown."""
        return self.stem_personal if self.stem_personal and capacity is Capacity.PERSONAL else self.stem

    def option(self, id_: str) -> Option | None:
        """The option with this id, None when there is none."""
        return next((option for option in self.options if option.id == id_), None)


class Term(Struct, frozen=True):
    """A glossary term and its plain meaning."""

    name: str
    meaning: str


class Clause(Struct, frozen=True, kw_only=True):
    """One clause of the draft.

    `id` is opaque ASCII (it travels in buttons), `number` is how the minutes print it. `heading` is
    shown above the explanation, `label` on buttons (at most 20 grapheme clusters). `brief`, where
    present, is the shorter explanation on the way to a question. `original` is the text of the
    minutes, word for word. `aliases` are other names people use; they carry the free-text search.
    """

    id: str
    number: str
    title: str
    label: str
    heading: str
    status: str
    explain: tuple[str, ...]
    original: str
    brief: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()
    questions: tuple[Question, ...] = ()
    aliases: tuple[str, ...] = ()


class Path(Struct, frozen=True, kw_only=True):
    """How the conversation starts for one group: which clauses are offered first, and what is asked of whom.

    `featured` clauses are the first page of topics; `suggest` those offered for a suggestion.
    `start` is the clause shown right after the group is chosen, "" for a menu or the topics.
    `menu` offers questions, suggestion or reading. `organised` groups may speak for an organisation:
    `capacity` asks at once for whom the person answers, otherwise it is asked when a clause is done.
    `questions_of` is the group whose questions are asked.
    """

    group: Group
    featured: tuple[str, ...]
    suggest: tuple[str, ...]
    questions_of: Group
    start: str = ""
    menu: bool = False
    organised: bool = False
    capacity: bool = False


class Phrase(Struct, frozen=True):
    """A sentence or a few, one idea a line, with `{slots}`; `type` decides which wording rules hold."""

    id: str
    type: MessageType
    lines: tuple[str, ...]


class Anonymity(Struct, frozen=True, kw_only=True):
    """What is promised about anonymity; once somebody has answered it may only become stricter.

    `smallest` is the fewest people a published number stands for. `linked_days` is how many days after
    the last day of answers the link between an account and what was said is destroyed.
    """

    smallest: int = 10
    linked_days: int = 30


class Draft(Struct, frozen=True, kw_only=True):
    """The text people are asked about.

    `closes` is the last day answers are taken, None while unknown. `off_topic` is what people type when
    they mean no clause at all: what the free-text search has to tell apart from the aliases.
    """

    slug: str
    title: str
    clauses: tuple[Clause, ...]
    paths: dict[Group, Path]
    closes: date | None = None
    anonymity: Anonymity = Anonymity()
    off_topic: tuple[str, ...] = ()


class Seal(Struct, frozen=True):
    """What was checked and read before it may be said.

    `edition` is that of the wording rules. `readers` counts, by version, the reviewers who approved
    exactly that. `example` says that some of it is approved by no office yet.
    """

    edition: str = ""
    readers: dict[str, int] = {}
    example: bool = True


#: The word id under which the content lists polite endings.
PARTICLES: Final = "particles"

#: The path of a person who has not said as whom they answer.
DEFAULT_GROUP: Final = Group.CITIZEN


class Library(Struct, frozen=True, kw_only=True, dict=True):
    """Everything the bot can say. `version` is the hash of all of it.

    `labels` are button labels by id; `words` maps what a person may type (normalised) to a word id
    such as "stop", or to PARTICLES; `notice` is the hash of the notice and consent texts, kept with
    what they led to; `signs` are what gives personal data away; `seal` says who read it.
    """

    version: str
    notice: str
    draft: Draft
    phrases: dict[str, Phrase]
    labels: dict[str, str]
    words: dict[str, str]
    signs: Signs
    seal: Seal = Seal()

    @cached_property
    def clauses(self) -> dict[str, Clause]:
        """The clauses by id, in the order of the minutes."""
        return {clause.id: clause for clause in self.draft.clauses}

    @cached_property
    def questions(self) -> dict[str, Question]:
        """Every question by id."""
        return {question.id: question for clause in self.draft.clauses for question in clause.questions}

    @cached_property
    def particles(self) -> tuple[str, ...]:
        """Polite endings, which change nothing of what is meant."""
        return tuple(word for word, id_ in self.words.items() if id_ == PARTICLES)

    @cached_property
    def topics(self) -> Index:
        """What a free question may be about: the clauses, by what they are called and what they say."""
        return Index(
            [
                Topic(
                    id=clause.id,
                    number=clause.number,
                    names=(
                        clause.title,
                        clause.label,
                        *clause.aliases,
                        *(term.name for term in clause.terms),
                    ),
                    texts=(*clause.explain, clause.original),
                )
                for clause in self.draft.clauses
            ],
            self.draft.off_topic,
        )

    def path(self, group: Group | None) -> Path:
        """How the conversation goes for this group."""
        return self.draft.paths[group or DEFAULT_GROUP]

    def asked_of(self, clause: Clause, group: Group | None) -> tuple[Question, ...]:
        """The questions of a clause that this group is asked, as written."""
        audience = self.path(group).questions_of
        return tuple(question for question in clause.questions if audience in question.audience)
