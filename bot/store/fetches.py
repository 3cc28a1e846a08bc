"""Files that still lie with a platform: leased by workers that bring them.

Unlike letters they keep no order: each file comes when it comes, as an event of its own.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct
from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.keys import SealedAddress, addresses_of
from bot.store.schema import fetches
from bot.store.states import FetchState


class LeasedFetch(Struct, frozen=True, kw_only=True):
    """A file to bring, in the hands of one worker.

    `id` is derived from the event that offered the file; the event of its arrival takes its id from
    it. `address` is None when there is none any more. `attempt` counts from 1.
    """

    id: str
    participant: str
    channel: str
    ref: str
    name: str
    message: str
    reply: str
    attempt: int
    address: SealedAddress | None


class FetchSettlement(Struct, frozen=True, kw_only=True):
    """What became of a fetch: done, one way or the other, or due again at `retry_at`."""

    id: str
    attempt: int
    retry_at: datetime | None = None


_FREE: Final = (
    select(fetches.c.id)
    .where(fetches.c.due_at <= bindparam("now"))
    .order_by(fetches.c.due_at, fetches.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
    .cte("free")
)
_LEASE: Final = (
    update(fetches)
    .where(fetches.c.id.in_(select(_FREE.c.id)))
    .values(state=FetchState.LEASED, due_at=bindparam("until"), attempt=fetches.c.attempt + 1)
    .returning(
        fetches.c.id,
        fetches.c.participant,
        fetches.c.channel,
        fetches.c.ref,
        fetches.c.name,
        fetches.c.message,
        fetches.c.reply,
        fetches.c.attempt,
    )
)
_HELD: Final = (fetches.c.id == bindparam("fetch"), fetches.c.attempt == bindparam("held"))
_AGAIN: Final = update(fetches).where(*_HELD).values(state=FetchState.WAITING)
_DONE: Final = delete(fetches).where(*_HELD)
_DUE: Final = select(func.min(fetches.c.due_at))


class Fetches:
    """The files to bring."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def turn_over(
        self, settlements: Sequence[FetchSettlement], now: datetime, limit: int, seconds: float
    ) -> tuple[list[LeasedFetch], datetime | None]:
        """Settle, then lease, in one transaction; and when a fetch may next be leased.

        That is None when none waits, and where `limit` fetches were leased: then nobody looked. Settle a
        fetch after its arrival is committed; a crash in between brings the file twice, and the arrival's
        event id makes the second one nothing.
        """
        async with self._database.writing() as connection:
            if settlements:
                await _settle(connection, settlements)
            leased = await _lease(connection, now, limit, seconds) if limit else []
            due = None if len(leased) == limit else await _next_due(connection, now)
        return leased, due


async def _lease(connection: AsyncConnection, now: datetime, limit: int, seconds: float) -> list[LeasedFetch]:
    values = {"now": now, "limit": limit, "until": now + timedelta(seconds=seconds)}
    rows = (await connection.execute(_LEASE, values)).all()
    if not rows:
        return []
    known = await addresses_of(connection, {row.participant for row in rows})
    leased = (LeasedFetch(**row._mapping, address=known.get(row.participant)) for row in rows)
    return sorted(leased, key=lambda fetch: fetch.id)


async def _settle(connection: AsyncConnection, settlements: Sequence[FetchSettlement]) -> None:
    """Delete what is done and put back what is to be tried again."""
    done = [{"fetch": s.id, "held": s.attempt} for s in settlements if s.retry_at is None]
    again = [{"fetch": s.id, "held": s.attempt, "due_at": s.retry_at} for s in settlements if s.retry_at]
    if done:
        await connection.execute(_DONE, done)
    if again:
        await connection.execute(_AGAIN, again)


async def _next_due(connection: AsyncConnection, now: datetime) -> datetime | None:
    due: datetime | None = await connection.scalar(_DUE)
    return None if due is None else max(now, due)
