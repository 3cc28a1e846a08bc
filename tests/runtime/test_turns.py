"""From events to what is stored, with the real library, handlers and both databases."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from bot.dialogue import Action, Event, Opened, Participant, Pressed, Turn, Typed, Verb
from bot.errors import UnavailableError
from bot.library import Library, load
from bot.runtime.channel import Broken, Incoming
from bot.runtime.clock import SystemClock
from bot.runtime.identity import Identity, new_key, read_key
from bot.runtime.intake import BATCH, Intake
from bot.runtime.sealing import Sealer, SealError
from bot.runtime.turns import Turns
from bot.store import Store
from bot.store.database import Database
from bot.store.schema import metadata
from handlers import take_turn
from tests.store.look import column

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SENDER = "U0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def library() -> Library:
    return load()


@pytest.fixture
def turns(store: Store, library: Library) -> Turns:
    return Turns(
        store=store,
        library=library,
        identity=Identity(read_key(new_key()), "test"),
        clock=SystemClock(),
        take_turn=take_turn,
        pulling=["web"],
        committed=lambda _: None,
    )


def incoming(id_: str, body, *, second: int = 0, sender: str = SENDER) -> Incoming:
    return Incoming(Event(f"line:{id_}", AT + timedelta(seconds=second), "line", body), sender, "reply-token")


def choice(library: Library, option: str) -> Pressed:
    question = library.questions["3.5-c1"]
    return Pressed(Action(Verb.CHOOSE, (question.id, question.version, option)).token())


@asynccontextmanager
async def working(commit) -> AsyncIterator[Intake]:
    intake = Intake(commit)
    worker = asyncio.create_task(intake.run())
    yield intake
    intake.close()
    await worker


async def stored(store: Store) -> list[tuple[str, ...]]:
    return [answer.chosen async for _, answer in store.answers.export(history=True)]


async def test_a_redelivery_changes_nothing(turns: Turns, store: Store, library: Library) -> None:
    async with working(turns.commit) as intake:
        for _ in range(3):
            await intake.submit([incoming("1", choice(library, "a"))])
        await asyncio.gather(
            *(intake.submit([incoming("2", choice(library, "b"), second=9)]) for _ in range(64))
        )
    assert sorted(await stored(store)) == [("a",), ("b",)]


async def test_a_key_and_its_address_are_stored_once_and_anew_after_an_erasure(
    turns: Turns, store: Store, database_url: str
) -> None:
    async def sealed() -> list[object]:
        places = (("addresses", "sealed"), ("data_keys", "wrapped"))
        return [value for place in places for value in await column(database_url, *place)]

    await turns.commit([incoming("1", Opened()), incoming("2", Opened(), second=1)])
    before = await sealed()
    await turns.commit([incoming("3", Opened(), second=2)])
    assert await sealed() == before
    erase = Pressed(Action(Verb.ERASE_NOW, (sha256(b"").hexdigest()[:12],)).token())
    await turns.commit([incoming("4", erase, second=3), incoming("5", Opened(), second=4)])
    assert len(before) == len(set(before) | set(await sealed())) / 2 == 2


async def test_one_persons_events_are_taken_in_the_order_of_their_time(
    turns: Turns, store: Store, library: Library
) -> None:
    """Both wait in one batch, the newer first."""
    events = [incoming("2", choice(library, "b"), second=2), incoming("1", choice(library, "a"), second=1)]
    await turns.commit(events)
    person = await store.people.load(turns.identity.pseudonym("line", SENDER))
    assert person is not None
    assert [a.chosen for a in person.answers] == [("b",)]
    assert sorted(await stored(store)) == [("a",), ("b",)]


async def test_a_bug_costs_its_own_turn_only(turns: Turns, store: Store, library: Library) -> None:
    def buggy(person: Participant, event: Event, library: Library) -> Turn:
        if event.id == "line:bad":
            raise ZeroDivisionError("the person wrote ความลับ")
        return take_turn(person, event, library)

    spoilt = replace_turns(turns, take_turn=buggy)
    await spoilt.commit(
        [incoming("bad", Typed("ความลับ")), incoming("good", choice(library, "a"), sender="U" + "1" * 32)]
    )
    assert await stored(store) == [("a",)]
    counts = await everything(store)
    assert "ZeroDivisionError" in counts
    assert "ความลับ" not in counts
    assert "ระบบของเราขัดข้อง" in counts


def replace_turns(turns: Turns, **changes) -> Turns:
    import dataclasses

    return dataclasses.replace(turns, **changes)


async def everything(store: Store) -> str:
    """Every value of every table."""
    database: Database = store._database
    async with database.reading() as connection:
        return "\n".join(
            [
                repr(tuple(row))
                for table in metadata.sorted_tables
                for row in (await connection.execute(select(table))).all()
            ]
        )


async def test_what_cannot_be_read_is_kept_sealed(turns: Turns, store: Store) -> None:
    await turns.commit([Broken("line:x", "line", "no timestamp", b'{"text": "canary"}')])
    told = await everything(store)
    assert "no timestamp" in told
    assert "canary" not in told


async def test_no_platform_id_is_readable(turns: Turns, store: Store) -> None:
    await turns.commit([incoming("1", Opened()), incoming("2", Typed("หยุด"), second=1)])
    told = await everything(store)
    assert SENDER not in told
    assert "reply-token" not in told
    assert turns.identity.pseudonym("line", SENDER) in told


async def test_nothing_is_acknowledged_that_is_not_stored(
    turns: Turns, store: Store, library: Library
) -> None:
    """The process dies at any await of the transaction: stored whole or not at all, and never both answered and lost."""
    for n in range(1, 40):
        task = asyncio.ensure_future(turns.commit([incoming(f"c{n}", choice(library, "a"), sender=f"U{n}")]))
        for _ in range(n):
            await asyncio.sleep(0)
        task.cancel()
        done = (await asyncio.gather(task, return_exceptions=True))[0]
        person = await store.people.load(turns.identity.pseudonym("line", f"U{n}"))
        if done is None:
            assert person is not None
            assert person.answers
        await turns.commit([incoming(f"c{n}", choice(library, "a"), sender=f"U{n}")])  # redelivered
        person = await store.people.load(turns.identity.pseudonym("line", f"U{n}"))
        assert person is not None
        assert [a.chosen for a in person.answers] == [("a",)]
    assert len(await stored(store)) == 39


async def test_everything_that_waits_is_one_batch() -> None:
    batches: list[int] = []
    gate = asyncio.Event()

    async def commit(events) -> None:
        await gate.wait()
        batches.append(len(events))

    async with working(commit) as intake:
        waiting = [asyncio.create_task(intake.submit([incoming(str(n), Opened())])) for n in range(600)]
        await asyncio.sleep(0.05)
        gate.set()
        await asyncio.gather(*waiting)
    assert sum(batches) == 600
    assert max(batches) == BATCH
    assert len(batches) <= 4


async def test_a_failing_store_fails_those_who_wait_and_the_worker_goes_on() -> None:
    failing = True

    async def commit(events) -> None:
        if failing:
            raise UnavailableError("not now")

    async with working(commit) as intake:
        with pytest.raises(UnavailableError):
            await intake.submit([incoming("1", Opened())])
        failing = False
        await intake.submit([incoming("1", Opened())])
    with pytest.raises(UnavailableError):
        await intake.submit([incoming("2", Opened())])


def test_a_pseudonym_is_the_same_and_cannot_be_joined() -> None:
    key = read_key(new_key())
    one, other = Identity(key, "a"), Identity(key, "b")
    assert one.pseudonym("line", SENDER) == Identity(key, "a").pseudonym("line", SENDER)
    different = {one.pseudonym("line", SENDER), other.pseudonym("line", SENDER), one.pseudonym("web", SENDER)}
    assert len(different | {Identity(read_key(new_key()), "a").pseudonym("line", SENDER)}) == 4


def test_what_is_sealed_opens_only_whole_and_in_its_row() -> None:
    sealer = Sealer(read_key(new_key()))
    sealed = sealer.seal("addresses", "row-1", b"address")
    assert sealer.unseal("addresses", "row-1", sealed) == b"address"
    flipped = bytes([*sealed[:-1], sealed[-1] ^ 1])
    for table, row, content in (
        ("addresses", "row-2", sealed),
        ("quarantine", "row-1", sealed),
        ("addresses", "row-1", flipped),
        ("addresses", "row-1", b""),
    ):
        with pytest.raises(SealError):
            sealer.unseal(table, row, content)


def test_a_link_runs_out_and_cannot_be_forged() -> None:
    identity = Identity(read_key(new_key()), "a")
    token = identity.link_token("p1", AT)
    assert identity.link_owner(token, AT) == "p1"
    assert identity.link_owner(token, AT + timedelta(hours=1, seconds=1)) is None
    for forged in (
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        "",
        "a.b.c",
        token.replace("p1", "p2", 1),
    ):
        assert forged == token or identity.link_owner(forged, AT) is None


def test_a_person_survives_the_state(library: Library) -> None:
    assert replace(Participant(id="p", channel="line"), stopped=True).stopped
