"""The ledger of erasures: who was erased, in marks that only our key can make, so that a restored
backup forgets them again.

One rule: a line names nobody. Whoever has the key can ask of a known person whether they were erased;
nobody can read from the ledger who was.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import BindParameter, bindparam, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogue import Erase, Scope
from bot.store.database import Database
from bot.store.erasure import erase
from bot.store.schema import erasures, metadata, participants
from bot.store.statements import padded, upsert

_MARKS: Final[BindParameter[str]] = bindparam("marks", expanding=True)
_LEDGER: Final = select(erasures.c.mark, erasures.c.at)
_AMONG: Final = _LEDGER.where(erasures.c.mark.in_(_MARKS))
_RECORD: Final = upsert(erasures)

#: Everybody of whom anything is stored; not all of them have a row among the participants.
_EVERYBODY: Final = union(
    select(participants.c.id),
    *(
        select(table.c.participant).where(table.c.participant.is_not(None))
        for table in metadata.sorted_tables
        if "participant" in table.c
    ),
)


async def record(connection: AsyncConnection, marks: Mapping[str, datetime]) -> None:
    """Write down erasures, by mark; of one person's the newest stands."""
    if marks:
        rows = [{"mark": mark, "at": at} for mark, at in marks.items()]
        await connection.execute(_RECORD[connection.dialect.name], rows)


async def erased(connection: AsyncConnection, marks: Collection[str]) -> dict[str, datetime]:
    """When those of these marks that were erased were, by mark."""
    if not marks:
        return {}
    rows = await connection.execute(_AMONG, {"marks": padded(marks)})
    return dict(rows.all())


async def lines(connection: AsyncConnection) -> dict[str, datetime]:
    """Every line: when a person was last erased, by their mark."""
    return dict((await connection.execute(_LEDGER)).all())


async def reapply(
    connection: AsyncConnection, newer: Mapping[str, datetime], mark_of: Callable[[str], str]
) -> int:
    """Erase again whom `newer` has erased and this database has not; see `Erasures.reapply`."""
    own = await lines(connection)
    due = {mark: at for mark, at in newer.items() if mark not in own or own[mark] < at}
    people = (await connection.execute(_EVERYBODY)).scalars().all()
    again = [person for person in people if mark_of(person) in due]
    for person in again:
        await erase(connection, person, Erase(Scope.EVERYTHING))
    await record(connection, due)
    return len(again)


class Erasures:
    """The ledger as a whole, for restoring."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ledger(self) -> dict[str, datetime]:
        """Every line: when a person was last erased, by their mark."""
        async with self._database.reading() as connection:
            return await lines(connection)

    async def reapply(self, newer: Mapping[str, datetime], mark_of: Callable[[str], str]) -> int:
        """Erase again whom a newer database had erased, and take over its ledger; how many people it was.

        For an older copy, after it is put back and before it serves. `mark_of` makes the mark of a
        participant. Who had come back before the copy was made is not erased anew: the copy's own
        ledger has that erasure already. All of it is one transaction.
        """
        async with self._database.writing() as connection:
            return await reapply(connection, newer, mark_of)
