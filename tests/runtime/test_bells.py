"""Readers in one process are woken by what another one commits."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.dialogue import Message, MessageType, Participant, Turn
from bot.errors import UnavailableError
from bot.runtime import bells
from bot.runtime.bells import Bells
from bot.runtime.channel import Letter
from bot.runtime.identity import Identity
from bot.runtime.mailbox import StoredMailbox
from bot.store import Commit, Processes, Store
from tests.runtime.fakes import HandClock


class Process:
    """What of one process is tried here."""

    def __init__(self, store: Store, identity: Identity) -> None:
        self.store = store
        self.identity = identity
        self.mailbox = StoredMailbox(store.outbox, identity, "web")
        self.bells = Bells(store.processes, self.mailbox)

    async def say(self, event: str, clock: HandClock) -> None:
        """Commit a letter to somebody, and ring."""
        person = self.identity.pseudonym("web", "session")
        message = Message(type=MessageType.SYSTEM, lines=(event,))
        letter = Commit(
            event=event,
            turn=Turn(participant=Participant(id=person, channel="web"), messages=(message,)),
            address=b"",
            reply="",
            key=self.identity.masters.make(person).wrapped,
            mark=self.identity.mark(person),
            pulls=True,
            now=clock.now(),
        )
        async with self.store.transaction() as transaction:
            await transaction.apply([letter])
        self.bells.ring([person])


@asynccontextmanager
async def working(url: str, identity: Identity) -> AsyncIterator[Process]:
    store = await Store.open(url)
    process = Process(store, identity)
    listening = heard(process)
    task = asyncio.create_task(process.bells.run())
    try:
        if store.processes.several:
            async with asyncio.timeout(20):
                await listening.wait()
        yield process
    finally:
        process.bells.close()
        async with asyncio.timeout(20):
            await task
        await store.close()


def heard(process: Process) -> asyncio.Event:
    """Set when the process listens: then everybody who waits is told to look."""
    listens = asyncio.Event()
    process.mailbox.ring_all = listens.set  # type: ignore[method-assign]
    return listens


async def test_a_reader_is_woken_by_another_process(
    postgresql_url: str, identity: Identity, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with working(postgresql_url, identity) as one, working(postgresql_url, identity) as other:
        took = []
        after = 0
        for n in range(5):
            waiting = asyncio.create_task(one.mailbox.wait("session", after, 20))
            while not one.mailbox._bells:
                await asyncio.sleep(0.01)
            await other.say(f"web:{n}", clock)
            began = time.monotonic()
            (letter,) = await waiting
            took.append(time.monotonic() - began)
            after = letter.seq
        assert min(took) < 2, took

        async def nobody(*_: object) -> None: ...

        looked, read = asyncio.Event(), one.mailbox._read

        async def look(person: str, after: int) -> list[Letter]:
            letters = await read(person, after)
            looked.set()
            return letters

        monkeypatch.setattr(Processes, "call", nobody)
        monkeypatch.setattr(one.mailbox, "_read", look)
        waiting = asyncio.create_task(one.mailbox.wait("session", after, 4))
        await looked.wait()
        await other.say("web:missed", clock)
        done, _ = await asyncio.wait([waiting], timeout=1)
        assert not done, "without the call nobody is woken"
        assert [letter.id for letter in await waiting] == ["web:missed"], "and finds it after the wait"


async def test_after_a_break_everybody_looks(
    postgresql_url: str, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was called meanwhile was heard by nobody."""
    monkeypatch.setattr(bells, "_REST", 0.01)
    real, failures = Processes.calls, [UnavailableError("not now"), ZeroDivisionError()]

    async def shaky(self: Processes):
        async for call in real(self):
            yield call
            if failures:
                raise failures.pop()

    monkeypatch.setattr(Processes, "calls", shaky)
    looks = 0
    async with working(postgresql_url, identity) as one:
        enough = asyncio.Event()

        def look() -> None:
            nonlocal looks
            looks += 1
            if looks == 2:
                enough.set()

        one.mailbox.ring_all = look  # type: ignore[method-assign]
        async with asyncio.timeout(20):
            await enough.wait()


async def test_alone_it_rings_here(sqlite_url: str, identity: Identity, clock: HandClock) -> None:
    async with working(sqlite_url, identity) as one:
        waiting = asyncio.create_task(one.mailbox.wait("session", 0, 20))
        await asyncio.sleep(0.05)
        await one.say("web:1", clock)
        async with asyncio.timeout(5):
            assert len(await waiting) == 1
