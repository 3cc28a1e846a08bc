"""A process goes by the time that passes, and processes that share a database by one time."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import StoreError
from bot.runtime.clock import APART, SET, SteadyClock, SystemClock, require_time
from bot.store import Store
from tests.runtime.fakes import HandClock


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


class Machine(HandClock):
    """A clock that goes with the time that passes, until it is set."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0

    def go(self, seconds: float) -> None:
        self.passed += seconds
        self.move(seconds=seconds)


@pytest.mark.parametrize("hours", [-1, 1, -24, 24, 24 * 365 * 200, -24 * 365 * 50])
def test_a_clock_that_is_set_is_not_followed_until_it_is_right_again(hours: int) -> None:
    machine = Machine()
    steady, began = SteadyClock(machine, lambda: machine.passed), machine.now()
    machine.go(10)
    assert (steady.now() - began, steady.was_set()) == (timedelta(seconds=10), False)
    machine.move(hours=hours)
    for second in range(11, 3600):
        machine.go(1)
        assert steady.now() - began == timedelta(seconds=second)
    assert steady.was_set()
    machine.move(hours=-hours)
    assert not steady.was_set()


@pytest.mark.parametrize("seconds", [-2, 2, -SET.total_seconds(), SET.total_seconds()])
def test_what_ntp_corrects_is_made_up_for_without_a_jump(seconds: float) -> None:
    machine = Machine()
    steady = SteadyClock(machine, lambda: machine.passed)
    machine.move(seconds=seconds)
    for _ in range(int(abs(seconds) / 0.1) + 1):
        before = steady.now()
        machine.go(1)
        assert 0.9 <= (steady.now() - before).total_seconds() <= 1.1
    assert steady.now() == machine.now()
    assert not steady.was_set()


def test_the_system_s_clock_is_the_one_it_starts_with() -> None:
    steady = SteadyClock()
    assert abs(steady.now() - SystemClock().now()) < timedelta(seconds=1)
    assert steady.now() <= steady.now()
