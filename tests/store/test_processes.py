"""Several processes on one database; here each is a store of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from bot.errors import UnavailableError
from bot.store import LetterState, Store, operations, outbox, processes
from bot.store.staff import Attempts
from tests.store.rows import lease, settle
from tests.store.test_outbox import letters, settled
from tests.store.values import NOW


@pytest.fixture
async def pair(postgresql_url: str) -> AsyncIterator[tuple[Store, Store]]:
    """Two processes on PostgreSQL."""
    one, other = await Store.open(postgresql_url), await Store.open(postgresql_url)
    yield one, other
    await one.close()
    await other.close()


async def test_one_at_a_time_is_alone(pair: tuple[Store, Store]) -> None:
    one, other = pair
    async with one.processes.alone("rounds") as alone:
        assert alone
        async with other.processes.alone("rounds") as second:
            assert not second
        async with other.processes.alone("something else") as beside:
            assert beside
    async with other.processes.alone("rounds") as after:
        assert after


async def test_whoever_fails_inside_lets_go(pair: tuple[Store, Store]) -> None:
    one, other = pair
    with pytest.raises(ZeroDivisionError):
        async with one.processes.alone("rounds"):
            raise ZeroDivisionError
    async with other.processes.alone("rounds") as after:
        assert after


async def test_a_process_that_is_gone_holds_nothing(pair: tuple[Store, Store]) -> None:
    one, other = pair
    with pytest.raises(UnavailableError):
        async with one.processes.alone("rounds"):
            await cut_off(other, "%advisory_lock%")
            async with other.processes.alone("rounds") as meanwhile:
                assert meanwhile
    async with one.processes.alone("rounds") as again:
        assert again, "neither the connection nor the lock is anybody's"


async def cut_off(store: Store, doing: str) -> None:
    """Have the server end the connections whose last statement was like this."""
    async with store._database.writing() as connection:
        ended = await connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE :doing"
            ),
            {"doing": doing},
        )
        assert len(ended.all()) == 1


async def test_beside_sqlite_there_is_nobody(sqlite_store: Store) -> None:
    assert not sqlite_store.processes.several
    async with sqlite_store.processes.alone("rounds") as alone:
        assert alone
    await sqlite_store.processes.call(["p1"])
    assert await sqlite_store.processes.apart(lambda: NOW) == 0


async def test_a_call_is_heard_everywhere(pair: tuple[Store, Store], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_AT_ONCE", 2)
    one, other = pair
    async with asyncio.timeout(20), aclosing(one.processes.calls()) as calls:
        assert await anext(calls) is None, "from here on nothing is missed"
        await other.processes.call(["p1", "p2", "p3"])
        assert [await anext(calls), await anext(calls)] == [["p1", "p2"], ["p3"]]


async def test_a_call_takes_everybody_of_a_batch(pair: tuple[Store, Store]) -> None:
    """PostgreSQL refuses 8,000 bytes."""
    one, other = pair
    everybody = [f"p{n:026}" for n in range(256)]
    async with asyncio.timeout(20), aclosing(one.processes.calls()) as calls:
        await anext(calls)
        await other.processes.call(everybody)
        assert [*(await anext(calls) or []), *(await anext(calls) or [])] == everybody


async def test_a_listener_that_is_cut_off_says_so(pair: tuple[Store, Store]) -> None:
    one, other = pair
    async with asyncio.timeout(20), aclosing(one.processes.calls()) as calls:
        await anext(calls)
        await cut_off(other, "LISTEN%")
        with pytest.raises(UnavailableError):
            await anext(calls)


async def test_silence_is_no_end(pair: tuple[Store, Store], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_SILENCE", 0.05)
    one, other = pair
    async with asyncio.timeout(20), aclosing(one.processes.calls()) as calls:
        await anext(calls)
        heard = asyncio.ensure_future(anext(calls))
        await asyncio.wait([heard], timeout=0.3)
        await other.processes.call(["p1"])
        assert await heard == ["p1"]


async def test_how_far_the_clocks_are_apart(pair: tuple[Store, Store]) -> None:
    assert abs(await pair[0].processes.apart(lambda: datetime.now(UTC))) < 1
    ahead = await pair[0].processes.apart(lambda: datetime.now(UTC) + timedelta(hours=1))
    assert -3601 < ahead < -3599


async def test_two_processes_never_hold_two_letters_of_one_person(pair: tuple[Store, Store]) -> None:
    one, other = pair
    await letters(one, *(f"p{n % 5}" for n in range(40)))
    held: set[str] = set()
    sent: list[str] = []

    async def work(store: Store) -> None:
        while len(sent) < 40:
            leased = await lease(store, NOW, 2, 30)
            for letter in leased:
                assert letter.participant not in held
                held.add(letter.participant)
            await asyncio.sleep(0)
            for letter in leased:
                held.remove(letter.participant)
                sent.append(letter.id)
            await settle(store, [settled(letter.id) for letter in leased], NOW)

    async with asyncio.timeout(60):
        await asyncio.gather(*(work(store) for store in (one, other, one, other)))
    assert len(sent) == len(set(sent)) == 40
    for n in range(5):
        mine = [int(id_[1:]) for id_ in sent if int(id_[1:]) % 5 == n]
        assert mine == sorted(mine)


async def test_of_attempts_made_at_once_each_counts_those_before_it(pair: tuple[Store, Store]) -> None:
    """Three are free: of forty that come together, no more are looked at."""

    def count(before: Attempts | None) -> Attempts:
        failures = (before.failures if before else 0) + 1
        return Attempts(failures, NOW + timedelta(seconds=10 if failures >= 3 else 0))

    async def attempt(store: Store) -> bool:
        return await store.staff.attempt({"name": count, "address": count}, NOW) is None

    looked_at = await asyncio.gather(*(attempt(pair[n % 2]) for n in range(40)))
    assert sum(looked_at) == 3


async def test_what_was_used_in_one_process_is_used_in_all(pair: tuple[Store, Store]) -> None:
    until = NOW + timedelta(minutes=10)
    used = await asyncio.gather(*(pair[n % 2].staff.use("state", until) for n in range(10)))
    assert sum(used) == 1
    await pair[0].staff.forgive_old(until + timedelta(seconds=1))
    assert await pair[1].staff.use("state", until)


async def test_a_parked_letter_is_not_sent_beside_one_that_is_just_being_leased(
    pair: tuple[Store, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = pair

    async def again_while_leasing() -> int:
        """Another process has leased the newer letter and not committed yet."""
        async with other._database.writing() as leasing:
            values = {
                "through": "line",
                "push_before": None,
                "now": NOW,
                "limit": 9,
                "until": NOW + timedelta(seconds=30),
            }
            leased = await leasing.execute(outbox._LEASE, values)
            assert [row.id for row in leased] == ["e1"]
            again = asyncio.create_task(one.operations.send_again(["e0"], NOW))
            await asyncio.wait([again], timeout=0.5)
        return await again

    await letters(one, "p1", "p1")
    await lease(one, NOW, 9, 30)
    await settle(one, [settled("e0", LetterState.PARKED)], NOW)
    assert await again_while_leasing() == 0
    await settle(one, [settled("e1", LetterState.WAITING, retry_at=NOW)], NOW)
    monkeypatch.setattr(operations, "_ON_ITS_WAY", text("SELECT 1"))
    assert await again_while_leasing() == 1, "two letters of one person would be in two hands"
