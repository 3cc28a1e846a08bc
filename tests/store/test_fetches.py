"""Files to bring: leased, tried again, and gone when done."""

import asyncio

from bot.dialogue import Fetch
from bot.store import FetchSettlement, Store
from tests.store.rows import lease_fetches, next_fetch, settle_fetches
from tests.store.values import NOW, address, at, commit, take_in

FETCHES = (Fetch("ref0", "a.pdf", "m1"), Fetch("ref1"))


async def test_a_fetch_is_leased_with_all_it_needs(store: Store) -> None:
    await take_in(store, commit("e0", fetches=FETCHES))
    first, second = await lease_fetches(store, NOW, 10, 30)
    assert (first.id, second.id) == ("e0/f0", "e0/f1")
    assert (first.ref, first.name, first.message, first.reply) == ("ref0", "a.pdf", "m1", "token")
    assert (first.participant, first.channel, first.address, first.attempt) == ("p1", "line", address(), 1)
    assert await lease_fetches(store, NOW, 10, 30) == []


async def test_a_fetch_is_tried_again_or_done(store: Store) -> None:
    await take_in(store, commit("e0", fetches=FETCHES))
    assert await next_fetch(store, NOW) == NOW
    await lease_fetches(store, NOW, 10, 30)
    await settle_fetches(
        store,
        [FetchSettlement(id="e0/f0", attempt=1), FetchSettlement(id="e0/f1", attempt=1, retry_at=at(60))],
        NOW,
    )
    assert await next_fetch(store, NOW) == at(60)
    [again] = await lease_fetches(store, at(60), 10, 30)
    assert (again.id, again.attempt) == ("e0/f1", 2)
    await settle_fetches(store, [FetchSettlement(id="e0/f1", attempt=1)], NOW)  # a worker that lost its lease
    assert (await store.counts()).fetches == 1
    await settle_fetches(store, [FetchSettlement(id="e0/f1", attempt=2)], NOW)
    assert await next_fetch(store, NOW) is None


async def test_two_workers_never_hold_one_fetch(store: Store) -> None:
    await take_in(store, *(commit(f"e{n}", fetches=FETCHES) for n in range(10)))
    leased = await asyncio.gather(*(lease_fetches(store, NOW, 4, 30) for _ in range(8)))
    ids = [fetch.id for some in leased for fetch in some]
    assert len(ids) == len(set(ids))
    ids += [fetch.id for fetch in await lease_fetches(store, NOW, 20, 30)]
    assert len(ids) == len(set(ids)) == 20
