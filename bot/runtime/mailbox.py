"""Where a channel that pulls reads what was said to a person."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence

from bot.runtime.channel import Letter
from bot.runtime.identity import Identity
from bot.store import KeptLetter, Outbox


class StoredMailbox:
    """The `Mailbox` of one channel: the letters the outbox keeps for its people.

    `ring` wakes those who wait in this process; another one is told by `Bells`.
    """

    def __init__(self, outbox: Outbox, identity: Identity, channel: str) -> None:
        self._outbox = outbox
        self._identity = identity
        self._channel = channel
        self._bells: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._closed = False

    def ring(self, people: Iterable[str]) -> None:
        """Something was said to these people, named by their pseudonyms."""
        for person in people:
            for bell in self._bells.get(person, ()):
                bell.set()

    def ring_all(self) -> None:
        """Whoever waits may have missed something: let everybody look."""
        self.ring(list(self._bells))

    def close(self) -> None:
        """Let nobody wait any more: the process is about to stop."""
        self._closed = True
        self.ring_all()

    async def since(self, sender: str, after: int) -> Sequence[Letter]:
        """The letters with `seq` over `after`, oldest first. Reading on confirms all up to `after`."""
        return await self._read(self._person(sender), after)

    async def latest(self, sender: str) -> Letter | None:
        """The newest letter; None when there is none."""
        letter = await self._outbox.latest(self._person(sender))
        return _letter(letter) if letter else None

    async def wait(self, sender: str, after: int, seconds: float) -> Sequence[Letter]:
        """The same as `since`, but waits up to `seconds` for one to come."""
        person = self._person(sender)
        bell = asyncio.Event()
        self._bells[person].add(bell)
        try:
            letters = await self._read(person, after)
            if letters or self._closed:
                return letters
            try:
                async with asyncio.timeout(seconds):
                    await bell.wait()
            except TimeoutError:
                pass
            return [_letter(letter) for letter in await self._outbox.since(person, after)]
        finally:
            self._bells[person].discard(bell)
            if not self._bells[person]:
                del self._bells[person]

    async def _read(self, person: str, after: int) -> list[Letter]:
        if after:
            await self._outbox.confirm(person, after)
        return [_letter(letter) for letter in await self._outbox.since(person, after)]

    def _person(self, sender: str) -> str:
        return self._identity.pseudonym(self._channel, sender)


def _letter(kept: KeptLetter) -> Letter:
    return Letter(kept.seq, kept.id, kept.messages)
