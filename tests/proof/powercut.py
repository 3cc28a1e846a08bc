"""Power cuts, simulated: what was written and not yet fsynced is dropped, kept in part, or torn.

One recording of the bot under load gives as many cuts as wanted (trace.py). At each, the files get what was
fsynced before it and some of the rest, SQLite opens them, and every answer that had been met with 200 before
the cut must be there. This models a disk that honours fsync, and no other.
"""

import asyncio
import os
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Final

from tests.proof import books
from tests.proof.outcome import Figure, Outcome, Size
from tests.proof.stage import Stage, settled, staged
from tests.proof.trace import CALLS, Appear, Promise, Step, Sync, Truncate, Vanish, Write, steps

_CUTS: Final = {Size.SHORT: 60, Size.LONG: 2_000}
_ANSWERS: Final = {Size.SHORT: 120, Size.LONG: 1_500}
#: Cuts by which the LONG form sees that it would notice.
_BLIND_CUTS: Final = 200
_BLIND_ANSWERS: Final = 300
#: SQLite folds its log into the file ten times as often as it would, so that more cuts fall into it. Not
#: where the log is not fsynced at a commit: folding fsyncs it, and would hide that.
_CHECKPOINT: Final = "checkpoint:100"
_NORMAL: Final = "synchronous:NORMAL"
#: What a disk writes as a whole, in bytes.
_SECTOR: Final = 512

FAULTS: Final = {
    _NORMAL: "acknowledged answers lost",
    "synchronous:OFF": "cuts that left a damaged file",
}


def missing() -> str:
    """What this proof needs and this machine has not; "" when it has everything."""
    return "" if shutil.which("strace") else "strace is not installed (`make proof-tools`)"


def prove(size: Size, seed: int, fault: str = "") -> Outcome:
    """Record the bot under load and cut its power; LONG also shows that lesser settings are seen to lose."""
    began = time.monotonic()
    seen = asyncio.run(_seen(_ANSWERS[size], _CUTS[size], seed, fault))
    figures = [
        Figure.least("power cuts", seen["cuts"], _CUTS[size]),
        Figure("writes to the files recorded", seen["writes"]),
        Figure("folded into the file (checkpoints)", seen["checkpoints"]),
        Figure("writes not yet fsynced at a cut, at most", seen["unsynced"]),
        Figure("answers met with 200 before the last cut", seen["promised"]),
        Figure.none("acknowledged answers lost", seen["lost"]),
        Figure.none("cuts that lost one", seen["losing"]),
        Figure.none("cuts that left a damaged file", seen["damaged"]),
        Figure.none("cuts that left an event half stored", seen["halved"]),
    ]
    if size is Size.LONG and not fault:
        figures += _not_blind(seed)
    return Outcome("Power cuts", seed, time.monotonic() - began, figures)


def _not_blind(seed: int) -> list[Figure]:
    """The same harness on settings that are known to lose: a proof that sees nothing there proves nothing."""
    normal = asyncio.run(_seen(_BLIND_ANSWERS, _BLIND_CUTS, seed, _NORMAL))
    off = asyncio.run(_seen(_BLIND_ANSWERS, _BLIND_CUTS, seed, "synchronous:OFF"))
    return [
        Figure.least(
            "synchronous=NORMAL: cuts seen to lose, per cent", 100 * normal["losing"] / normal["cuts"], 50
        ),
        Figure.least(
            "synchronous=OFF: cuts seen to damage the file, per cent", 100 * off["damaged"] / off["cuts"], 5
        ),
    ]


async def _seen(answers: int, cuts: int, seed: int, fault: str) -> Counter[str]:
    async with staged(seed) as stage:
        log = stage.folder / "trace"
        empty = stage.file.read_bytes()
        await _record(stage, answers, log, [fault, "" if fault == _NORMAL else _CHECKPOINT])
        return _cut(list(steps(log, stage.file)), empty, cuts, stage.chance)


async def _record(stage: Stage, answers: int, log: Path, plant: Sequence[str]) -> None:
    """The bot under load, each of its system calls written down."""
    stage.crowd.target = answers
    gate = stage.folder / "gate"
    os.mkfifo(gate)
    server = await stage.start(plant, gate=gate)
    heard = await asyncio.create_subprocess_exec(
        *(
            "strace",
            "-f",
            "-p",
            str(server.pid),
            "-xx",
            "-s",
            "1000000",
            "-e",
            f"trace={CALLS}",
            "-o",
            str(log),
        ),
        stderr=asyncio.subprocess.PIPE,
    )
    assert heard.stderr
    attached = await heard.stderr.readline()
    if b"attached" not in attached:
        await server.kill()
        raise RuntimeError(f"strace cannot listen here: {attached.decode().strip()}")
    os.close(os.open(gate, os.O_WRONLY))
    await server.serving()
    stage.crowd.up.set()
    await settled(stage, asyncio.create_task(stage.crowd.answer()), 20)
    await server.kill()
    await heard.communicate()


def _cut(happened: Sequence[Step], empty: bytes, cuts: int, chance: random.Random) -> Counter[str]:
    """What was seen in so many cuts, at moments of chance."""
    seen: Counter[str] = Counter(writes=sum(isinstance(step, Write) for step in happened))
    first = next(n for n, step in enumerate(happened) if isinstance(step, Promise))
    at = sorted(chance.randrange(first, len(happened)) for _ in range(cuts))
    disk, promised = _Disk(empty), set[str]()
    folder = Path(
        tempfile.mkdtemp(prefix="ruamkhit-cut-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
    )
    try:
        for n, step in enumerate(happened):
            if isinstance(step, Promise):
                promised.update(step.events)
            else:
                disk.do(step)
            while at and at[0] == n:
                at.pop(0)
                _look(disk, promised, folder, chance, seen)
    finally:
        shutil.rmtree(folder)
    seen["checkpoints"] = disk.checkpoints
    seen["promised"] = len(promised)
    return seen


def _look(disk: "_Disk", promised: set[str], folder: Path, chance: random.Random, seen: Counter[str]) -> None:
    """Cut the power here, and see what SQLite makes of what is left."""
    seen["cuts"] += 1
    seen["unsynced"] = max(seen["unsynced"], len(disk.pending))
    for name in ("bot.db-shm", "bot.db-wal", "bot.db"):
        (folder / name).unlink(missing_ok=True)
    for name, content in disk.after_cut(chance).items():
        (folder / name).write_bytes(content)
    kept = books.of_sqlite(folder / "bot.db", check="integrity_check", mode="rw")
    seen["damaged"] += bool(kept.fault)
    seen["halved"] += not kept.fault and books.halves(kept) > 0
    lost = len(promised - kept.stored)
    seen["lost"] += lost
    seen["losing"] += lost > 0


class _Disk:
    """The files as they are on the disk for sure, and what was done to them since, in its order."""

    def __init__(self, empty: bytes) -> None:
        self.pending: list[Step] = []
        self.checkpoints = 0
        self._sure: dict[str, bytearray] = {"bot.db": bytearray(empty)}
        #: Of a file that was made and whose folder was not fsynced since: what was fsynced of it.
        self._nameless: dict[str, bytearray] = {}

    def do(self, step: Step) -> None:
        """Do one thing."""
        if not isinstance(step, Sync):
            self.pending.append(step)
            return
        self.checkpoints += step.file == "bot.db"
        kept = []
        for before in self.pending:
            named = isinstance(before, Appear | Vanish)
            if named == (step.file == "") and (named or before.file == step.file):
                self._settle(before)
            else:
                kept.append(before)
        self.pending = kept

    def _settle(self, step: Step) -> None:
        """It is on the disk now."""
        if isinstance(step, Appear):
            self._sure[step.file] = self._nameless.pop(step.file, bytearray())
        elif isinstance(step, Vanish):
            self._sure.pop(step.file, None)
        elif isinstance(step, Write | Truncate):
            files = self._sure if step.file in self._sure else self._nameless
            _apply(files.setdefault(step.file, bytearray()), step)

    def after_cut(self, chance: random.Random) -> dict[str, bytes]:
        """The files as they may be found: of what was not fsynced nothing, the first half, some, torn, or all."""
        files, nameless = deepcopy(self._sure), deepcopy(self._nameless)
        for step in _kept(self.pending, chance):
            if isinstance(step, Appear):
                files.setdefault(step.file, nameless.get(step.file, bytearray()))
            elif isinstance(step, Vanish):
                files.pop(step.file, None)
            elif isinstance(step, Write | Truncate) and step.file in files:
                _apply(files[step.file], step)
        return {name: bytes(content) for name, content in files.items()}


def _kept(pending: Sequence[Step], chance: random.Random) -> Iterator[Step]:
    """Which of these reached the disk all the same."""
    match chance.choice(("none", "half", "some", "torn", "all")):
        case "half":
            yield from pending[: len(pending) // 2]
        case "some":
            yield from (step for step in pending if chance.random() < 0.5)
        case "torn":
            for step in pending:
                if isinstance(step, Write):
                    yield from _sectors(step, chance)
                elif chance.random() < 0.5:
                    yield step
        case "all":
            yield from pending


def _sectors(step: Write, chance: random.Random) -> Iterator[Write]:
    """Some of the sectors of a write."""
    begin = step.offset
    end = step.offset + len(step.data)
    while begin < end:
        until = min(end, (begin // _SECTOR + 1) * _SECTOR)
        if chance.random() < 0.5:
            yield Write(step.file, begin, step.data[begin - step.offset : until - step.offset])
        begin = until


def _apply(content: bytearray, step: Write | Truncate) -> None:
    if isinstance(step, Truncate):
        del content[step.size :]
        content.extend(bytes(step.size - len(content)))
        return
    content.extend(bytes(max(0, step.offset + len(step.data) - len(content))))
    content[step.offset : step.offset + len(step.data)] = step.data
