"""What proofs are put together from: an empty store, a clock moved by hand, turns that say what they answer.

One rule: a part is the bot's own wherever the proof is about it; what stands in for it knows the truth.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import structlog
from msgspec.structs import replace

from bot.dialogue import Event, Message, MessageType, Opened, Participant, Turn
from bot.library import Library, load
from bot.runtime.channel import Channel, Incoming
from bot.runtime.delivery import Delivery
from bot.runtime.identity import Identity
from bot.runtime.turns import TakeTurn, Turns
from bot.store import Store
from tests.runtime.fakes import HandClock

T = TypeVar("T")


def finished(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What `work` returns, run in a loop of its own, whoever calls and whatever runs already; logs nothing."""
    before = structlog.get_config()["processors"]
    structlog.configure(processors=[_drop])
    try:
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(lambda: asyncio.run(work())).result()
    finally:
        structlog.configure(processors=before)


def _drop(*_: object) -> Any:
    raise structlog.DropEvent


@contextmanager
def replaced(owner: object, name: str, value: object) -> Iterator[None]:
    """An attribute of ours replaced until the end of the block: how a fault is planted."""
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


@cache
def library() -> Library:
    """The words that are shipped."""
    return load()


def echo(person: Participant, event: Event, _: Library) -> Turn:
    """A turn that says the id of its event, so that whoever sees a message knows which letter it was.

    Where the id ends in an even digit there are two messages, so that a letter can break off in between.
    """
    texts = (event.id, f"{event.id}b") if int(event.id[-1]) % 2 == 0 else (event.id,)
    said = tuple(
        Message(type=MessageType.SYSTEM, lines=(text,), id=f"{event.id}/m{n}") for n, text in enumerate(texts)
    )
    return Turn(participant=replace(person, acted_at=event.at), messages=said)


@dataclass(frozen=True)
class Bench:
    """A bot without its web server: what is committed can be delivered, at the pace of a clock moved by hand."""

    url: str
    store: Store
    clock: HandClock
    identity: Identity
    turns: Turns
    channels: dict[str, Channel]

    async def commit(self, *acts: Incoming) -> None:
        """Take acts in, 256 a transaction."""
        for first in range(0, len(acts), 256):
            await self.turns.commit(acts[first : first + 256])

    async def deliver(self, at_once: int = 32) -> None:
        """Deliver until nothing waits. The clock moves only when nobody is spoken to and nothing is due."""
        senders = [
            Delivery(
                outbox=self.store.outbox, name=name, channel=channel, identity=self.identity, clock=self.clock
            )
            for name, channel in self.channels.items()
        ]
        while due := [at for sender in senders if (at := await self._through(sender, at_once))]:
            self.clock.moment = max(min(due), self.clock.moment + timedelta(milliseconds=1))

    async def _through(self, sender: Delivery, at_once: int) -> datetime | None:
        """Deliver through one channel what is due; when the next is."""
        busy: set[asyncio.Task[Any]] = set()
        done: set[asyncio.Task[Any]] = set()
        while True:
            settling = [task.result() for task in done]
            jobs, due = await sender.turn_over(settling, self.clock.now(), at_once - len(busy))
            busy |= {asyncio.create_task(sender.perform(job)) for job in jobs}
            if not busy:
                return due
            done, busy = await asyncio.wait(busy, return_when=asyncio.FIRST_COMPLETED)


@asynccontextmanager
async def bench(take_turn: TakeTurn = echo, pulling: tuple[str, ...] = ()) -> AsyncIterator[Bench]:
    """An empty one, over a SQLite file that goes at the end."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'store.db'}"
        store = await Store.open(url)
        try:
            await store.migrate()
            clock, identity = HandClock(), Identity(b"k" * 32, "proof")
            turns = Turns(
                store=store,
                library=library(),
                identity=identity,
                clock=clock,
                take_turn=take_turn,
                pulling=pulling,
                committed=lambda _: None,
            )
            yield Bench(url, store, clock, identity, turns, {})
        finally:
            await store.close()


def act(id_: str, who: str, clock: HandClock, channel: str, reply: str = "") -> Incoming:
    """Somebody does something."""
    return Incoming(Event(id_, clock.now(), channel, Opened()), who, reply)
