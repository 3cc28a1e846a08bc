"""Each person's own key: made, wrapped, wrapped anew, and gone with the person."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import text
from structlog.testing import capture_logs

from bot.dialogue import (
    Erase,
    Event,
    Message,
    MessageType,
    Opened,
    Participant,
    Pressed,
    Scope,
    Turn,
    Typed,
)
from bot.errors import SettingsError
from bot.library import Library, load
from bot.runtime.channel import Incoming
from bot.runtime.delivery import Delivery
from bot.runtime.identity import Identity, new_key, read_key
from bot.runtime.keys import BATCH, MasterKeys, require_masters, rotate
from bot.runtime.sealing import SealError
from bot.runtime.turns import Turns
from bot.store import Store
from handlers import take_turn
from tests.runtime.fakes import HandClock, Obedient
from tests.store.rows import lease

NAMING, OLD, NEW = (read_key(new_key()) for _ in range(3))
AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def says(person: Participant, event: Event, library: Library) -> Turn:
    """One word to whoever comes; a press erases everything; "web:bad" and "line:bad" are too much."""
    if event.id.endswith("bad"):
        raise ZeroDivisionError
    message = Message(type=MessageType.SYSTEM, lines=("คำตอบ",))
    if isinstance(event.body, Pressed):
        nobody = Participant(id=person.id, channel=person.channel, acted_at=event.at)
        return Turn(participant=nobody, messages=(message,), erase=Erase(Scope.EVERYTHING))
    return Turn(participant=replace(person, acted_at=event.at), messages=(message,))


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Turns fail here on purpose; their tracebacks, drawn for a terminal, take seconds each."""
    with capture_logs():
        yield


@pytest.fixture(scope="module")
def library() -> Library:
    return load()


def turns_of(store: Store, identity: Identity, clock: HandClock, library: Library, take=says) -> Turns:
    return Turns(
        store=store,
        library=library,
        identity=identity,
        clock=clock,
        take_turn=take,
        pulling=["web"],
        committed=lambda _: None,
    )


def opened(n: object, channel: str = "line", second: int = 0) -> Incoming:
    event = Event(f"{channel}:{n}", AT + timedelta(seconds=second), channel, Opened())
    return Incoming(event, f"sender-{n}", "token")


def erasing(came: Incoming, id_: str, second: int) -> Incoming:
    at = AT + timedelta(seconds=second)
    return replace(came, event=replace(came.event, id=id_, at=at, body=Pressed("1:erase-now:x")))


async def test_keys_rotate_while_letters_wait(store: Store, clock: HandClock, library: Library) -> None:
    before = Identity(NAMING, "c", MasterKeys(OLD))
    people = BATCH + 7
    await turns_of(store, before, clock, library).commit([opened(n) for n in range(people)])
    both, after = MasterKeys(NEW, OLD), MasterKeys(NEW)
    with pytest.raises(SettingsError, match=f"{people} data keys"):
        await require_masters(store, after)
    await require_masters(store, both)
    # A process with the new settings serves while nothing is rotated yet, and shares people with the old.
    identity = Identity(NAMING, "c", both)
    await turns_of(store, identity, clock, library).commit(
        [replace(opened(0), event=replace(opened(0).event, id="line:again")), opened("new")]
    )
    assert await store.keys.masters() == {MasterKeys(OLD).current: people, both.current: 1}
    assert (await rotate(store.keys, both)).rewrapped == people
    done = await rotate(store.keys, both)
    assert (done.rewrapped, done.left) == (0, 0)
    await require_masters(store, after)

    channel = Obedient()
    only_new = Identity(NAMING, "c", after)
    delivery = Delivery(outbox=store.outbox, name="line", channel=channel, identity=only_new, clock=clock)
    jobs, _ = await delivery.turn_over([], clock.now(), people + 1)
    await delivery.turn_over([await delivery.perform(job) for job in jobs], clock.now(), 0)
    assert {p.address for p in channel.parcels} == {f"sender-{n}" for n in (*range(people), "new")}
    assert {p.reply for p in channel.parcels} == {"token"}


async def test_a_key_under_an_unknown_master_is_left_and_told_of(store: Store, clock, library) -> None:
    await turns_of(store, Identity(NAMING, "c", MasterKeys(OLD)), clock, library).commit([opened(1)])
    done = await rotate(store.keys, MasterKeys(NEW))
    assert (done.rewrapped, done.left) == (0, 1)


async def test_a_rotation_does_not_undo_what_came_between(store: Store, clock, library) -> None:
    """Read, then erased or wrapped by another, then written: the row stays as the other left it."""
    old, new = MasterKeys(OLD), MasterKeys(NEW, OLD)
    identity = Identity(NAMING, "c", old)
    turns = turns_of(store, identity, clock, library)
    await turns.commit([opened(1), opened(2)])
    read = await store.keys.under_others(new.current, "", 10)
    pairs = [(key, new.rewrap(key)) for key in read]
    await turns.commit([erasing(opened(1), "line:e", 1)])
    assert await store.keys.replace(pairs) == 1
    assert await store.keys.masters() == {old.current: 1, new.current: 1}


def test_a_wrapped_key_opens_only_for_its_person_and_under_its_master() -> None:
    masters = MasterKeys(NEW, OLD)
    made = masters.make("p1")
    sealed = made.seal("addresses", "p1", b"U1")
    assert masters.open(made.wrapped).unseal("addresses", "p1", sealed) == b"U1"
    assert MasterKeys(OLD, NEW).open(made.wrapped).unseal("addresses", "p1", sealed) == b"U1"
    for wrong in (
        replace(made.wrapped, participant="p2"),
        replace(made.wrapped, wrapped=made.wrapped.wrapped[::-1]),
        replace(made.wrapped, master=MasterKeys(OLD).current),
    ):
        with pytest.raises(SealError):
            masters.open(wrong)
    with pytest.raises(SealError):
        MasterKeys(OLD).open(made.wrapped)
    with pytest.raises(SealError):
        masters.make("p1").unseal("addresses", "p1", sealed)
    rewrapped = MasterKeys(OLD, NEW).rewrap(made.wrapped)
    assert MasterKeys(OLD).open(rewrapped).unseal("addresses", "p1", sealed) == b"U1"


async def test_an_erasure_changes_the_key_and_the_last_letter_takes_it_along(
    store: Store, clock: HandClock, library: Library
) -> None:
    identity = Identity(NAMING, "c")
    turns = turns_of(store, identity, clock, library)
    person = identity.pseudonym("line", "sender-1")
    await turns.commit([opened(1)])
    async with store.transaction() as tx:
        first = (await tx.keys([person]))[person]
    await turns.commit([erasing(opened(1), "line:e", 1)])
    async with store.transaction() as tx:
        second = (await tx.keys([person]))[person]
    sealed = identity.masters.open(second).seal("addresses", person, b"x")
    with pytest.raises(SealError):
        identity.masters.open(first).unseal("addresses", person, sealed)
    channel = Obedient()
    delivery = Delivery(outbox=store.outbox, name="line", channel=channel, identity=identity, clock=clock)
    (job,), _ = await delivery.turn_over([], clock.now(), 9)
    await delivery.turn_over([await delivery.perform(job)], clock.now(), 0)
    assert [p.address for p in channel.parcels] == ["sender-1"]
    assert await store.keys.masters() == {}
    assert await store.people.load(person) is None


async def test_what_failed_before_an_erasure_in_its_batch_is_not_kept(store, clock, library) -> None:
    turns = turns_of(store, Identity(NAMING, "c"), clock, library)
    bad = replace(opened(1), event=replace(opened(1).event, id="line:bad"))
    await turns.commit([bad, erasing(opened(1), "line:e", 1)])
    assert (await store.counts()).quarantined == 0
    late = replace(opened(1), event=replace(opened(1).event, id="line:2bad", at=AT + timedelta(seconds=2)))
    await turns.commit([late])
    assert (await store.counts()).quarantined == 1


async def test_what_is_quarantined_of_a_known_person_opens_with_their_key(store, clock, library) -> None:
    identity = Identity(NAMING, "c")
    bad = opened("bad", "web")
    await turns_of(store, identity, clock, library).commit([bad])
    person = identity.pseudonym("web", bad.sender)
    async with store._database.reading() as connection:
        sealed = (await connection.execute(text("SELECT sealed FROM quarantine"))).scalar_one()
    async with store.transaction() as tx:
        key = identity.masters.open((await tx.keys([person]))[person])
    assert b"sender-bad" in key.unseal("quarantine", "web:bad", sealed)
    with pytest.raises(SealError):
        identity.unclaimed.unseal("quarantine", "web:bad", sealed)


async def test_an_act_from_before_the_erasure_is_late_although_nobody_is_known_any_more(
    store: Store, clock: HandClock, library: Library
) -> None:
    """LINE may deliver out of order: the ledger tells it, once nothing else is left that could."""
    identity = Identity(NAMING, "c")
    came = opened(1)
    erasing_turns = turns_of(store, identity, clock, library)
    await erasing_turns.commit([came])
    await erasing_turns.commit([erasing(came, "line:e", 10)])
    delivery = Delivery(outbox=store.outbox, name="line", channel=Obedient(), identity=identity, clock=clock)
    (job,), _ = await delivery.turn_over([], clock.now(), 9)
    await delivery.turn_over([await delivery.perform(job)], clock.now(), 0)
    assert (await store.counts()).participants == 0
    event = replace(came.event, id="line:late", at=AT + timedelta(seconds=5), body=Typed("ข้อ ๓.๕"))
    await turns_of(store, identity, clock, library, take_turn).commit([replace(came, event=event)])
    (letter,) = await lease(store, clock.now(), 9, 30)
    assert set(library.phrases["late"].lines) <= {line for m in letter.messages for line in m.lines}
    person = await store.people.load(identity.pseudonym("line", came.sender))
    assert person is not None
    assert person.acted_at == AT + timedelta(seconds=10)
