"""What the hearing report tells of the answers, added up by the database.

One rule: numbers leave here by group, never by person; words leave only as samples, chosen by a rule that
nobody can bend: in each group, evenly spaced in time.
"""

from datetime import datetime
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, Text, and_, func, or_, select, type_coerce

from bot.dialogue import Outcome, ShownOption
from bot.store.database import Database
from bot.store.exports import RESTRICTED
from bot.store.office import moderations
from bot.store.petitions import SUBJECTS, Petitions, petitions
from bot.store.sampling import evenly_spaced
from bot.store.schema import answers
from bot.store.states import Flag


class Crowd(Struct, frozen=True):
    """How many people of one group ("" when they named none) answered through one channel."""

    group: str
    channel: str
    people: int


class Response(Struct, frozen=True):
    """How many people of a group answered a question in one version in the same way.

    `typed` is whether a text came with it. An answer that chose nothing and holds no text is none.
    """

    question: str
    version: str
    group: str
    outcome: Outcome
    chosen: tuple[str, ...]
    typed: bool
    people: int


class Begun(Struct, frozen=True):
    """How many people of a group have answers to this many questions of a clause."""

    clause: str
    group: str
    questions: int
    people: int


class Wording(Struct, frozen=True):
    """A question in one version as somebody was shown it, and when it was first and last answered."""

    question: str
    version: str
    clause: str
    stem: str
    options: tuple[ShownOption, ...]
    first: datetime
    last: datetime


class Span(Struct, frozen=True):
    """A channel, or a version of the notice, and when the first and the last answer came with it."""

    name: str
    first: datetime
    last: datetime


class Quotation(Struct, frozen=True):
    """A typed answer that was chosen as a sample; `chosen` are the options it was typed beside."""

    id: str
    question: str
    chosen: tuple[str, ...]
    at: datetime
    text: str


class Hidden(Struct, frozen=True):
    """How many texts of people are kept from view under a flag of the moderation log."""

    flag: str
    texts: int


class Heard(Struct, frozen=True):
    """All that the hearing report tells of the answers and suggestions, at one moment.

    Each is of people who let their answers be used. A person counts once: in the group they named last.
    """

    crowd: tuple[Crowd, ...]
    responses: tuple[Response, ...]
    begun: tuple[Begun, ...]
    wordings: tuple[Wording, ...]
    channels: tuple[Span, ...]
    notices: tuple[Span, ...]
    quotations: tuple[Quotation, ...]
    hidden: tuple[Hidden, ...]
    petitions: Petitions


_CHOSE: Final = type_coerce(answers.c.chosen, Text) != "[]"
_TYPED: Final = and_(answers.c.text.is_not(None), answers.c.text != "")
_ALLOWED: Final = answers.c.participant.not_in(RESTRICTED)
#: Current answers of people who let them be used; one whose text was erased may say nothing any more.
_COUNTED: Final = (
    answers.c.replaced_at.is_(None),
    _ALLOWED,
    or_(answers.c.outcome != Outcome.ANSWERED, _CHOSE, _TYPED),
)

_named: Final = (
    select(
        answers.c.participant,
        func.coalesce(answers.c.group, "").label("group"),
        answers.c.channel,
        func.row_number()
        .over(
            partition_by=answers.c.participant,
            order_by=(answers.c.group.is_(None), answers.c.at.desc(), answers.c.id.desc()),
        )
        .label("nth"),
    )
    .where(*_COUNTED)
    .subquery()
)
#: Who took part: each person once.
_people: Final = (
    select(_named.c.participant, _named.c.group, _named.c.channel).where(_named.c.nth == 1).cte("people")
)
_theirs: Final = answers.join(_people, _people.c.participant == answers.c.participant)

_CROWD: Final = (
    select(_people.c.group, _people.c.channel, func.count())
    .group_by(_people.c.group, _people.c.channel)
    .order_by(_people.c.group, _people.c.channel)
)
_ANSWERED: Final = (
    answers.c.question,
    answers.c.version,
    _people.c.group,
    answers.c.outcome,
    answers.c.chosen,
)
_RESPONSES: Final = (
    select(*_ANSWERED, _TYPED, func.count())
    .select_from(_theirs)
    .where(*_COUNTED)
    .group_by(*_ANSWERED, _TYPED)
    .order_by(*_ANSWERED, _TYPED)
)

_answered: Final = (
    select(_people.c.group, answers.c.clause, func.count().label("questions"))
    .select_from(_theirs)
    .where(*_COUNTED)
    .group_by(answers.c.participant, _people.c.group, answers.c.clause)
    .subquery()
)
_BEGUN: Final = (
    select(_answered.c.clause, _answered.c.group, _answered.c.questions, func.count())
    .group_by(_answered.c.clause, _answered.c.group, _answered.c.questions)
    .order_by(_answered.c.clause, _answered.c.group, _answered.c.questions)
)

_versions: Final = (
    select(
        func.min(answers.c.id).label("id"),
        func.min(answers.c.at, type_=answers.c.at.type).label("first"),
        func.max(answers.c.at, type_=answers.c.at.type).label("last"),
    )
    .where(_ALLOWED)
    .group_by(answers.c.question, answers.c.version)
    .subquery()
)
_WORDINGS: Final = (
    select(
        answers.c.question,
        answers.c.version,
        answers.c.clause,
        answers.c.stem,
        answers.c.options,
        _versions.c.first,
        _versions.c.last,
    )
    .join(_versions, _versions.c.id == answers.c.id)
    .order_by(answers.c.question, _versions.c.first, answers.c.version)
)


def _spans(column: ColumnElement[str]) -> Select[*tuple[Any, ...]]:
    first = func.min(answers.c.at, type_=answers.c.at.type)
    last = func.max(answers.c.at, type_=answers.c.at.type)
    return select(column, first, last).where(*_COUNTED).group_by(column).order_by(first, column)


_CHANNELS: Final = _spans(answers.c.channel)
_NOTICES: Final = _spans(answers.c.notice)

#: What the staff said last of each text that was ever flagged.
_said: Final = select(
    moderations.c.subject,
    moderations.c.flag,
    func.row_number()
    .over(partition_by=moderations.c.subject, order_by=(moderations.c.at.desc(), moderations.c.id.desc()))
    .label("nth"),
).subquery()
_flagged: Final = (
    select(_said.c.subject, _said.c.flag).where(_said.c.nth == 1, _said.c.flag != Flag.CLEARED).cte("flagged")
)
_subjects: Final = (
    select(answers.c.id.label("subject")).where(*_COUNTED, _TYPED).union_all(SUBJECTS).subquery()
)
_HIDDEN: Final = (
    select(_flagged.c.flag, func.count())
    .join(_subjects, _subjects.c.subject == _flagged.c.subject)
    .group_by(_flagged.c.flag)
    .order_by(_flagged.c.flag)
)
_UNSEEN: Final = select(_flagged.c.subject)

_QUOTED: Final = (answers.c.id, answers.c.question, answers.c.chosen, answers.c.at, answers.c.text)
_QUOTATIONS: Final = evenly_spaced(
    select(*_QUOTED).select_from(_theirs).where(*_COUNTED, _TYPED, answers.c.id.not_in(_UNSEEN)),
    (answers.c.question, answers.c.chosen, _people.c.group),
    (answers.c.at, answers.c.id),
)
_PETITIONS: Final = petitions(_UNSEEN)


class Hearing:
    """What was heard."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self) -> Heard:
        """Everything, as of one moment."""
        async with self._database.reading() as connection:

            async def rows(kind: type[Any], query: Select[*tuple[Any, ...]]) -> tuple[Any, ...]:
                return tuple(kind(*row) for row in (await connection.execute(query)).all())

            return Heard(
                crowd=await rows(Crowd, _CROWD),
                responses=await rows(Response, _RESPONSES),
                begun=await rows(Begun, _BEGUN),
                wordings=await rows(Wording, _WORDINGS),
                channels=await rows(Span, _CHANNELS),
                notices=await rows(Span, _NOTICES),
                quotations=await rows(Quotation, _QUOTATIONS),
                hidden=await rows(Hidden, _HIDDEN),
                petitions=await _PETITIONS.read(rows),
            )
