"""Reading records for the secretariat, one after another, in memory that does not grow with them."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Final, Generic, TypeVar

import msgspec
from sqlalchemy import Table, select

from bot.dialogue import Answer, Suggestion
from bot.store.database import Database
from bot.store.records import as_json, as_text
from bot.store.schema import participants

R = TypeVar("R", bound=Answer | Suggestion)

#: Rows that are fetched at once: enough that the fetching costs little, few enough to be small.
BATCH: Final = 1_000

#: Those who asked that nothing be done with what they said but keep it (PDPA s. 34).
RESTRICTED: Final = select(participants.c.id).where(participants.c.restricted.is_(True))


class Records(Generic[R]):
    """The records of one kind."""

    def __init__(self, database: Database, table: Table, kind: type[R]) -> None:
        self._database = database
        self._table = table
        self._kind = kind
        self._decode = msgspec.json.Decoder(kind).decode

    async def export(
        self,
        *,
        since: datetime | None = None,
        before: datetime | None = None,
        clause: str | None = None,
        history: bool = False,
        restricted: bool = False,
    ) -> AsyncGenerator[tuple[str, R]]:
        """Whose each record is and the record, by platform time: at `since` or later, and before `before`.

        Without `history` only those no newer one has replaced, without `restricted` none of people who
        asked that what they said be kept and not used (`Store.left_out` counts them). All are of the
        moment the export began. Take them promptly, into a file, and wrap the iterator in
        `contextlib.aclosing`: it holds a connection, and on SQLite the write-ahead log cannot be folded
        back until it ends.
        """
        table = self._table
        query = select(table.c.participant).order_by(table.c.at, table.c.id)
        if since is not None:
            query = query.where(table.c.at >= since)
        if before is not None:
            query = query.where(table.c.at < before)
        if clause is not None:
            query = query.where(table.c.clause == clause)
        if not history:
            query = query.where(table.c.replaced_at.is_(None))
        if not restricted:
            query = query.where(table.c.participant.not_in(RESTRICTED))
        async with self._database.reading() as connection:
            record = as_text(as_json(table, self._kind, connection.dialect.name))
            rows = await connection.stream(query.add_columns(record), execution_options={"yield_per": BATCH})
            async for participant, json in rows:
                yield participant, self._decode(json)
