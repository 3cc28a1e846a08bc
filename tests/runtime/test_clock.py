"""Processes that share a database go by one time."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import StoreError
from bot.runtime.clock import APART, SystemClock, require_time
from bot.store import Store


class Wrong:
    """A clock that is ahead by so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._ahead = timedelta(seconds=seconds)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead


async def test_a_clock_that_is_off_is_told_before_anything_starts(postgresql_url: str) -> None:
    store = await Store.open(postgresql_url)
    try:
        await require_time(store.processes, SystemClock())
        await require_time(store.processes, Wrong(APART / 2))
        with pytest.raises(StoreError, match=r"ahead of .* NTP"):
            await require_time(store.processes, Wrong(2 * APART))
        with pytest.raises(StoreError, match=r"behind .* NTP"):
            await require_time(store.processes, Wrong(-2 * APART))
    finally:
        await store.close()


async def test_alone_on_a_file_there_is_one_clock(sqlite_store: Store) -> None:
    await require_time(sqlite_store.processes, Wrong(3600))
