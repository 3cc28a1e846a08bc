"""Stand-ins for what the runtime talks to: a clock that a test turns, and a channel that does as it is told."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

from starlette.routing import BaseRoute

from bot.runtime.channel import Delivered, Fate, FetchedFile, FileGoneError, Incoming, Parcel, Submit
from bot.runtime.identity import Identity
from bot.runtime.keys import DataKey
from bot.store import Transaction


async def key_of(transaction: Transaction, identity: Identity, person: str) -> DataKey:
    """The person's data key, as a turn would take it."""
    stored = await transaction.keys([person])
    return identity.masters.open(stored[person]) if stored else identity.masters.make(person)


class HandClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def move(self, **delta: float) -> None:
        self.moment += timedelta(**delta)


class Obedient:
    """A channel that keeps what it is given, and answers with `reply` and `bring`."""

    def __init__(self, name: str = "line") -> None:
        self.name = name
        self.pulls = False
        self.replies_for = None
        self.parcels: list[Parcel] = []
        self.acknowledged: list[Incoming] = []
        self.reply: Callable[[Parcel], Awaitable[Delivered]] = sent
        self.files: dict[str, FetchedFile | Exception] = {}

    def routes(self, submit: Submit) -> Sequence[BaseRoute]:
        return []

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def deliver(self, parcel: Parcel) -> Delivered:
        self.parcels.append(parcel)
        return await self.reply(parcel)

    async def acknowledge(self, incoming: Incoming) -> None:
        self.acknowledged.append(incoming)

    async def fetch(self, ref: str, limit: int) -> FetchedFile:
        found = self.files.get(ref, FileGoneError())
        if isinstance(found, Exception):
            raise found
        return found


async def sent(parcel: Parcel) -> Delivered:
    """The platform has it."""
    return Delivered(Fate.SENT, len(parcel.messages))
