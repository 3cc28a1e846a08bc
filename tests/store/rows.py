"""A worker's turn-over in parts: what a test leases, settles, and waits for."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from bot.store import FetchSettlement, Leased, LeasedFetch, Settlement, Store, Terms

#: When nothing is due yet.
_BEFORE: Final = datetime(1970, 1, 1, tzinfo=UTC)


async def lease(
    store: Store, now: datetime, limit: int, seconds: float, channel: str = "line"
) -> list[Leased]:
    """At most `limit` letters that are due, leased for `seconds`."""
    letters, _ = await store.outbox.turn_over([], now, Terms(channel, limit, seconds))
    return letters


async def settle(store: Store, settlements: Sequence[Settlement], now: datetime) -> None:
    """Write down what became of letters."""
    await store.outbox.turn_over(settlements, now, Terms("line", 0, 0))


async def next_due(store: Store, now: datetime, channel: str = "line") -> datetime | None:
    """When a letter may next be leased."""
    _, due = await store.outbox.turn_over([], _BEFORE, Terms(channel, 1, 0))
    return due and max(now, due)


async def lease_fetches(store: Store, now: datetime, limit: int, seconds: float) -> list[LeasedFetch]:
    """At most `limit` fetches that are due, leased for `seconds`."""
    leased, _ = await store.fetches.turn_over([], now, limit, seconds)
    return leased


async def settle_fetches(store: Store, settlements: Sequence[FetchSettlement], now: datetime) -> None:
    """Write down what became of fetches."""
    await store.fetches.turn_over(settlements, now, 0, 0)


async def next_fetch(store: Store, now: datetime) -> datetime | None:
    """When a fetch may next be leased."""
    _, due = await store.fetches.turn_over([], _BEFORE, 1, 0)
    return due and max(now, due)
