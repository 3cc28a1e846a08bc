"""What the secretariat said and noted of records, when these get other names.

One rule: nothing is left under the old name, which leads to an event and so to an account.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Column, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.language.calendar import BANGKOK
from bot.store.office import moderations, replies, tags
from bot.store.statements import padded

#: The columns that name a record.
_NAMING: Final[tuple[Column[str], ...]] = (replies.c.receipt, tags.c.receipt, moderations.c.subject)

_NAMED: Final = {
    column: select(column).distinct().where(column.in_(bindparam("names", expanding=True)))
    for column in _NAMING
}
_RENAME: Final = {
    column: update(column.table)
    .where(column == bindparam("was"))
    .values({column: bindparam("becomes", type_=column.type)})
    for column in _NAMING
}
_REPLIED: Final = select(replies.c.id, replies.c.at).where(
    replies.c.receipt.in_(bindparam("names", expanding=True))
)
_BLUR: Final = (
    update(replies)
    .where(replies.c.id == bindparam("reply"))
    .values(at=bindparam("day", type_=replies.c.at.type))
)


async def rename(connection: AsyncConnection, names: Mapping[str, str]) -> None:
    """Let replies, tags and flags follow records from their old ids and receipts to the new ones.

    Of the moment of a reply only its day is kept: when a letter went out, a platform's log tells too.
    """
    if not names:
        return
    asked = {"names": padded(names)}
    replied = (await connection.execute(_REPLIED, asked)).all()
    if replied:
        await connection.execute(_BLUR, [{"reply": id_, "day": _midnight(at)} for id_, at in replied])
    for column in _NAMING:
        found = (await connection.execute(_NAMED[column], asked)).scalars().all()
        if found:
            renamed = [{"was": was, "becomes": names[was]} for was in found]
            await connection.execute(_RENAME[column], renamed)


def _midnight(at: datetime) -> datetime:
    """The beginning of its day, in Thailand."""
    return at.astimezone(BANGKOK).replace(hour=0, minute=0, second=0, microsecond=0)
