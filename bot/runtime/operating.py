"""What an operator decides of what was set aside: take it in again, send it once more, or let it go.

One rule: it is opened to be taken in and for nothing else, and noted without saying which it was: the id of
an event leads to a person, and the audit log outlives the link to them.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from bot.dialogue import FileArrived
from bot.errors import UnavailableError
from bot.runtime.channel import Incoming, Submit
from bot.runtime.identity import Identity
from bot.runtime.sealing import SealError
from bot.runtime.trail import Trail
from bot.store import Store

#: What is added to the id of an event that is taken in again: its own id was taken in before.
AGAIN: Final = "/again"


class Retaken(StrEnum):
    """What became of an event in quarantine that was to be taken in again.

    TAKEN   it was answered, or told to be late
    FAILED  it failed again and is in quarantine under another id
    SHUT    nobody can open it: it could not be read, its person was erased, or a key is not set
    GONE    the file it brought is not kept any more
    BUSY    the database takes nothing in now; it is where it was
    """

    TAKEN = "taken"
    FAILED = "failed"
    SHUT = "shut"
    GONE = "gone"
    BUSY = "busy"


class Why(StrEnum):
    """Why an event or a letter is let go, as the trail has it."""

    MENDED = "mended"
    UNREADABLE = "unreadable"
    UNWANTED = "unwanted"
    TEST = "test"


class Operating(Struct, frozen=True):
    """What an operator may do. `submit` is the intake's, `wake` tells the delivery that a letter is due."""

    store: Store
    identity: Identity
    submit: Submit
    wake: Callable[[], None]
    trail: Trail

    async def take_in(self, ids: Sequence[str], actor: str) -> list[Retaken]:
        """Take events in again, one after another; what became of each.

        One that succeeds is a new event of the old time: it gets a new id, because its own is known, and
        no longer claims to be the newest of its person, so that what they did since is not overruled and a
        text that comes late is told and not guessed at. Doing it twice takes it in once.
        """
        done = [await self._take_in(id_) for id_ in ids]
        if done:
            told: dict[str, object] = {kind.value: done.count(kind) for kind in Retaken if kind in done}
            await self.trail.note(actor, "quarantine taken in", "", **told)
        return done

    async def _take_in(self, id_: str) -> Retaken:
        incoming = await self._opened(id_)
        if incoming is None:
            return Retaken.SHUT
        body = incoming.event.body
        if isinstance(body, FileArrived) and await self.store.files.get(body.file) is None:
            return Retaken.GONE
        # The token to answer with went with the apology.
        event = replace(incoming.event, id=f"{id_}{AGAIN}", in_order=False)
        try:
            await self.submit([replace(incoming, event=event, reply="")])
        except UnavailableError:
            return Retaken.BUSY
        await self.store.operations.discard([id_])
        return Retaken.FAILED if await self.store.operations.sealed(event.id) else Retaken.TAKEN

    async def _opened(self, id_: str) -> Incoming | None:
        found = await self.store.operations.sealed(id_)
        if found is None:
            return None
        try:
            content = self.identity.masters.open(found.key).unseal("quarantine", id_, found.sealed)
            return msgspec.json.decode(content, type=Incoming)
        except (SealError, msgspec.MsgspecError):
            return None

    async def discard(self, ids: Sequence[str], why: Why, actor: str) -> int:
        """Let events in quarantine go; how many it was."""
        count = await self.store.operations.discard(ids)
        await self.trail.note(actor, "quarantine discarded", why=why.value, count=count)
        return count

    async def send_again(self, ids: Sequence[str], now: datetime, actor: str) -> int:
        """Have parked letters sent once more; how many can be."""
        count = await self.store.operations.send_again(ids, now)
        await self.trail.note(actor, "letters sent again", count=count)
        self.wake()
        return count

    async def drop(self, ids: Sequence[str], why: Why, actor: str) -> int:
        """Let parked letters go; how many it was."""
        count = await self.store.operations.drop(ids)
        await self.trail.note(actor, "letters dropped", why=why.value, count=count)
        return count
