"""Reading what was chosen, for counting: no word that anybody typed, nobody under restriction."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy import func, or_, select

from bot.dialogue import Outcome, ShownOption
from bot.store.database import Database
from bot.store.exports import BATCH, RESTRICTED
from bot.store.records import DIALECTS, as_json, as_text
from bot.store.schema import answers
from bot.store.withdrawals import CHOSE, TYPED


class Choice(Struct, frozen=True):
    """A current answer as it counts: `chosen` are ids of options, empty for one that was only typed."""

    participant: str
    question: str
    version: str
    outcome: Outcome
    chosen: tuple[str, ...]
    group: str | None
    channel: str
    at: datetime


class Wording(Struct, frozen=True):
    """The words of a question in one version, as somebody was asked them."""

    question: str
    version: str
    clause: str
    stem: str
    options: tuple[ShownOption, ...]


#: Current answers of people who let them be used; one whose text was erased may say nothing any more.
_COUNTED: Final = (
    answers.c.replaced_at.is_(None),
    answers.c.participant.not_in(RESTRICTED),
    or_(answers.c.outcome != Outcome.ANSWERED, CHOSE, TYPED),
)
_CHOICES: Final = {
    dialect: select(as_text(as_json(answers, Choice, dialect)))
    .where(*_COUNTED)
    .order_by(answers.c.at, answers.c.id)
    for dialect in DIALECTS
}
_FIRST: Final = (
    select(func.min(answers.c.id)).where(*_COUNTED).group_by(answers.c.question, answers.c.version)
)
_WORDINGS: Final = (
    select(*(answers.c[name] for name in Wording.__struct_fields__))
    .where(answers.c.id.in_(_FIRST))
    .order_by(answers.c.question, answers.c.version)
)

_choice: Final = msgspec.json.Decoder(Choice)


class Choices:
    """The choices."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self) -> AsyncGenerator[Choice]:
        """Every choice by platform time, as of one moment; wrap it in `contextlib.aclosing`."""
        async with self._database.reading() as connection:
            query = _CHOICES[connection.dialect.name]
            async for (json,) in await connection.stream(query, execution_options={"yield_per": BATCH}):
                yield _choice.decode(json)

    async def wordings(self) -> list[Wording]:
        """The words of every question and version that a choice is about."""
        async with self._database.reading() as connection:
            return [Wording(*row) for row in (await connection.execute(_WORDINGS)).all()]
