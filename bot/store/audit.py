"""The audit log: what was done with the data, in a chain.

One rule: rows are added and never changed. The link of a row is made above, with a key this layer never
sees, from the row and the link before it.
"""

from collections.abc import AsyncGenerator, Callable
from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import asdict, replace
from sqlalchemy import insert, select

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
_COLUMNS: Final = select(*(audit.c[name] for name in Deed.__struct_fields__))


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
            row = (await connection.execute(_COLUMNS.order_by(audit.c.seq.desc()).limit(1))).one_or_none()
        return Deed(**row._mapping) if row else None

    async def read(self) -> AsyncGenerator[Deed]:
        """Every deed in its order; wrap it in `contextlib.aclosing`."""
        async with self._database.reading() as connection:
            rows = await connection.stream(
                _COLUMNS.order_by(audit.c.seq), execution_options={"yield_per": BATCH}
            )
            async for row in rows:
                yield Deed(**row._mapping)
