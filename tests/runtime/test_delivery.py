"""Letters on their way: what each fate leads to, and that none is dropped."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest

from bot.dialogue import Message, MessageType, Participant, Turn
from bot.errors import UnavailableError
from bot.runtime import leases
from bot.runtime.channel import Delivered, Fate, Parcel
from bot.runtime.delivery import OLD, TRIES, Delivery, Senders
from bot.runtime.identity import Identity, new_key, read_key
from bot.runtime.leases import Worker, backoff
from bot.store import Commit, Store, Terms
from tests.runtime.fakes import HandClock, Obedient, key_of, sent

ADDRESS = "U0123456789abcdef0123456789abcdef"


@pytest.fixture
def delivery(store: Store, channel: Obedient, identity: Identity, clock: HandClock) -> Delivery:
    return Delivery(outbox=store.outbox, name="line", channel=channel, identity=identity, clock=clock)


@pytest.fixture
def say(store: Store, identity: Identity, clock: HandClock) -> Callable[..., object]:
    """Commit a letter for somebody."""

    async def commit(event: str, sender: str = ADDRESS, channel: str = "line") -> None:
        person = identity.pseudonym("line", sender)
        turn = Turn(
            participant=Participant(id=person, channel=channel),
            messages=(Message(type=MessageType.SYSTEM, lines=(event,)),),
        )
        async with store.transaction() as transaction:
            key = await key_of(transaction, identity, person)
            letter = Commit(
                event=event,
                turn=turn,
                address=key.seal("addresses", person, sender.encode()),
                reply=key.seal_text("outbox", event, "token"),
                key=key.wrapped,
                mark=identity.mark(person),
                pulls=False,
                now=clock.now(),
            )
            await transaction.apply([letter])

    return commit


@asynccontextmanager
async def working(
    delivery: Delivery, clock: HandClock, at_once: int = 8, *, shared: bool = False
) -> AsyncIterator[Worker]:
    worker = Worker(delivery, clock, at_once, shared=shared)
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.close()
        async with asyncio.timeout(10):
            await task


async def settle_one(delivery: Delivery, clock: HandClock):
    """What becomes of the only letter that is due."""
    (job,), _ = await delivery.turn_over([], clock.now(), 8)
    settlement = await delivery.perform(job)
    await delivery.turn_over([settlement], clock.now(), 0)
    return settlement


def replying(fate: Fate, **values) -> Callable:
    async def reply(parcel: Parcel) -> Delivered:
        return Delivered(fate, **values)

    return reply


async def until(told: Callable[[], bool]) -> None:
    """Wait for something the worker does; the bound is for a test that fails."""
    async with asyncio.timeout(10):
        while not told():
            await asyncio.sleep(0.005)


async def test_a_letter_arrives_opened(delivery, clock, channel, say, store) -> None:
    await say("line:1")
    async with working(delivery, clock):
        await until(lambda: bool(channel.parcels))
    (parcel,) = channel.parcels
    assert (parcel.address, parcel.reply, parcel.attempt, parcel.id) == (ADDRESS, "token", 1, "line:1")
    assert (await store.counts()).waiting == 0


async def test_a_person_is_told_things_in_order_and_one_at_a_time(delivery, clock, channel, say) -> None:
    for n in range(6):
        await say(f"line:{n}", sender=f"U{n % 2}")
    talking: dict[str, int] = {}
    most: dict[str, int] = {}

    async def slow(parcel: Parcel) -> Delivered:
        talking[parcel.address] = talking.get(parcel.address, 0) + 1
        most[parcel.address] = max(most.get(parcel.address, 0), talking[parcel.address])
        await asyncio.sleep(0.01)
        talking[parcel.address] -= 1
        return await sent(parcel)

    channel.reply = slow
    async with working(delivery, clock):
        await until(lambda: len(channel.parcels) == 6)
    for person, wanted in (("U0", ["line:0", "line:2", "line:4"]), ("U1", ["line:1", "line:3", "line:5"])):
        assert [p.id for p in channel.parcels if p.address == person] == wanted
        assert most[person] == 1


async def test_no_more_than_so_many_at_once(delivery, clock, channel, say) -> None:
    for n in range(12):
        await say(f"line:{n}", sender=f"U{n}")
    now = most = 0

    async def slow(parcel: Parcel) -> Delivered:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.01)
        now -= 1
        return await sent(parcel)

    channel.reply = slow
    async with working(delivery, clock, at_once=3):
        await until(lambda: len(channel.parcels) == 12)
    assert most == 3


async def test_a_commit_wakes_the_worker(delivery, clock, channel, say) -> None:
    async with working(delivery, clock) as worker:
        await asyncio.sleep(0.05)
        await say("line:1")
        worker.wake()
        await until(lambda: bool(channel.parcels))


@pytest.mark.parametrize("fate", [Fate.SENT, Fate.UNKNOWN, Fate.GONE, Fate.REFUSED])
async def test_a_fate_that_is_final_is_not_repeated(delivery, clock, channel, say, store, fate) -> None:
    await say("line:1")
    channel.reply = replying(fate)
    await settle_one(delivery, clock)
    clock.move(days=2)
    assert (await delivery.turn_over([], clock.now(), 8))[0] == []
    assert (await store.counts()).parked == (fate is Fate.REFUSED)


async def test_retry_after_is_honoured_exactly(delivery, clock, channel, say) -> None:
    await say("line:1")
    channel.reply = replying(Fate.RETRY, retry_after=37.0, sent=0)
    await settle_one(delivery, clock)
    clock.move(seconds=36.9)
    assert (await delivery.turn_over([], clock.now(), 8))[0] == []
    clock.move(seconds=0.2)
    (job,), _ = await delivery.turn_over([], clock.now(), 8)
    assert job.attempt == 2


async def test_a_letter_nobody_takes_is_parked_in_the_end(delivery, clock, channel, say, store) -> None:
    await say("line:1")
    channel.reply = replying(Fate.RETRY)
    began = clock.now()
    while (settlement := await settle_one(delivery, clock)).retry_at is not None:
        clock.moment = settlement.retry_at
    assert OLD <= clock.now() - began < 1.1 * OLD
    assert (await store.counts()).parked == 1


async def test_an_old_letter_is_parked_once_it_was_tried_often(delivery, clock, channel, say, store) -> None:
    """Age alone parks nothing: a process may start after a day, or with a clock that is a year ahead."""
    await say("line:1")
    clock.move(seconds=OLD.total_seconds())
    channel.reply = replying(Fate.RETRY, retry_after=0.0)
    for attempt in range(1, TRIES + 1):
        assert (await store.counts()).parked == 0
        assert (await settle_one(delivery, clock)).attempt == attempt
    assert (await store.counts()).parked == 1


async def test_a_fault_of_a_channel_parks_its_letter_and_no_other(
    delivery, clock, channel, say, store
) -> None:
    async def reply(parcel: Parcel) -> Delivered:
        if parcel.id == "line:1":
            raise ZeroDivisionError("canary")
        return await sent(parcel)

    await say("line:1", sender="U1")
    await say("line:2", sender="U2")
    channel.reply = reply
    async with working(delivery, clock):
        await until(lambda: len(channel.parcels) == 2)
    counts = await store.counts()
    assert (counts.parked, counts.waiting) == (1, 0)


async def test_another_key_parks_instead_of_losing(store, channel, clock, say) -> None:
    await say("line:1")
    other = Identity(read_key(new_key()), "test")
    delivery = Delivery(outbox=store.outbox, name="line", channel=channel, identity=other, clock=clock)
    settlement = await settle_one(delivery, clock)
    assert "MASTER_KEY" in settlement.detail
    assert not channel.parcels
    assert (await store.counts()).parked == 1


async def test_a_channel_that_is_switched_off_keeps_its_letters(store, identity, clock, say) -> None:
    delivery = Delivery(outbox=store.outbox, name="telegram", channel=None, identity=identity, clock=clock)
    await say("telegram:1", channel="telegram")
    settlement = await settle_one(delivery, clock)
    assert settlement.retry_at is not None
    assert (await store.counts()).waiting == 1


async def test_a_silent_platform_holds_no_letter_of_another(store, identity, clock, channel, say) -> None:
    """As many letters as one worker has hands wait for Telegram; one to somebody on LINE arrives."""
    silent, go_on = Obedient(), asyncio.Event()

    async def silence(_: Parcel) -> Delivered:
        await go_on.wait()
        return Delivered(Fate.SENT, 1)

    silent.reply = silence
    hands = {
        name: Worker(
            Delivery(outbox=store.outbox, name=name, channel=one, identity=identity, clock=clock), clock, 2
        )
        for name, one in (("telegram", silent), ("line", channel))
    }
    senders = Senders(hands)
    for n in range(3):
        await say(f"telegram:{n}", sender=f"T{n}", channel="telegram")
    task = asyncio.create_task(senders.run())
    await until(lambda: len(silent.parcels) == 2)
    await say("line:1")
    senders.wake(["line"])
    await until(lambda: [parcel.id for parcel in channel.parcels] == ["line:1"])
    assert len(silent.parcels) == 2, "its hands are full"
    go_on.set()
    await until(lambda: len(silent.parcels) == 3)
    senders.close()
    async with asyncio.timeout(10):
        await task
    assert (await store.counts()).waiting == 0


async def test_a_lease_whose_commit_was_not_answered_is_taken_back(
    delivery, clock, say, store, monkeypatch
) -> None:
    """Nobody has these letters in hand, and nobody else may take them for a minute."""
    turn_over = store.outbox.turn_over

    async def unanswered(*asked):
        await turn_over(*asked)
        raise UnavailableError("the server died after the commit")

    await say("line:1")
    with monkeypatch.context() as patched, pytest.raises(UnavailableError):
        patched.setattr(store.outbox, "turn_over", unanswered)
        await delivery.turn_over([], clock.now(), 8)
    clock.move(seconds=1)
    without, _ = await turn_over([], clock.now(), Terms("line", 8, 60))
    assert without == [], "it waits for the lease to end"
    (letter,), _ = await delivery.turn_over([], clock.now(), 8)
    assert (letter.id, letter.via) == ("line:1", ""), (
        "it was in nobody's hands, so nothing can have been shown"
    )
    assert (await delivery.turn_over([], clock.now(), 8))[0] == [], "this one is in somebody's"


async def test_what_ended_is_written_down_with_the_next_commit_or_at_a_stop(
    delivery, clock, channel, say, store, monkeypatch
) -> None:
    monkeypatch.setattr(leases, "_GATHERING", 30)
    await say("line:1", sender="U1")
    async with working(delivery, clock) as worker:
        await until(lambda: worker._done)
        assert (await store.counts()).waiting == 1, "it has arrived, and nobody needs to know it yet"
        await say("line:2", sender="U2")
        worker.wake()
        await until(lambda: len(channel.parcels) == 2)
        assert (await store.counts()).waiting == 1, "the second; the first was written down as it was leased"
        await until(lambda: worker._done)
    assert (await store.counts()).waiting == 0


async def test_what_is_leased_is_finished_at_a_stop(delivery, clock, channel, say, store) -> None:
    await say("line:1")
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def reply(parcel: Parcel) -> Delivered:
        begun.set()
        await go_on.wait()
        return await sent(parcel)

    channel.reply = reply
    worker = Worker(delivery, clock, 8)
    task = asyncio.create_task(worker.run())
    await begun.wait()
    worker.close()
    await asyncio.sleep(0.02)
    assert not task.done()
    go_on.set()
    async with asyncio.timeout(10):
        await task
    assert (await store.counts()).waiting == 0


async def test_a_process_that_dies_leaves_its_letters_to_the_next(delivery, clock, channel, say) -> None:
    await say("line:1")
    begun = asyncio.Event()

    async def never(parcel: Parcel) -> Delivered:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    channel.reply = never
    task = asyncio.create_task(Worker(delivery, clock, 8).run())
    await begun.wait()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert (await delivery.turn_over([], clock.now(), 8))[0] == []
    clock.move(minutes=3)
    channel.reply = sent
    async with working(delivery, clock):
        await until(lambda: len(channel.parcels) == 2)
    assert [p.attempt for p in channel.parcels] == [1, 2]


async def test_a_store_that_fails_is_asked_again_and_nothing_is_lost(
    delivery, clock, channel, say, store
) -> None:
    """To lease fails once, and so does to settle: the worker lives and the letter is settled."""
    await say("line:1")
    failing = {"lease", "settle"}

    class Shaky:
        perform = delivery.perform

        async def turn_over(self, done, now, limit):
            asked = "settle" if done else "lease"
            if asked in failing:
                failing.discard(asked)
                raise UnavailableError("not now")
            return await delivery.turn_over(done, now, limit)

    worker = Worker(Shaky(), clock, 8)
    task = asyncio.create_task(worker.run())
    async with asyncio.timeout(20):
        while (await store.counts()).waiting:
            await asyncio.sleep(0.05)
    worker.close()
    await task
    assert len(channel.parcels) == 1
    assert not failing


def test_waits_double_and_never_come_together() -> None:
    waits = [backoff("line:1", attempt, 2.0, 600.0) for attempt in range(1, 12)]
    for attempt, wait in enumerate(waits, start=1):
        whole = min(600.0, 2.0 * 2 ** (attempt - 1))
        assert whole / 2 <= wait <= whole
    assert waits == [backoff("line:1", attempt, 2.0, 600.0) for attempt in range(1, 12)]
    assert len({backoff(f"line:{n}", 3, 2.0, 600.0) for n in range(100)}) == 100
    assert timedelta(seconds=backoff("line:1", 10_000, 2.0, 600.0)) <= timedelta(minutes=10)


async def test_what_another_process_left_is_found_without_a_word(
    delivery, clock, channel, say, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It committed a letter and died: nobody wakes us."""
    monkeypatch.setattr(leases, "LOOK", 0.02)
    async with working(delivery, clock, shared=True):
        await asyncio.sleep(0.1)
        await say("line:1")
        await until(lambda: bool(channel.parcels))
    async with working(delivery, clock):
        await asyncio.sleep(0.1)
        await say("line:2")
        await asyncio.sleep(0.2)
        assert len(channel.parcels) == 1, "without looking nobody finds it"
