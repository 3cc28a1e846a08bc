"""How long what is kept: old rows go by rule, and on its day the link between accounts and answers.

One rule: what the notice promises is done by the program, without anybody remembering it. All of it may be
interrupted and run again, by several processes too: what one has done another does not find any more. Of
the processes that serve one database, one at a time goes its round.
"""

import asyncio
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from secrets import SystemRandom, randbits
from typing import Final

import structlog
from msgspec import Struct

from bot.dialogue import RequestKind
from bot.errors import StoreError
from bot.language.calendar import BANGKOK
from bot.library import Draft
from bot.runtime.clock import Clock
from bot.runtime.trail import SYSTEM, Trail
from bot.store import Blurred, Kept, Known, Store
from bot.store.retention import batches
from handlers.scene import receipt_number

#: Seconds between two rounds: what is due on a day is done within the first hour of it.
_ROUND: Final = 3600.0
#: Under which name processes keep out of one another's way.
_ALONE: Final = "retention"
#: People whose link is destroyed in one transaction.
PEOPLE: Final = 200

#: The name of what the link is under in reports, beside the values of `Kept`.
UNLINKED: Final = "unlinked"

#: Rights whose use shows in what is left: a changed answer, an emptied text, a restriction.
_TRACED: Final = (RequestKind.CORRECT, RequestKind.WITHDRAW, RequestKind.RESTRICT, RequestKind.UNRESTRICT)

_log = structlog.get_logger("retention")


class Rules(Struct, frozen=True, kw_only=True):
    """How long each is kept.

    quarantined  events that could not be read or answered: 7 days (RELIABILITY.md 3.3, the raw inbox)
    held         a text that waits for its person's word: 1 day; ours, the shortest after which nobody
                 is interrupted who sleeps on it
    drafts       a suggestion that was never sent, without an act: 30 days; ours, as the link itself
    words        what a letter says that was read or that nobody will send: 30 days; ours, as the link itself
    events       ids by which a redelivery is known: 90 days (RELIABILITY.md 7, row 21)
    fetches      a file that never came: 7 days; ours, platforms have forgotten it long before
    files        a file that no suggestion and no draft holds: 1 day; ours, its event comes within minutes
    unlinked     somebody who left no record, once the link is due: 1 day without an act; ours

    The day of the link itself is the draft's: `anonymity.linked_days` after `closes`.
    """

    quarantined: timedelta = timedelta(days=7)
    held: timedelta = timedelta(days=1)
    drafts: timedelta = timedelta(days=30)
    words: timedelta = timedelta(days=30)
    events: timedelta = timedelta(days=90)
    fetches: timedelta = timedelta(days=7)
    files: timedelta = timedelta(days=1)
    unlinked: timedelta = timedelta(days=1)

    def age(self, kept: Kept) -> timedelta:
        """How long this is kept."""
        age: timedelta = getattr(self, kept.value)
        return age


def link_due(draft: Draft) -> datetime | None:
    """When the link is to be destroyed; None while the draft names no last day.

    The beginning, in Thailand, of the day `linked_days` after the last one, so that it is done within
    that many days of the close; with 0 the close itself, for answers are taken until then.
    """
    if draft.closes is None:
        return None
    return _midnight(draft.closes + timedelta(days=max(1, draft.anonymity.linked_days)))


class RetentionJob:
    """Does what is due, at the start and then every hour, until `close`.

    `was_set` says whether somebody set the machine's clock since the start: then nothing is old for sure.
    """

    def __init__(
        self,
        *,
        store: Store,
        draft: Draft,
        trail: Trail,
        clock: Clock,
        rules: Rules | None = None,
        was_set: Callable[[], bool] = lambda: False,
    ) -> None:
        self._store = store
        self._draft = draft
        self._trail = trail
        self._clock = clock
        self._rules = rules or Rules()
        self._was_set = was_set
        self._closing = asyncio.Event()

    def close(self) -> None:
        """Begin nothing more; `run` returns after the transaction it is in."""
        self._closing.set()

    async def run(self) -> None:
        """Work until `close`. A round that fails is left to the next one: intake goes on."""
        while not self._closing.is_set():
            try:
                async with self._store.processes.alone(_ALONE) as alone:
                    if alone and await self._time_is_sure():
                        await self.do()
            except StoreError as error:
                _log.error("the store does not answer", error=type(error).__name__)
            except Exception:  # a fault of this program must not end the intake, which runs beside it
                _log.exception("retention failed")
            with suppress(TimeoutError):
                async with asyncio.timeout(_ROUND):
                    await self._closing.wait()

    async def _time_is_sure(self) -> bool:
        """Whether the clock can be trusted with what cannot be undone; says so in the log if not.

        The ids of events go every hour. One that is here after twice its time was left by nobody's having
        done that for three months, or the clock is wrong: somebody typed 2569 for 2026.
        """
        if self._was_set():
            _log.error(
                "nothing is let go of: the machine's clock was set. Restart the bot if it is right now"
            )
            return False
        if await self._store.retention.count(Kept.EVENTS, self._clock.now() - 2 * self._rules.events):
            _log.error(
                "nothing is let go of: by this machine's clock that has not been done for three months. If"
                " that is right, run `python -m bot retention` once; if not, set it and restart the bot"
            )
            return False
        return True

    async def due(self) -> dict[str, int]:
        """How much would go now, by the values of `Kept` and UNLINKED."""
        now = self._clock.now()
        due = {k.value: await self._store.retention.count(k, now - self._rules.age(k)) for k in Kept}
        if self._link_is_due(now):
            due[UNLINKED] = len(_linked(await self._people(now)))
        return due

    async def do(self) -> dict[str, int]:
        """Let go of what is due, and note it; how much of each it was, by the names of `due`.

        What was done before a failure is noted too.
        """
        now = self._clock.now()
        done: dict[str, int] = {}
        try:
            for kept in Kept:
                if not self._closing.is_set():
                    done[kept.value] = await self._store.retention.purge(kept, now - self._rules.age(kept))
            if self._link_is_due(now):
                await self._unlink(now, done)
            await self._store.unlinking.scrub()
        finally:
            await self._note({what: count for what, count in done.items() if count})
        return done

    async def _note(self, done: Mapping[str, int]) -> None:
        for what, count in done.items():
            _log.info("let go", detail=what, count=count)
        if done:
            await self._trail.note(SYSTEM, "retention", "", **done)

    def _link_is_due(self, now: datetime) -> bool:
        due = link_due(self._draft)
        return due is not None and now >= due

    async def _people(self, now: datetime) -> list[Known]:
        return await self._store.unlinking.people(now - self._rules.unlinked)

    async def _unlink(self, now: datetime, done: dict[str, int]) -> None:
        """Make nobody of everybody, counting them in `done`."""
        smallest = self._draft.anonymity.smallest
        people = await self._people(now)
        blurred = blur(people, smallest)
        nothing = Blurred("", _midnight(_day(now)))
        used = await self._store.unlinking.rights()
        untold = [kind for kind in _TRACED if used.get(kind, 0) < smallest]
        linked, done[UNLINKED] = _linked(people), 0
        # In no order that anybody can find out: who was moved together lies together.
        for batch in batches(SystemRandom().sample(linked, len(linked)), PEOPLE):
            if self._closing.is_set():
                return
            theirs = {id_: blurred.get(id_, nothing) for id_ in batch}
            done[UNLINKED] += await self._store.unlinking.unlink(theirs, _another_receipt, untold)
        await self._store.unlinking.sweep()


def blur(people: Sequence[Known], smallest: int) -> dict[str, Blurred]:
    """Where and when each who left a record took part, so coarse that at least `smallest` of them did.

    One day for all that somebody said, the day of their first record: the days on which somebody came
    are few enough people's to tell them by. A day of too few is that of the nearest crowd before, else
    after. A channel of too few is not kept, nor is the smallest other one while those few are too few.
    """
    kept = _channels(people, smallest)
    days: dict[str, Counter[date]] = {channel: Counter() for channel in kept.values()}
    for one in people:
        if one.first is not None:
            days[kept[one.channel]][_day(one.first)] += 1
    crowds = {channel: _crowds(counted, smallest) for channel, counted in days.items()}
    return {
        one.id: Blurred(kept[one.channel], _midnight(_nearest(crowds[kept[one.channel]], _day(one.first))))
        for one in people
        if one.first is not None
    }


def _channels(people: Iterable[Known], smallest: int) -> dict[str, str]:
    """What is kept of each channel."""
    counted = Counter(one.channel for one in people if one.first is not None)
    hidden, few = set[str](), 0
    for channel, count in sorted(counted.items(), key=lambda item: (item[0] != "", item[1], item[0])):
        if channel == "" or count < smallest or 0 < few < smallest:
            hidden.add(channel)
            few += count
    return {channel: "" if channel in hidden else channel for channel in counted}


def _crowds(counted: Mapping[date, int], smallest: int) -> list[date]:
    """The days that hide somebody, in their order; the last one when none does."""
    return sorted(day for day, count in counted.items() if count >= smallest) or [max(counted)]


def _nearest(crowds: Sequence[date], day: date) -> date:
    return crowds[max(0, bisect_right(crowds, day) - 1)]


def _linked(people: Iterable[Known]) -> list[str]:
    return [one.id for one in people if not one.anonymous]


def _another_receipt(receipt: str) -> str:
    return receipt_number(receipt[:1], randbits(64))


def _day(at: datetime) -> date:
    return at.astimezone(BANGKOK).date()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BANGKOK)
