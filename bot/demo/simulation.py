"""All of the demo people through the intake and the turns, a hall of them at a time.

One rule: nothing of theirs can leave. No address of theirs is kept, and what they are told waits for them to
fetch it on every channel, so that no worker of any process finds a letter of theirs to send.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final

from bot.demo.acting import Actor, Told
from bot.demo.leanings import Leanings
from bot.demo.people import DemoPerson
from bot.demo.texts import Texts
from bot.demo.wires import Done, travelled
from bot.dialogue import Event, Participant, Scope, Turn
from bot.library import Library
from bot.runtime.clock import Clock
from bot.runtime.identity import Identity
from bot.runtime.intake import Intake
from bot.runtime.mailbox import StoredMailbox
from bot.runtime.turns import Committed, Turns
from bot.store import DEMO, Store
from handlers import take_turn

#: People who talk at once. Each round of theirs is one transaction, of less than a tenth of a second.
HALL: Final = 64

#: Seconds between two transactions, in which another process writes: SQLite has those who wait look again
#: after 100 ms at the latest (sqliteDefaultBusyCallback), so each of ours lets through whoever waited.
_PAUSE: Final = 0.11

#: The channels demo people use, all of which they fetch from.
_CHANNELS: Final = ("line", "telegram", "web")


class DemoIdentity(Identity):
    """Names demo people so that everybody can tell, and has no line for them in the ledger of erasures."""

    def pseudonym(self, channel: str, sender: str) -> str:
        """The pseudonym with DEMO before it."""
        return DEMO + super().pseudonym(channel, sender)

    def mark(self, participant: str) -> str:
        """None: what they erase was nobody's."""
        return ""


class Simulation:
    """Lets people talk to the bot; `identity` is a DemoIdentity."""

    def __init__(
        self, *, store: Store, library: Library, identity: DemoIdentity, clock: Clock, texts: Texts
    ) -> None:
        self._store = store
        self._library = library
        self._identity = identity
        self._texts = texts
        self._told: dict[str, Told] = {}
        self._erased: set[str] = set()
        self._turns = Turns(
            store=store,
            library=library,
            identity=identity,
            clock=clock,
            take_turn=self._take_turn,
            pulling=_CHANNELS,
            committed=_nobody_waits,
        )

    async def run(self, people: Iterable[DemoPerson], seed: int, left: Callable[[], None]) -> int:
        """Let them talk, each until they leave, of which `left` is told; how many things they did in all.

        Raises UnavailableError when the database does not take it in; what was taken in stays.
        """
        leanings = Leanings(seed)
        coming = (Actor(person, seed, self._library, self._texts, leanings) for person in people)
        intake = Intake(self._turns.commit)
        working = asyncio.create_task(intake.run())
        try:
            return await self._talk(coming, intake, left)
        finally:
            intake.close()
            await working

    async def _talk(self, coming: Iterator[Actor], intake: Intake, left: Callable[[], None]) -> int:
        hall, acts = list(islice(coming, HALL)), 0
        while hall:
            done = {actor: one for actor in hall if (one := self._next(actor))}
            if done:
                await intake.submit(list(travelled(list(done.values()))))
                acts += len(done)
            for actor in hall:
                if actor not in done:
                    await self._part(actor.person)
                    left()
            hall = [*done, *islice(coming, HALL - len(done))]
            await asyncio.sleep(_PAUSE)
        return acts

    def _next(self, actor: Actor) -> Done | None:
        person = actor.person
        body = actor.act(self._told.pop(self._identity.pseudonym(person.channel, person.sender), None))
        if body is None:
            return None
        return Done(person.channel, person.sender, person.number, actor.acts, actor.at, body)

    def _take_turn(self, participant: Participant, event: Event, library: Library) -> Turn:
        turn = take_turn(participant, event, library)
        self._told[participant.id] = Told(turn.messages, turn.participant.expects.text)
        if turn.erase is not None and turn.erase.scope is Scope.EVERYTHING:
            self._erased.add(participant.id)
        return turn

    async def _part(self, person: DemoPerson) -> None:
        """Whoever erased everything reads that it is done, with which the last of them goes."""
        if self._identity.pseudonym(person.channel, person.sender) not in self._erased:
            return
        mailbox = StoredMailbox(self._store.outbox, self._identity, person.channel)
        newest = await mailbox.latest(person.sender)
        if newest is not None:
            await mailbox.since(person.sender, newest.seq)


def _nobody_waits(done: Committed) -> None:
    """Demo people are told in this process; nobody is to be woken."""
