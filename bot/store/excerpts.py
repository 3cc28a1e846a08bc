"""What leaves the house as a file: answers and suggestions of one moment, in large batches of bare rows.

One rule: neither what people asked to be kept and not used is in it, nor what is left of a record whose
words were taken back; `LeftOut` counts both.
"""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Table, Text, and_, func, not_, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogue import Outcome, SuggestionStatus
from bot.store.columns import Utc
from bot.store.counts import LeftOut, left_out
from bot.store.demonstrations import PRESENT
from bot.store.exports import BATCH, RESTRICTED, Filters, S, narrowed
from bot.store.schema import answers, suggestions

#: What is left of a record whose words were taken back: it says nothing any more.
_EMPTIED: Final = {
    answers: and_(
        answers.c.outcome == Outcome.ANSWERED,
        type_coerce(answers.c.chosen, Text) == "[]",
        answers.c.text.is_(None),
    ),
    suggestions: suggestions.c.status == SuggestionStatus.WITHDRAWN,
}

#: How PostgreSQL writes a moment as it lies in SQLite (see `Utc`).
_AS_ON_SQLITE: Final = 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'

Batches = AsyncGenerator[Sequence[Row[Any]]]


class Excerpt:
    """What the filters want, at the moment of the connection's transaction."""

    def __init__(self, connection: AsyncConnection, filters: Filters) -> None:
        self._connection = connection
        self._filters = filters

    async def counts(self) -> tuple[int, int]:
        """How many answers and how many suggestions there are in it."""
        return await self._count(answers), await self._count(suggestions)

    async def left_out(self) -> LeftOut:
        """How much is left out, whatever the filters want."""
        return await left_out(self._connection)

    async def demo(self) -> bool:
        """Whether there are demo people, whatever the filters want."""
        return await self._connection.scalar(PRESENT) is not None

    def answers(self, columns: Sequence[str]) -> Batches:
        """These columns of every answer by platform time, up to BATCH rows at once.

        JSON and words of an enumeration come as the text they lie in, moments as the text that `moment_of`
        reads: decoding each would cost more than all the rest.
        """
        return self._batches(answers, columns)

    def suggestions(self, columns: Sequence[str]) -> Batches:
        """The same of the suggestions."""
        return self._batches(suggestions, columns)

    async def _count(self, table: Table) -> int:
        wanted = self._wanted(select(func.count()).select_from(table), table)
        return int(await self._connection.scalar(wanted) or 0)

    async def _batches(self, table: Table, columns: Sequence[str]) -> Batches:
        dialect = self._connection.dialect.name
        bare = (_as_text(table.c[name], dialect) for name in columns)
        query = self._wanted(select(*bare).order_by(table.c.at, table.c.id), table)
        rows = await self._connection.stream(query, execution_options={"yield_per": BATCH})
        async for batch in rows.partitions(BATCH):
            yield batch

    def _wanted(self, query: S, table: Table) -> S:
        wanted = narrowed(query, table, self._filters)
        return wanted.where(table.c.participant.not_in(RESTRICTED), not_(_EMPTIED[table]))


def moment_of(text: str) -> datetime:
    """A moment of an excerpt; its text is of a fixed width, "2026-11-24T03:04:05.000000+00:00"."""
    return datetime.fromisoformat(text)


def _as_text(column: Any, dialect: str) -> Any:
    if isinstance(column.type, Utc) and dialect == "postgresql":
        return func.to_char(func.timezone("UTC", column), _AS_ON_SQLITE).label(column.name)
    return type_coerce(column, Text)
