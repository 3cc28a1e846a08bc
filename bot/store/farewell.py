"""The last of somebody who was erased: what was kept to say so goes once it is said.

One rule: nothing goes of anyone who has come back meanwhile.
"""

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import BindParameter, and_, bindparam, delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import addresses, data_keys, outbox, participants
from bot.store.statements import padded
from bot.store.states import LetterState

#: Erased people. Locked: whoever comes back at this moment is seen either here or not at all.
_ERASED: Final = select(participants.c.id).where(participants.c.forget.is_(True)).with_for_update()
ERASED_OF: Final = _ERASED.where(participants.c.id == bindparam("person"))
ERASED_AMONG: Final = _ERASED.where(
    participants.c.id.in_(
        select(outbox.c.participant).where(outbox.c.id.in_(bindparam("letters", expanding=True)))
    )
)

_UNSAID: Final = or_(
    outbox.c.settled_at.is_(None),
    and_(outbox.c.state == LetterState.KEPT, outbox.c.messages.is_not(None)),
)
_DONE: Final = select(participants.c.id).where(
    participants.c.id.in_(bindparam("people", expanding=True)),
    ~exists().where(outbox.c.participant == participants.c.id, _UNSAID),
)
_PERSON: Final[BindParameter[str]] = bindparam("person")
_LAST: Final[tuple[Any, ...]] = (
    *(delete(table).where(table.c.participant == _PERSON) for table in (addresses, data_keys)),
    update(outbox).where(outbox.c.participant == _PERSON).values(participant=None),
    delete(participants).where(participants.c.id == _PERSON),
)


async def part(connection: AsyncConnection, erased: Collection[str]) -> None:
    """Let go of those of these erased people to whom nothing is left to say."""
    if not erased:
        return
    done = (await connection.execute(_DONE, {"people": padded(erased)})).scalars().all()
    if done:
        for statement in _LAST:
            await connection.execute(statement, [{"person": person} for person in done])
