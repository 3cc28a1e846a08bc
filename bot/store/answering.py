"""Answers as the secretariat reads them: counted by what was chosen, or as a list of what was typed.

One rule: an answer belongs to the wording it answers; what two wordings were answered is never added up.
"""

from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Index, and_, bindparam, func, select

from bot.dialogue import Outcome, ShownOption
from bot.store.database import Database
from bot.store.exports import RESTRICTED, Filters, narrowed
from bot.store.schema import answers
from bot.store.statements import padded

#: Typed answers on one page.
PAGE: Final = 25
#: What answers are told apart by beside the question.
_BESIDE: Final = ("group", "channel")
#: How far they are counted: a common word is in too many to count them all for every page.
COUNTED: Final = 1_000


class Choice(msgspec.Struct, frozen=True):
    """How many answers to a question in one wording chose exactly these options."""

    question: str
    version: str
    outcome: Outcome
    chosen: tuple[str, ...]
    count: int


class Asked(msgspec.Struct, frozen=True):
    """A question as it was shown to somebody who answered it: its words, and its options by their ids."""

    stem: str
    options: tuple[ShownOption, ...]


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """An answer with something typed, as in `Answer`: the words asked, and what was chosen beside it."""

    id: str
    question: str
    version: str
    clause: str
    stem: str
    options: tuple[ShownOption, ...]
    chosen: tuple[str, ...]
    text: str
    at: datetime
    channel: str
    group: str | None
    capacity: str | None


class Found(msgspec.Struct, frozen=True):
    """One page of a list: `total` is how many there are on all its pages, counted up to COUNTED and one
    more, `more` whether another page follows."""

    typed: tuple[Typed, ...]
    total: int
    more: bool


#: A million answers are counted and listed by these alone. The first serves the counts of one clause, the
#: others the newest typed ones of a clause and of all (measured: tests/secretariat/console/measure.py).
_CURRENT: Final = answers.c.replaced_at.is_(None)
_LISTED: Final = and_(answers.c.text.is_not(None), _CURRENT)
for _name, _of, _columns in (
    (
        "chosen",
        _CURRENT,
        ("clause", "question", "version", "outcome", "chosen", *_BESIDE, "at", "participant"),
    ),
    ("typed", _LISTED, ("clause", "at", "id", "question", "version", *_BESIDE, "participant")),
    ("typed_at", _LISTED, ("at", "id")),
):
    Index(
        f"ix_answers_{_name}",
        *(answers.c[column] for column in _columns),
        sqlite_where=_of,
        postgresql_where=_of,
    )

_ALLOWED: Final = answers.c.participant.not_in(RESTRICTED)
_CHOICES: Final = (
    select(answers.c.question, answers.c.version, answers.c.outcome, answers.c.chosen, func.count())
    .where(_ALLOWED)
    .group_by(answers.c.clause, answers.c.question, answers.c.version, answers.c.outcome, answers.c.chosen)
)
_ASKED: Final = (
    select(answers.c.stem, answers.c.options)
    .where(
        answers.c.clause == bindparam("clause"),
        answers.c.question == bindparam("question"),
        answers.c.version == bindparam("version"),
        answers.c.replaced_at.is_(None),
    )
    .limit(1)
)
_NEWEST_FIRST: Final = (answers.c.at.desc(), answers.c.id.desc())
_TYPED_COLUMNS: Final = select(*(answers.c[name] for name in Typed.__struct_fields__))
#: The ids alone first: of an answer that is passed over nothing but the index is read.
_WANTED: Final = select(answers.c.id).where(answers.c.text.is_not(None)).order_by(*_NEWEST_FIRST)
_SHOWN: Final = _TYPED_COLUMNS.where(answers.c.id.in_(bindparam("ids", expanding=True))).order_by(
    *_NEWEST_FIRST
)


class Answering:
    """The answers of a store, without those of people who asked that nothing be done with theirs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def choices(self, filters: Filters) -> list[Choice]:
        """What was chosen, by question and wording; `contains` is not looked at, because most chose only."""
        query = narrowed(_CHOICES, answers, msgspec.structs.replace(filters, contains=None))
        async with self._database.reading() as connection:
            return [Choice(*row) for row in await connection.execute(query)]

    async def asked(self, clause: str, question: str, version: str) -> Asked | None:
        """A question in a wording, as somebody was shown it; None when nobody answered that."""
        asked = {"clause": clause, "question": question, "version": version}
        async with self._database.reading() as connection:
            row = (await connection.execute(_ASKED, asked)).one_or_none()
        return Asked(*row) if row else None

    async def typed(self, filters: Filters, page: int) -> Found:
        """What was typed, newest first: the `page`-th PAGE of it, from 1."""
        # SQLite asks in this order: of what is not found nobody need know whose it is.
        wanted = narrowed(_WANTED, answers, filters).where(_ALLOWED).limit(max(COUNTED, PAGE * page) + 1)
        async with self._database.reading() as connection:
            ids = (await connection.execute(wanted)).scalars().all()
            shown = {"ids": padded(ids[PAGE * (page - 1) : PAGE * page])}
            rows = (await connection.execute(_SHOWN, shown)).all() if shown["ids"] else []
        return Found(tuple(Typed(**row._mapping) for row in rows), len(ids), PAGE * page < len(ids))
