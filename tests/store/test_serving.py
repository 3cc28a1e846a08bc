"""What a process that died had in its hands is due at once; what a living one has is left to it."""

from pathlib import Path

import pytest

from bot.store import Store
from tests.store.test_outbox import letters
from tests.store.values import NOW, at


async def test_what_a_dead_process_leased_is_due_at_once(sqlite_url: str) -> None:
    before = await Store.open(sqlite_url)
    await letters(before, "p1", "p2")
    assert len(await before.outbox.lease(NOW, 10, 60)) == 2
    await before.close()
    after = await Store.open(sqlite_url)
    assert await after.outbox.lease(at(1), 10, 60) == [], "without it they wait until the lease ends"
    async with after.serving(at(1)):
        assert [(letter.id, letter.attempt) for letter in await after.outbox.lease(at(1), 10, 60)] == [
            ("e0", 2),
            ("e1", 2),
        ]
    await after.close()


async def test_what_another_has_in_its_hands_is_left_to_it(sqlite_url: str) -> None:
    one, two = await Store.open(sqlite_url), await Store.open(sqlite_url)
    await letters(one, "p1")
    async with one.serving(NOW):
        assert len(await one.outbox.lease(NOW, 10, 60)) == 1
        async with two.serving(at(1)):
            assert await two.outbox.lease(at(1), 10, 60) == []
    async with two.serving(at(2)):
        assert len(await two.outbox.lease(at(2), 10, 60)) == 1, "the other has ended"
    await one.close()
    await two.close()


async def test_postgresql_waits_for_the_lease(postgresql_url: str) -> None:
    """Whoever leased it may be on another machine."""
    store = await Store.open(postgresql_url)
    await letters(store, "p1")
    await store.outbox.lease(NOW, 10, 60)
    async with store.serving(at(1)):
        assert await store.outbox.lease(at(1), 10, 60) == []
        assert len(await store.outbox.lease(at(61), 10, 60)) == 1
    await store.close()


async def test_the_lock_file_is_its_owner_s(sqlite_url: str) -> None:
    store = await Store.open(sqlite_url)
    async with store.serving(NOW):
        [lock] = Path(sqlite_url.removeprefix("sqlite:///")).parent.glob("*-serving")
        assert lock.stat().st_mode & 0o777 == 0o600
        assert lock.read_bytes() == b""
    await store.close()


@pytest.fixture(autouse=True)
def _needs_flock() -> None:
    pytest.importorskip("fcntl", reason="no locks on files here: a lease ends by itself alone")
