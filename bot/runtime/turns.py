"""The transaction: from events to what is kept and what is said, all of it or nothing.

One rule: an event that cannot be answered costs its own turn and no other. It goes to quarantine,
sealed; the person is told that it is our fault; the events beside it are committed as ever.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, NamedTuple

import msgspec
import structlog
from msgspec import Struct

from bot.dialogue import Event, Message, Participant, Scope, Turn
from bot.errors import UnavailableError
from bot.library import Library
from bot.runtime.channel import Broken, Incoming
from bot.runtime.clock import Clock
from bot.runtime.identity import Identity
from bot.runtime.keys import DataKey
from bot.store import Commit, NewEvent, Quarantined, Store, Transaction

#: Decides what follows from an event. Pure.
TakeTurn = Callable[[Participant, Event, Library], Turn]

#: The phrase of the content that says a fault is ours.
_APOLOGY: Final = "apology"

_log = structlog.get_logger("turns")


class Committed(Struct, frozen=True):
    """What a commit left for others to do.

    `readers` are the pseudonyms of those who have something new to fetch, `to_send` names the channels
    through which something is to be sent, `to_fetch` says whether a file is to be brought.
    """

    readers: frozenset[str]
    to_send: frozenset[str]
    to_fetch: bool


class _Act(NamedTuple):
    """An event and the pseudonym of whose it is."""

    person: str
    incoming: Incoming


class _Step(NamedTuple):
    """An event, its turn, and the class of the error that spoilt it ("" for none)."""

    act: _Act
    turn: Turn
    error: str


#: From a person and what they did to the turn, and the class of the error that spoilt it ("" for none).
_Take = Callable[[Participant, Event], tuple[Turn, str]]


@dataclass(frozen=True, kw_only=True)
class Turns:
    """Takes the turns of many people in one transaction.

    `pulling` names the channels whose people fetch their messages. `committed` is told of each commit.
    """

    store: Store
    library: Library
    identity: Identity
    clock: Clock
    take_turn: TakeTurn
    pulling: Collection[str]
    committed: Callable[[Committed], None]

    async def commit(self, events: Sequence[Incoming | Broken]) -> None:
        """Commit events with distinct ids; those committed before change nothing.

        Raises UnavailableError when they are not known to be stored.
        """
        try:
            await self._together(events, self._turn)
        except UnavailableError:
            raise
        except Exception as error:
            if len(events) > 1:  # what one of them leads to cannot be stored: find out which
                for event in events:
                    await self.commit([event])
            else:
                await self._together(events, partial(self._spoilt, error))

    async def _together(self, events: Sequence[Incoming | Broken], take: _Take) -> None:
        """One transaction for all of them."""
        now = self.clock.now()
        broken = [self._broken(event, now) for event in events if isinstance(event, Broken)]
        acts = {
            event.event.id: _Act(self.identity.pseudonym(event.event.channel, event.sender), event)
            for event in events
            if isinstance(event, Incoming)
        }
        async with self.store.transaction() as transaction:
            claims = [NewEvent(id_, act.person, act.incoming.event.at) for id_, act in acts.items()]
            new = await transaction.claim(claims, now)
            fresh = [act for id_, act in acts.items() if id_ in new]
            people = await self._people(transaction, fresh)
            taken = [step for chain in _chains(fresh) for step in self._chain(chain, people, take)]
            wrapped = await transaction.keys(people)
            keys = {person: self.identity.masters.open(key) for person, key in wrapped.items()}
            commits, failed = self._sealed(taken, keys, now)
            await transaction.apply(commits)
            await transaction.quarantine(broken + failed)
        if commits:
            self.committed(_summary(commits))

    async def _people(self, transaction: Transaction, acts: Sequence[_Act]) -> dict[str, Participant]:
        """Who acts, as they are known. Of somebody erased that only tells an act from before it as late."""
        channels = {act.person: act.incoming.event.channel for act in acts}
        known = await transaction.participants(channels)
        marks = {person: self.identity.mark(person) for person in channels if person not in known}
        erased = await transaction.erased(marks.values())
        strangers = {
            person: Participant(id=person, channel=channels[person], acted_at=erased.get(mark))
            for person, mark in marks.items()
        }
        return known | strangers

    def _chain(self, acts: Sequence[_Act], people: Mapping[str, Participant], take: _Take) -> Iterator[_Step]:
        """The turns of one person, each from where the one before left them."""
        person = people[acts[0].person]
        for act in acts:
            turn, error = take(person, act.incoming.event)
            person = turn.participant
            yield _Step(act, turn, error)

    def _turn(self, person: Participant, event: Event) -> tuple[Turn, str]:
        try:
            return self.take_turn(person, event, self.library), ""
        except Exception as error:
            return self._spoilt(error, person, event)

    def _spoilt(self, error: Exception, person: Participant, event: Event) -> tuple[Turn, str]:
        """Nothing changes for the person, who is told that the fault is ours."""
        _log.error("a turn failed", reference=event.id, channel=event.channel, exc_info=error)
        phrase = self.library.phrases[_APOLOGY]
        message = Message(type=phrase.type, lines=phrase.lines, id=f"{event.id}/m0")
        return Turn(participant=person, messages=(message,)), type(error).__name__

    def _sealed(
        self, steps: Iterable[_Step], keys: dict[str, DataKey], now: datetime
    ) -> tuple[list[Commit], list[Quarantined]]:
        """What to store, each sealed with its person's key.

        Whoever is erased gets a new key, so that the old one, which older copies of the database may
        hold, opens nothing of what comes after. A key and the address it opens are stored together, and
        not again.
        """
        commits: list[Commit] = []
        failed: list[Quarantined] = []
        new: set[str] = set()
        for act, turn, error in steps:
            if turn.erase is not None:
                failed = [one for one in failed if one.participant != act.person]
                if turn.erase.scope is Scope.EVERYTHING:
                    keys.pop(act.person, None)
            if act.person not in keys:
                keys[act.person] = self.identity.masters.make(act.person)
                new.add(act.person)
            commits.append(self._commit(act, turn, keys[act.person], act.person in new, now))
            if error:
                failed.append(_failed(act, error, keys[act.person], now))
        return commits, failed

    def _commit(self, act: _Act, turn: Turn, key: DataKey, new: bool, now: datetime) -> Commit:
        event = act.incoming.event
        pulls = event.channel in self.pulling
        address = act.incoming.sender.encode() if new and not pulls else b""
        return Commit(
            event=event.id,
            turn=turn,
            address=address and key.seal("addresses", act.person, address),
            reply=key.seal_text("outbox", event.id, act.incoming.reply),
            key=key.wrapped if new else None,
            mark=self.identity.mark(act.person),
            pulls=pulls,
            now=now,
        )

    def _broken(self, broken: Broken, now: datetime) -> Quarantined:
        return Quarantined(
            id=broken.id,
            channel=broken.channel,
            participant=None,
            at=now,
            error=broken.error,
            sealed=self.identity.unclaimed.seal("quarantine", broken.id, broken.raw),
        )


def _failed(act: _Act, error: str, key: DataKey, now: datetime) -> Quarantined:
    event = act.incoming.event
    return Quarantined(
        id=event.id,
        channel=event.channel,
        participant=act.person,
        at=now,
        error=error,
        sealed=key.seal("quarantine", event.id, msgspec.json.encode(act.incoming)),
    )


def _chains(acts: Iterable[_Act]) -> Iterable[list[_Act]]:
    """The acts of each person as they happened: as they came where the channel keeps order, else by time."""
    chains: defaultdict[str, list[_Act]] = defaultdict(list)
    for act in acts:
        chains[act.person].append(act)
    for chain in chains.values():
        if not all(act.incoming.event.in_order for act in chain):
            chain.sort(key=lambda act: (act.incoming.event.at, act.incoming.event.id))
    return chains.values()


def _summary(commits: Sequence[Commit]) -> Committed:
    spoken = [commit for commit in commits if commit.turn.messages]
    return Committed(
        readers=frozenset(commit.turn.participant.id for commit in spoken if commit.pulls),
        to_send=frozenset(commit.turn.participant.channel for commit in spoken if not commit.pulls),
        to_fetch=any(commit.turn.fetches for commit in commits),
    )
