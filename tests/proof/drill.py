"""The drill: a backup while people go on answering, and a restore that forgets whoever was erased since."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from bot.dialogue import Blocked, Erase, Event, Participant, Scope, Turn
from bot.library import Library
from bot.runtime.backup import CONTENT, backup
from bot.runtime.channel import Incoming
from bot.runtime.identity import Identity
from bot.runtime.restore import Restoring, Sources
from bot.store import restoring
from tests.proof.outcome import Figure, Outcome, Size
from tests.proof.parts import Bench, act, bench, finished, replaced
from tests.store.look import column
from tests.store.measure import answer

NOT_REAPPLIED: Final = "the ledger of erasures is not applied again"
FAULTS: Final = (NOT_REAPPLIED,)

_ANSWERS: Final = {Size.SHORT: 20_000, Size.LONG: 1_000_000}
#: Answers of one person, all in one act.
_EACH: Final = 20
_ERASED: Final = 100
_KEY: Final = b"k" * 32


def _twenty(person: Participant, event: Event, _: Library) -> Turn:
    """Twenty answers at once; whoever blocks us is erased."""
    if isinstance(event.body, Blocked):
        return Turn(participant=person, erase=Erase(Scope.EVERYTHING))
    records = tuple(answer(person.id, f"{event.id}/{n}", f"q{n}") for n in range(_EACH))
    return Turn(participant=person, records=records)


async def _going_on(told: Bench, first: int, acked: list[int]) -> None:
    """One person after the other answers, until cancelled; `acked` are those whose answers are stored."""
    for n in count(first):
        await told.commit(act(f"line:{n}", f"U{n}", told.clock, "line"))
        acked.append(n)
        await asyncio.sleep(0)


async def _figures(size: Size) -> Sequence[Figure]:
    people = _ANSWERS[size] // _EACH
    async with bench(_twenty) as told:
        with TemporaryDirectory() as made:
            folder = Path(made)
            await told.commit(*(act(f"line:{n}", f"U{n}", told.clock, "line") for n in range(people)))
            acked: list[int] = []
            others = asyncio.create_task(_going_on(told, people, acked))
            while not acked:
                await asyncio.sleep(0.01)
            before, began = len(acked), time.monotonic()
            await backup(told.url, folder / "backup", folder / "keys", _KEY, told.clock, lambda _: None)
            copying, after = time.monotonic() - began, len(acked)
            others.cancel()
            with suppress(asyncio.CancelledError):
                await others
            gone = range(0, people, people // _ERASED)[:_ERASED]
            told.clock.move(hours=1)
            await told.commit(*(_erasure(told, n) for n in gone))
            sources = Sources(folder=folder / "backup", keys=folder / "keys", ledgers=(), present=told.url)
            target = f"sqlite:///{folder / 'restored.db'}"
            began = time.monotonic()
            done = await Restoring(_KEY, _identity(), told.clock, lambda _: None).restore(sources, target)
            putting_back = time.monotonic() - began
            weight = (folder / "backup" / CONTENT).stat().st_size / 1e6
            owners = await column(target, "answers", "participant")
            held = set(await column(target, "participants", "id"))
    pseudonyms = [told.identity.pseudonym("line", f"U{n}") for n in range(people + after + 1)]
    later = [n for n in range(people, people + after + 1) if pseudonyms[n] in held]
    erased = {pseudonyms[n] for n in gone}
    stayed = people - len(gone) + len(later)
    return [
        Figure("answers at the beginning", people * _EACH),
        Figure("answers stored while the copy was made", (after - before) * _EACH),
        Figure(f"seconds for the backup ({weight:,.0f} MB)", copying),
        Figure.most("seconds for the restore, verified", putting_back, 60),
        Figure.none("answers that are missing or twice", abs(len(owners) - stayed * _EACH)),
        Figure.none(
            "stored before the copy began and not in it", sum(n not in later for n in acked[:before])
        ),
        Figure.none("gaps in what is in it of those who came meanwhile", _gaps(later, people)),
        Figure.none(
            f"of {len(gone)} erased since, still there", len(erased & held) + len(erased & set(owners))
        ),
        Figure.none("people nothing can be sent to any more", done.restored.keyless),
        Figure.none("faults in the audit log", int(done.fault is not None)),
    ]


def _gaps(found: Sequence[int], first: int) -> int:
    """How many are missing before the last of them."""
    return max(found, default=first - 1) - first + 1 - len(found)


def _identity() -> Identity:
    return Identity(_KEY, "")


def _erasure(told: Bench, n: int) -> Incoming:
    return Incoming(Event(f"line:{n}/gone", told.clock.now(), "line", Blocked()), f"U{n}")


async def _nothing(*_: Any) -> int:
    return 0


def prove(size: Size, seed: int, fault: str = "") -> Outcome:
    """What a backup under load and a restore cost, and whether they forget and keep what they must."""
    began = time.monotonic()
    with ExitStack() as planted:
        if fault == NOT_REAPPLIED:
            planted.enter_context(replaced(restoring.ledger, "reapply", _nothing))
        elif fault:
            raise ValueError(f"{fault!r} is none of {FAULTS}")
        figures = finished(lambda: _figures(size))
    return Outcome(title="Backup and restore", seed=seed, seconds=time.monotonic() - began, figures=figures)
