"""What a process that died had in its hands is due at once; what a living one has is left to it."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.dialogue import Fetch
from bot.store import FetchSettlement, LetterState, Store, serving
from bot.store.staff import Account
from tests.store.rows import lease, lease_fetches, settle, settle_fetches
from tests.store.test_outbox import letters, settled
from tests.store.values import NOW, at, commit, take_in


async def test_what_a_dead_process_leased_is_due_at_once(sqlite_url: str) -> None:
    before = await Store.open(sqlite_url)
    await letters(before, "p1", "p2")
    assert len(await lease(before, NOW, 10, 60)) == 2
    await before.close()
    after = await Store.open(sqlite_url)
    assert await lease(after, at(1), 10, 60) == [], "without it they wait until the lease ends"
    async with after.serving(at(1)):
        assert [(letter.id, letter.attempt) for letter in await lease(after, at(1), 10, 60)] == [
            ("e0", 2),
            ("e1", 2),
        ]
    await after.close()


async def test_what_another_has_in_its_hands_is_left_to_it(sqlite_url: str) -> None:
    one, two = await Store.open(sqlite_url), await Store.open(sqlite_url)
    await letters(one, "p1")
    async with one.serving(NOW):
        assert len(await lease(one, NOW, 10, 60)) == 1
        async with two.serving(at(1)):
            assert await lease(two, at(1), 10, 60) == []
    async with two.serving(at(2)):
        assert len(await lease(two, at(2), 10, 60)) == 1, "the other has ended"
    await one.close()
    await two.close()


async def test_postgresql_waits_for_the_lease(postgresql_url: str) -> None:
    """Whoever leased it may be on another machine."""
    store = await Store.open(postgresql_url)
    await letters(store, "p1")
    await lease(store, NOW, 10, 60)
    async with store.serving(at(1)):
        assert await lease(store, at(1), 10, 60) == []
        assert len(await lease(store, at(61), 10, 60)) == 1
    await store.close()


async def test_what_a_clock_that_was_ahead_put_off_is_due_at_the_next_start(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it, it waits until that time comes."""
    later, soon = NOW + timedelta(days=1), NOW + serving.FARTHEST
    await letters(store, "p1", "p2")
    await lease(store, NOW, 10, 60)
    await settle(store, [settled("e0", LetterState.WAITING, retry_at=later)], NOW)
    await settle(store, [settled("e1", LetterState.WAITING, retry_at=soon)], NOW)
    with monkeypatch.context() as without:
        without.setattr(serving, "_FAR", ())
        async with store.serving(NOW):
            assert await lease(store, NOW, 10, 60) == []
    async with store.serving(NOW):
        assert [letter.id for letter in await lease(store, NOW, 10, 60)] == ["e0"]
        await settle(store, [settled("e0", attempt=2)], NOW)
        assert [letter.id for letter in await lease(store, soon, 10, 60)] == ["e1"]


async def test_a_file_that_was_put_off_by_it_too(store: Store) -> None:
    await take_in(store, commit("e0", fetches=(Fetch("ref0"),)))
    [leased] = await lease_fetches(store, NOW, 10, 60)
    later = NOW + timedelta(days=1)
    await settle_fetches(store, [FetchSettlement(id=leased.id, attempt=1, retry_at=later)], NOW)
    assert await lease_fetches(store, NOW, 10, 60) == []
    async with store.serving(NOW):
        assert len(await lease_fetches(store, NOW, 10, 60)) == 1


@pytest.mark.parametrize(("used", "stay"), [(timedelta(seconds=30), True), (timedelta(minutes=2), False)])
async def test_nobody_stays_signed_in_when_the_clock_went_back(
    store: Store, used: timedelta, stay: bool
) -> None:
    """One session that was used later than now says that no other one's age is known."""
    await store.staff.keep(Account(id="a", name="a", roles=(), created_at=NOW))
    await store.staff.begin("a", "over", NOW - timedelta(minutes=10))
    await store.staff.begin("a", "used", NOW + used)
    async with store.serving(NOW):
        assert bool(await store.staff.signed_in("over")) == bool(await store.staff.signed_in("used")) == stay


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
