"""The process or the database fails at any step of the transaction: nothing is acknowledged that is not
stored, and what comes again is stored once."""

import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from bot.dialogue import Action, Event, Participant, Pressed, Turn, Verb
from bot.errors import UnavailableError
from bot.library import Library, load
from bot.runtime.channel import Broken, Incoming
from bot.runtime.clock import SystemClock
from bot.runtime.identity import Identity
from bot.runtime.turns import Turns
from bot.store import Store
from handlers import take_turn

STEPS = ("begin", "claim", "participants", "apply", "quarantine", "before the commit", "after the commit")


class PowerCutError(BaseException):
    """The process is gone; nobody catches this."""


class Failing:
    """A store whose transaction fails at one step, once."""

    def __init__(self, store: Store, step: str, error: BaseException) -> None:
        self._store = store
        self._step = step
        self._error = error

    def meet(self, step: str) -> None:
        if step == self._step:
            self._step = ""
            raise self._error

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[object]:
        self.meet("begin")
        async with self._store.transaction() as transaction:
            yield _Stepping(transaction, self)
            self.meet("before the commit")
        self.meet("after the commit")


class _Stepping:
    def __init__(self, transaction: object, failing: Failing) -> None:
        self._transaction = transaction
        self._failing = failing

    def __getattr__(self, name: str):
        method = getattr(self._transaction, name)

        async def stepping(*arguments):
            result = await method(*arguments)
            self._failing.meet(name)
            return result

        return stepping


@pytest.fixture(scope="module")
def library() -> Library:
    return load()


@pytest.fixture
def turns(store: Store, library: Library, identity: Identity) -> Turns:
    return Turns(
        store=store,
        library=library,
        identity=identity,
        clock=SystemClock(),
        take_turn=take_turn,
        pulling=["web"],
        committed=lambda _: None,
    )


@pytest.fixture
def batch(library: Library) -> list[Incoming | Broken]:
    """Five people answer, and something comes that cannot be read."""
    question = library.questions["3.5-c1"]
    body = Pressed(Action(Verb.CHOOSE, (question.id, question.version, "a")).token())
    at = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
    return [
        *(Incoming(Event(f"line:{n}", at, "line", body), f"U{n}", "token") for n in range(5)),
        Broken("line:x", "line", "no timestamp", b"{}"),
    ]


async def answered(store: Store) -> list[str]:
    return sorted([answer.id async for _, answer in store.answers.export(history=True)])


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("error", [UnavailableError("not now"), PowerCutError()], ids=["store", "power"])
async def test_nothing_is_acknowledged_that_is_not_stored(
    turns: Turns, store: Store, batch: list[Incoming | Broken], step: str, error: BaseException
) -> None:
    shaky = dataclasses.replace(turns, store=Failing(store, step, error))  # type: ignore[arg-type]
    with pytest.raises(type(error)):
        await shaky.commit(batch)
    committed = step == "after the commit"
    assert len(await answered(store)) == (5 if committed else 0)
    assert (await store.counts()).quarantined == committed
    for _ in range(2):  # it comes again, and again
        await shaky.commit(batch)
        assert len(await answered(store)) == 5
        counts = await store.counts()
        assert (counts.quarantined, counts.waiting) == (1, 5)


async def test_a_turn_that_cannot_be_stored_costs_itself_alone(
    turns: Turns, store: Store, batch: list[Incoming | Broken]
) -> None:
    """A fault that only the database finds: one answer under two ids, both current."""

    def faulty(person: Participant, event: Event, library: Library) -> Turn:
        turn = take_turn(person, event, library)
        if event.id != "line:2":
            return turn
        twins = tuple(replace(record, id=f"{record.id}-twin") for record in turn.records)
        return replace(turn, records=(*turn.records, *twins))

    await dataclasses.replace(turns, take_turn=faulty).commit(batch)
    assert [id_ for id_ in await answered(store) if id_.startswith("line:2/")] == []
    assert len(await answered(store)) == 4
    counts = await store.counts()
    assert (counts.quarantined, counts.waiting) == (2, 5), "the fifth is told that it is our fault"


async def test_a_commit_tells_who_has_something_to_do(
    turns: Turns, store: Store, batch: list[Incoming | Broken]
) -> None:
    told = []
    await dataclasses.replace(turns, committed=told.append).commit(batch)
    assert [(done.readers, done.to_send, done.to_fetch) for done in told] == [(frozenset(), {"line"}, False)]
    first = batch[0]
    assert isinstance(first, Incoming)
    web = replace(first, event=replace(first.event, id="web:1", channel="web"), sender="session")
    await dataclasses.replace(turns, committed=told.append).commit([web])
    assert told[1].readers == {turns.identity.pseudonym("web", "session")}
    assert not told[1].to_send
    await dataclasses.replace(turns, committed=told.append).commit([web])
    assert len(told) == 2, "a redelivery leaves nothing to do"
