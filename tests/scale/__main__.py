"""What a second process costs: `python -m tests.scale [--short] [--write]`, four minutes on two idle cores.

One process and two serve the same load, in turn, each time on a new PostgreSQL. On two cores the load, LINE
and PostgreSQL share them with the bots, so that two processes cannot show their rate here; what can be seen
is whether a turn costs more processor time, and whether one process waits for the other's locks.
"""

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Final

from msgspec import Struct

from tests.proof.elephant import PostgreSQL
from tests.proof.server import free_port
from tests.proof.stage import Stage, staged
from tests.scale.gauge import Cost, gauged

DOCUMENT: Final = Path("docs/scaling.md")
#: The table stands between these two lines, and is written by `--write`; the rest by people.
BEGIN, END = "<!-- scale -->", "<!-- /scale -->"

#: Connections over which LINE brings its events, in all.
_CONNECTIONS: Final = 16
#: Seconds between two rises of what is to be answered by then, of a load that keeps a pace.
_STEP: Final = 0.02
#: Seconds in which everybody must have been told, after the last event.
_PATIENCE: Final = 30.0


class Load(Struct, frozen=True):
    """What people do: so many answers a second, 0 for as many as are taken; None for nothing at all."""

    name: str
    pace: float | None
    seconds: float


class Seen(Struct, frozen=True):
    """One load on so many processes."""

    processes: int
    load: Load
    turns: int
    cost: Cost


#: What each process does first, uncounted: whatever is made once, at the first answer, is made.
_WARMING: Final = Load("warming up", 100, 3.0)


def loads(seconds: float) -> Sequence[Load]:
    """Nobody, a pace that one process keeps easily, twice that for two of them, and as fast as it goes."""
    return (
        Load("nobody", None, seconds / 2),
        Load("100 answers a second", 100, seconds),
        Load("200 answers a second", 200, seconds),
        Load("as fast as it goes", 0, seconds),
    )


def main() -> int:
    """Measure, print, and write if that is asked for; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.scale")
    parser.add_argument("--short", action="store_true", help="one repetition of a few seconds")
    parser.add_argument("--write", action="store_true", help=f"write the table into {DOCUMENT}")
    wanted = parser.parse_args()
    repetitions, seconds = (1, 3.0) if wanted.short else (3, 7.0)
    seen: list[Seen] = []
    for n in range(repetitions):
        for processes in (1, 2):
            seen += asyncio.run(measured(processes, loads(seconds), seed=n))
    said = markdown(seen)
    sys.stdout.write(said + "\n")
    if wanted.write:
        write(said, "python -m tests.scale" + " --short" * wanted.short)
    return 0


async def measured(processes: int, wanted: Sequence[Load], seed: int) -> list[Seen]:
    """These loads, one after another, on so many processes with an empty PostgreSQL of their own."""
    async with PostgreSQL() as elephant, staged(seed, url=elephant.url, people=500) as stage:
        servers = [await stage.serve()]
        for _ in range(processes - 1):
            port = free_port()
            servers.append(await stage.serve(port=port))
            stage.crowd.ports.append(port)
        stage.crowd.more = True
        answering = asyncio.create_task(stage.crowd.answer(line=_CONNECTIONS, telegram=0))
        await _carry(stage, _WARMING)
        seen = []
        for load in wanted:
            before = len(stage.crowd.acked)
            async with gauged(elephant.url, [server.pid for server in servers]) as cost:
                await _carry(stage, load)
            seen.append(Seen(processes, load, len(stage.crowd.acked) - before, cost))
        stage.crowd.more = False
        await answering
        for server in servers:
            await server.stop()
        return seen


async def _carry(stage: Stage, load: Load) -> None:
    """Let people answer, and wait until each was told."""
    crowd, loop = stage.crowd, asyncio.get_running_loop()
    began, before = loop.time(), len(crowd.sent)
    while (spent := loop.time() - began) < load.seconds:
        if load.pace is not None:
            crowd.target = before + (int(load.pace * spent) if load.pace else sys.maxsize)
        await asyncio.sleep(_STEP)
    crowd.target = len(crowd.sent)

    def told() -> bool:
        return crowd.met and all(crowd.sent[id_].name in stage.platforms.shown for id_ in crowd.acked)

    if not await stage.platforms.until(told, _PATIENCE):
        raise RuntimeError(f"not everybody was told: {stage.log.read_text()[-2000:]}")


def markdown(seen: Sequence[Seen]) -> str:
    """The table, and what was waited for by name."""
    head = (
        "| load | processes | answers/s | bots, CPU µs an answer | PostgreSQL, CPU µs an answer"
        " | transactions that wrote, an answer | write-ahead log, bytes an answer"
        " | waited for locks, µs an answer | for the disk, µs an answer |"
    )
    rows = [head, "| --- |" + " ---: |" * 8]
    idle = []
    for name, processes in dict.fromkeys((one.load.name, one.processes) for one in _ordered(seen)):
        of_it = [one for one in seen if (one.load.name, one.processes) == (name, processes)]
        if of_it[0].load.pace is None:
            idle.append(_idle(processes, of_it))
        else:
            rows.append(_row(name, processes, of_it))
    return "\n".join([*rows, "", *_ratios(seen), *idle, _deadlocks(seen), _locks(seen)])


def _ordered(seen: Sequence[Seen]) -> Sequence[Seen]:
    """By load, in the order in which they were carried, then by processes."""
    names = list(dict.fromkeys(one.load.name for one in seen))
    return sorted(seen, key=lambda one: (names.index(one.load.name), one.processes))


def _row(name: str, processes: int, of_it: Sequence[Seen]) -> str:
    def each(value: str) -> float:
        return median(getattr(one.cost, value) / one.turns for one in of_it)

    locks = median(one.cost.waited_for("Lock", "LWLock") / one.turns for one in of_it)
    disk = median(one.cost.waited_for("IO") / one.turns for one in of_it)
    rate = median(one.turns / one.cost.seconds for one in of_it)
    micro = [each("bots") * 1e6, each("postgresql") * 1e6]
    return (
        f"| {name} | {processes} | {rate:,.0f} | {micro[0]:,.0f} | {micro[1]:,.0f}"
        f" | {each('written'):.2f} | {each('wal'):,.0f} | {locks * 1e6:,.0f} | {disk * 1e6:,.0f} |"
    )


def _ratios(seen: Sequence[Seen]) -> list[str]:
    """Two processes against one that has the same to do as each of them, and against one that has all of it."""
    told = []
    for two in dict.fromkeys(one.load for one in seen if one.processes == 2 and one.load.pace):
        for alone in dict.fromkeys(one.load for one in seen if one.processes == 1 and one.load.pace):
            if alone.pace in (two.pace, (two.pace or 0) / 2):
                bots, postgresql = (
                    _each(seen, 2, two, value) / _each(seen, 1, alone, value)
                    for value in ("bots", "postgresql")
                )
                told.append(
                    f"Two processes at {two.name} against one at {alone.name}: bots × {bots:.2f},"
                    f" PostgreSQL × {postgresql:.2f} an answer."
                )
    return told


def _each(seen: Sequence[Seen], processes: int, load: Load, value: str) -> float:
    """The median of a cost an answer."""
    of_it = [one for one in seen if (one.processes, one.load) == (processes, load)]
    return median(getattr(one.cost, value) / one.turns for one in of_it)


def _idle(processes: int, of_it: Sequence[Seen]) -> str:
    bots = median(one.cost.bots / one.cost.seconds / processes for one in of_it) * 1e3
    return f"With nobody there, each of {processes}: {bots:.0f} ms of processor a second."


def _deadlocks(seen: Sequence[Seen]) -> str:
    return f"Deadlocks: {sum(one.cost.deadlocks for one in seen)}."


def _locks(seen: Sequence[Seen]) -> str:
    """What was waited for most, for each number of processes, in the looks that were taken."""
    told = []
    for processes in sorted({one.processes for one in seen}):
        waited: Counter[tuple[str, str]] = Counter()
        looks = 0
        for one in seen:
            if one.processes == processes:
                waited.update({k: v for k, v in one.cost.waited.items() if k[0] in ("Lock", "LWLock")})
                looks += one.cost.looks
        most = ", ".join(f"{kind}:{name} {seconds:.2f} s" for (kind, name), seconds in waited.most_common(4))
        told.append(f"{processes}: {most or 'nothing'} ({looks:,} looks)")
    return f"Locks waited for, all sessions and repetitions together, by processes: {'; '.join(told)}."


def write(said: str, command: str) -> None:
    """Put the table into the document."""
    before, _, rest = DOCUMENT.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    dated = f"{said}\n\n{datetime.now(UTC):%-d %B %Y}, `{command}`."
    DOCUMENT.write_text(f"{before}{BEGIN}\n{dated}\n{END}{after}", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
