"""Reading records for the secretariat, one after another, in memory that does not grow with them."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Select, Table, false, select

from bot.dialogue import Answer, Suggestion
from bot.store.database import Database
from bot.store.records import as_json, as_text
from bot.store.schema import participants

R = TypeVar("R", bound=Answer | Suggestion)
S = TypeVar("S", bound=Select[Any])

#: Rows that are fetched at once: enough that the fetching costs little, few enough to be small.
BATCH: Final = 1_000

#: Those who asked that nothing be done with what they said but keep it (PDPA s. 34).
RESTRICTED: Final = select(participants.c.id).where(participants.c.restricted.is_(True))


class Filters(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which records are wanted; what is left None is not asked for.

    `since` and `before` are moments of platform time, the first inclusive. `group` is "" for people who
    have not said theirs. `contains` is a part of what was typed, whatever the case of its Latin letters.
    `history` takes those along that a newer one has replaced. A suggestion answers no question, so with
    `question` or `version` there are none.
    """

    clause: str | None = None
    question: str | None = None
    version: str | None = None
    group: str | None = None
    channel: str | None = None
    since: datetime | None = None
    before: datetime | None = None
    contains: str | None = None
    history: bool = False


def narrowed(query: S, table: Table, filters: Filters) -> S:
    """The query over answers or suggestions, for those that the filters want."""
    for name in ("clause", "question", "version", "group", "channel"):
        wanted = getattr(filters, name)
        if wanted is None:
            continue
        if name not in table.c:
            query = query.where(false())
        else:
            query = query.where(table.c[name].is_(None) if wanted == "" else table.c[name] == wanted)
    if filters.since is not None:
        query = query.where(table.c.at >= filters.since)
    if filters.before is not None:
        query = query.where(table.c.at < filters.before)
    if filters.contains is not None:
        query = query.where(_holding(table.c.text, filters.contains))
    if not filters.history:
        query = query.where(table.c.replaced_at.is_(None))
    return query


def _holding(text: ColumnElement[Any], words: str) -> ColumnElement[bool]:
    """Whether a text has these words in it; nothing is lowered where there are no letters of two cases."""
    one_case = words.lower() == words.upper()
    return text.contains(words, autoescape=True) if one_case else text.icontains(words, autoescape=True)


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
        """Whose each record is and the record, by platform time, for those the `Filters` of these names want.

        Without `restricted` none of people who asked that what they said be kept and not used
        (`Store.left_out` counts them). All are of the moment the export began. Take them promptly, into
        a file, and wrap the iterator in `contextlib.aclosing`: it holds a connection, and on SQLite the
        write-ahead log cannot be folded back until it ends.
        """
        table = self._table
        filters = Filters(since=since, before=before, clause=clause, history=history)
        query = narrowed(select(table.c.participant).order_by(table.c.at, table.c.id), table, filters)
        if not restricted:
            query = query.where(table.c.participant.not_in(RESTRICTED))
        async with self._database.reading() as connection:
            record = as_text(as_json(table, self._kind, connection.dialect.name))
            rows = await connection.stream(query.add_columns(record), execution_options={"yield_per": BATCH})
            async for participant, json in rows:
                yield participant, self._decode(json)
