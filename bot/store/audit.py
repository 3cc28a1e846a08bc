"""The audit log: what was done with the data, in a chain.

One rule: rows are added and never changed. The link of a row is made above, with a key this layer never
sees, from the row and the link before it.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import asdict, replace
from sqlalchemy import Text, bindparam, insert, or_, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.bookkeeping import audit
from bot.store.database import Database, lock

#: Rows that are fetched at once.
BATCH: Final = 1_000


class Deed(Struct, frozen=True, kw_only=True):
    """One thing done. `seq` counts from 1; `link` is "" until it is in the chain.

    `actor` is an account of the staff, "operator" or "system". `subject` and `detail` hold receipts,
    names of files and numbers, never what anybody said.
    """

    at: datetime
    actor: str
    act: str
    subject: str = ""
    detail: dict[str, str] = {}
    seq: int = 0
    link: str = ""


#: From the link before it ("" for the first) and a deed with its number to the deed's link.
LinkOf = Callable[[str, Deed], str]

_LAST: Final = select(audit.c.seq, audit.c.link).order_by(audit.c.seq.desc()).limit(1)
_ADD: Final = insert(audit)
#: As they lie in the table: whoever changed a row may have left what no column of ours reads.
_COLUMNS: Final = select(
    *(
        type_coerce(audit.c[name], Text).label(name) if name in ("at", "detail") else audit.c[name]
        for name in Deed.__struct_fields__
    )
)
_NEWEST: Final = _COLUMNS.order_by(audit.c.seq.desc()).limit(1)
_ANY: Final = ""
#: Before a number ("0" for from the newest on), of one actor and one act, each "" for any.
_PAGE: Final = (
    _COLUMNS.where(
        or_(bindparam("before", type_=audit.c.seq.type) == 0, audit.c.seq < bindparam("before")),
        or_(bindparam("actor", type_=Text) == _ANY, audit.c.actor == bindparam("actor")),
        or_(bindparam("act", type_=Text) == _ANY, audit.c.act == bindparam("act")),
    )
    .order_by(audit.c.seq.desc())
    .limit(bindparam("limit"))
)
_AFTER: Final = (
    _COLUMNS.where(audit.c.seq > bindparam("after"), audit.c.seq <= bindparam("upto"))
    .order_by(audit.c.seq)
    .limit(BATCH)
)
_ACTORS: Final = select(audit.c.actor).distinct().order_by(audit.c.actor)
_ACTS: Final = select(audit.c.act).distinct().order_by(audit.c.act)


async def newest(connection: AsyncConnection) -> Deed | None:
    """The newest deed; None when nothing was done yet."""
    row = (await connection.execute(_NEWEST)).one_or_none()
    return _deed(row) if row else None


def _deed(row: Any) -> Deed:
    """The deed of a row; one that nobody can read any more has no link, so that no chain holds it."""
    values = dict(zip(Deed.__struct_fields__, row, strict=True))
    try:
        read = {"at": _utc(row.at), "detail": msgspec.json.decode(row.detail)}
        return msgspec.convert(values | read, Deed)
    except (TypeError, ValueError, OverflowError):
        return Deed(at=datetime.min.replace(tzinfo=UTC), actor="", act="", seq=row.seq)


def _utc(moment: datetime | str) -> datetime:
    return (datetime.fromisoformat(moment) if isinstance(moment, str) else moment).astimezone(UTC)


class Audit:
    """The audit log of a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, deed: Deed, link_of: LinkOf) -> Deed:
        """Put a deed at the end of the chain, in a transaction of its own; the deed as it is stored."""
        async with self._database.writing() as connection:
            await lock(connection, ["audit"])
            last = (await connection.execute(_LAST)).one_or_none()
            numbered = replace(deed, seq=(last.seq if last else 0) + 1)
            linked = replace(numbered, link=link_of(last.link if last else "", numbered))
            await connection.execute(_ADD, asdict(linked))
        return linked

    async def head(self) -> Deed | None:
        """The newest deed; None when nothing was done yet."""
        async with self._database.reading() as connection:
            return await newest(connection)

    async def read(self) -> AsyncGenerator[Deed]:
        """Every deed in its order; wrap it in `contextlib.aclosing`.

        Of a row that was made unreadable only the number is left, and no link.
        """
        async with self._database.reading() as connection:
            rows = await connection.stream(
                _COLUMNS.order_by(audit.c.seq), execution_options={"yield_per": BATCH}
            )
            async for row in rows:
                yield _deed(row)

    async def pages(self, upto: int) -> AsyncGenerator[Sequence[Deed]]:
        """Every deed up to a number in its order, at most BATCH at a time.

        Each batch is read by itself, so that whoever takes them slowly holds no connection: rows are only
        ever added, and so all of them are still of one moment.
        """
        after = 0
        while after < upto:
            async with self._database.reading() as connection:
                rows = (await connection.execute(_AFTER, {"after": after, "upto": upto})).all()
            if not rows:
                return
            yield [_deed(row) for row in rows]
            after = rows[-1].seq

    async def newest(self, limit: int, *, before: int = 0, actor: str = "", act: str = "") -> list[Deed]:
        """The newest deeds, newest first; before a number, of an actor and of an act where they are given."""
        values = {"limit": limit, "before": before, "actor": actor, "act": act}
        async with self._database.reading() as connection:
            return [_deed(row) for row in await connection.execute(_PAGE, values)]

    async def names(self) -> tuple[list[str], list[str]]:
        """Who is in the log, and what was done, each in order."""
        async with self._database.reading() as connection:
            actors = (await connection.execute(_ACTORS)).scalars().all()
            acts = (await connection.execute(_ACTS)).scalars().all()
        return list(actors), list(acts)
