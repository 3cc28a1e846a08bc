"""What the record of processing has to tell: how many people, consents and requests there are.

One rule: only numbers and times leave here, never whose they are.
"""

from datetime import datetime
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import Integer, case, cast, func, select

from bot.dialogue import Purpose, RequestKind
from bot.store import bookkeeping, office
from bot.store.database import Database
from bot.store.schema import addresses, answers, consents, metadata, participants, requests, suggestions


class PeopleLine(Struct, frozen=True):
    """The accounts of one channel: how many, how many can be written to, how many asked for restriction."""

    channel: str
    people: int
    reachable: int
    restricted: int


class ConsentLine(Struct, frozen=True):
    """The consent log of one purpose: how often given, how often refused or withdrawn, from when to when."""

    purpose: Purpose
    given: int
    refused: int
    first: datetime
    last: datetime


class RequestLine(Struct, frozen=True):
    """How often one right was used, from when to when."""

    kind: RequestKind
    count: int
    first: datetime
    last: datetime


def _times(condition: Any) -> Any:
    """How many rows of a group this holds for."""
    return func.sum(cast(case((condition, 1), else_=0), Integer))


_PEOPLE: Final = (
    select(
        participants.c.channel,
        func.count(),
        func.count(addresses.c.participant),
        _times(participants.c.restricted),
    )
    .select_from(participants.outerjoin(addresses))
    .where(participants.c.forget.is_(False))
    .group_by(participants.c.channel)
    .order_by(participants.c.channel)
)
_CONSENTS: Final = (
    select(
        consents.c.purpose,
        _times(consents.c.given),
        _times(consents.c.given.is_(False)),
        func.min(consents.c.at, type_=consents.c.at.type),
        func.max(consents.c.at, type_=consents.c.at.type),
    )
    .group_by(consents.c.purpose)
    .order_by(consents.c.purpose)
)
_REQUESTS: Final = (
    select(
        requests.c.kind,
        func.count(),
        func.min(requests.c.at, type_=requests.c.at.type),
        func.max(requests.c.at, type_=requests.c.at.type),
    )
    .group_by(requests.c.kind)
    .order_by(requests.c.kind)
)
_TYPED: Final = select(
    select(func.count()).select_from(answers).where(answers.c.text.is_not(None)).scalar_subquery()
    + select(func.count()).select_from(suggestions).where(suggestions.c.text != "").scalar_subquery()
)


class Registers:
    """The numbers of the registers a controller has to keep (PDPA s. 39)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def people(self) -> list[PeopleLine]:
        """The accounts by channel; whoever was erased is none."""
        return [PeopleLine(*row) for row in await self._rows(_PEOPLE)]

    async def consents(self) -> list[ConsentLine]:
        """The consent log by purpose."""
        return [ConsentLine(*row) for row in await self._rows(_CONSENTS)]

    async def requests(self) -> list[RequestLine]:
        """The rights that were used, by kind."""
        return [RequestLine(*row) for row in await self._rows(_REQUESTS)]

    async def typed(self) -> int:
        """How many answers and suggestions hold typed text, history included."""
        return int((await self._rows(_TYPED))[0][0])

    async def _rows(self, query: Any) -> list[Any]:
        async with self._database.reading() as connection:
            return list((await connection.execute(query)).all())


def tables() -> dict[str, tuple[str, ...]]:
    """The name of every table, and the names of its columns."""
    assert {bookkeeping.audit, office.staff} <= set(metadata.tables.values())  # imported, and so known
    return {table.name: tuple(column.name for column in table.c) for table in metadata.sorted_tables}
