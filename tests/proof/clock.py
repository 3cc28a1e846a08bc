"""Somebody sets the machine's clock while the bot serves, and starts it while the clock is wrong."""

import asyncio
import math
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import httpx2

from bot.store import Store
from tests.proof import books
from tests.proof.ages import DAY, Kept, Office
from tests.proof.outcome import Figure, Outcome, Size
from tests.proof.server import Server
from tests.proof.stage import Stage, settled, staged

Jumps = tuple[tuple[str, Callable[[datetime], datetime]], ...]

_HOUR: Final = timedelta(hours=1)
#: Where the clock is set to, by what it is called and the time it really is; each is set back from the last.
_JUMPS: Final[Jumps] = (
    ("an hour back", lambda now: now - _HOUR),
    ("an hour ahead", lambda now: now + _HOUR),
    ("a day ahead", lambda now: now + DAY),
    ("a day back", lambda now: now - DAY),
    ("29 February 2028", lambda _: datetime(2028, 2, 29, tzinfo=UTC)),
    ("the end of 32 bits", lambda _: datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC)),
    ("the last year that Linux takes", lambda _: datetime(2231, 12, 31, tzinfo=UTC)),
    ("right again", lambda now: now),
    ("1970", lambda _: datetime(1970, 1, 2, tzinfo=UTC)),
    ("right again", lambda now: now),
    ("two seconds ahead", lambda now: now + timedelta(seconds=2)),
    ("two seconds back", lambda now: now - timedelta(seconds=2)),
)
#: Starts while the clock is wrong, each followed by one when it is right.
_STARTS: Final = (_JUMPS[0], _JUMPS[6], _JUMPS[8])

#: How often all of the jumps are made, and how many answers are given after each.
_ROUNDS: Final = {Size.SHORT: 1, Size.LONG: 2}
_ANSWERS: Final = {Size.SHORT: 8, Size.LONG: 100}
#: Seconds a call of the platforms takes, so that letters are in hand at every jump, and one of how many calls
#: is to come again, so that some are waiting.
_CALL: Final = 0.2
_PATIENT: Final = 20
#: Seconds in which everybody who answered before a jump must have been told after it. A minute is promised;
#: a letter that was asked for patience three times waits for fourteen seconds.
_TOLD: Final = {Size.SHORT: 15.0, Size.LONG: 60.0}
#: The same for a fault, where no letter is asked for patience after the jump.
_TOLD_SOON: Final = 6.0
_RETAIN: Final = "retain_every:0.3"

_LIBRARIES: Final = tuple(
    Path(folder) / "faketime/libfaketime.so.1"
    for folder in ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib", "/usr/local/lib")
)

FAULTS: Final = {
    "follow_the_machine": "seconds until everybody was told after a jump, at most",
    "wait_for_the_future": "seconds until everybody was told after a jump, at most",
    "believe_any_year": "let go of although it was not old",
}
#: The jumps and the starts that a fault must break; nothing else is tried.
_SHOWN_BY: Final[Mapping[str, tuple[Jumps, Jumps]]] = {
    "follow_the_machine": (_JUMPS[:1], ()),
    "wait_for_the_future": ((), _STARTS[1:2]),
    "believe_any_year": ((), _STARTS[1:2]),
}


def missing() -> str:
    """What this proof needs and this machine has not; "" when it has everything."""
    return "" if _library() else "libfaketime is not installed (`make proof-tools`)"


def _library() -> str:
    return next((str(path) for path in _LIBRARIES if path.exists()), "")


def prove(size: Size, seed: int, fault: str = "") -> Outcome:
    """Set the clock again and again while people answer, and start the bot while it is wrong."""
    return asyncio.run(_prove(size, seed, fault))


class _Machine:
    """The clock of the machine that the bots run on, by libfaketime."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.set(lambda now: now)
        self.env: Final = {
            "LD_PRELOAD": _library(),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
            # Its mend for an older C library has Python's threads wait for nothing here, and spin.
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",
        }

    def set(self, to: Callable[[datetime], datetime]) -> None:
        """Set it; from there it goes on."""
        now = datetime.now(UTC)
        new = self._file.with_suffix(".new")
        new.write_text(f"{(to(now) - now).total_seconds():+.0f}\n")
        new.replace(self._file)


@dataclass
class _Trial:
    """One bot after the other, and what was seen of them."""

    stage: Stage
    machine: _Machine
    office: Office
    kept: Kept
    answers: int
    patience: float
    #: Whether some letters are made to wait before every jump, or only those that happen to.
    put_off: bool
    jumps: int = 0
    starts: int = 0
    told: float = 0.0

    async def jump(self, to: Callable[[datetime], datetime]) -> None:
        """Set the clock under a bot that serves; nothing once somebody waits in vain."""
        if self.told == math.inf:
            return
        await self._put_off()
        living, over = await self.office.begin(timedelta()), await self.office.begin(timedelta(minutes=70))
        self.machine.set(to)
        self.jumps += 1
        await self._go_on()
        await self.office.look(living, over)

    async def start(self, to: Callable[[datetime], datetime], plant: list[str]) -> None:
        """Set the clock while no bot serves, and start one; nothing once somebody waits in vain."""
        if self.told == math.inf:
            return
        await self.office.begin(timedelta())
        over = await self.office.begin(timedelta(minutes=70))
        self.machine.set(to)
        self.starts += 1
        server = await self.stage.serve([*plant, _RETAIN])
        await self._go_on()
        self.office.resurrected += await self.office.inside(over)
        await self._put_off()
        await self.stop(server)

    async def stop(self, server: Server) -> None:
        """Have everybody wait, and the bot end in order."""
        self.stage.crowd.up.clear()
        await server.stop()

    async def _put_off(self) -> None:
        """Have the platforms ask for patience until a letter waits; from then on they ask nobody."""
        if not self.put_off or self.told == math.inf:
            return
        crowd, platforms = self.stage.crowd, self.stage.platforms
        platforms.patient = 2
        async with asyncio.timeout(60):
            while not books.put_off(self.stage.file):
                crowd.target = len(crowd.acked) + self.answers
                await asyncio.sleep(0.05)
        platforms.patient = 0

    async def _go_on(self) -> None:
        """People answer, and whoever had answered before is told."""
        crowd, platforms = self.stage.crowd, self.stage.platforms
        before, began = set(crowd.acked), time.monotonic()
        crowd.target = len(crowd.sent) + self.answers
        async with asyncio.timeout(60):
            await crowd.until(len(crowd.acked) + self.answers // 2)
        heard = await platforms.until(
            lambda: all(crowd.sent[id_].name in platforms.shown for id_ in before), self.patience
        )
        self.told = max(self.told, time.monotonic() - began if heard else math.inf)
        await self.kept.look()


async def _prove(size: Size, seed: int, fault: str) -> Outcome:
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        machine = _Machine(Path(folder) / "clock")
        async with staged(seed, env=machine.env) as stage:
            stage.platforms.seconds = _CALL
            stage.platforms.patient = 0 if fault else _PATIENT
            url = stage.env["DATABASE_URL"]
            store = await Store.open(url)
            try:
                async with httpx2.AsyncClient(timeout=30) as web:
                    office, kept = Office(stage, store, web), Kept(url, store)
                    patience = _TOLD_SOON if fault else _TOLD[size]
                    trial = _Trial(
                        stage, machine, office, kept, _ANSWERS[size], patience, put_off=bool(fault)
                    )
                    figures = await _tried(trial, _ROUNDS[size], fault)
            finally:
                await store.close()
    return Outcome("The machine's clock is set", seed, time.monotonic() - began, figures)


async def _tried(trial: _Trial, rounds: int, fault: str) -> list[Figure]:
    stage, office, plant = trial.stage, trial.office, [fault] if fault else []
    jumps, starts = _SHOWN_BY.get(fault, (_JUMPS, _STARTS))
    crowd = stage.crowd
    await office.open()
    await trial.kept.put()
    crowd.more = True
    answering = asyncio.create_task(crowd.answer(line=6, telegram=6))
    server = await stage.serve([*plant, _RETAIN])
    stale = fresh = 0
    for _ in range(rounds):
        for _, to in jumps:
            await trial.jump(to)
        trial.machine.set(lambda now: now - _HOUR)
        stale += await office.sign_in(datetime.now(UTC) - _HOUR)
        fresh += await office.sign_in(datetime.now(UTC))
        trial.machine.set(lambda now: now)
    await trial.stop(server)
    for _ in range(rounds):
        for _, to in starts:
            await trial.start(to, plant)
            await trial.start(lambda now: now, plant)
    crowd.more = False
    server = await stage.serve([*plant, _RETAIN])
    finished = await settled(stage, answering, 0 if trial.told == math.inf else trial.patience)
    await server.stop()
    kept = books.of_sqlite(stage.file, check="integrity_check")
    return [
        Figure.least("times the clock was set while the bot served", trial.jumps, rounds * len(jumps)),
        Figure.least(
            "starts with a wrong clock, and with it right again", trial.starts, 2 * rounds * len(starts)
        ),
        *books.load_figures(crowd),
        *books.kept_figures(_people_s(kept), crowd),
        *books.shown_figures(kept, crowd, stage.platforms),
        Figure.none("shown twice on LINE", books.repeated(stage.platforms, "line")),
        Figure.none("shown twice on Telegram", books.repeated(stage.platforms, "telegram")),
        Figure.most(
            "seconds until everybody was told after a jump, at most",
            max(trial.told, finished),
            trial.patience,
        ),
        Figure.none("let go of although it was not old", trial.kept.lost),
        Figure.none("old and still kept at the end", await trial.kept.old()),
        Figure.none("sessions turned away that were in use", office.turned_away),
        Figure.none("sessions taken that were over", office.resurrected),
        Figure.none("one-time codes of an hour ago that were taken", stale),
        Figure.least("sign-ins with the code of the moment while the clock was wrong", fresh, rounds),
    ]


def _people_s(kept: books.Books) -> books.Books:
    """Without the rows that nobody's answer is behind."""
    return kept._replace(events={id_ for id_ in kept.events if not id_.startswith("kept:")})
