"""What was seen, as tables and goals, and into docs/performance.md."""

import os
import platform
import tempfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

from msgspec import Struct

from tests.bench.contestants import OURS, OURS_TELEGRAM, PEER_CONTESTANTS, RAW, Contestant
from tests.bench.load import PhaseSeen
from tests.bench.trial import Trial
from tests.proof.outcome import Figure

DOCUMENT: Final = Path("docs/performance.md")
#: What is written stands between these lines; the rest of the document is people's.
BEGIN: Final = "<!-- bench -->"
END: Final = "<!-- /bench -->"


class Point(Struct, frozen=True):
    """How many people and answers there were already, and what the load on top of them saw."""

    people: int
    answers: int
    closed: PhaseSeen
    paced: PhaseSeen


class Seen(Struct, frozen=True):
    """Everything: the repetitions of each contestant, the paced run, the curve, seconds of starts and imports."""

    trials: Sequence[Trial]
    paced: PhaseSeen
    curve: Sequence[Point]
    starts: Sequence[Trial]
    imports: Sequence[float]
    seconds: float
    command: str


def markdown(seen: Seen) -> str:
    """All of it."""
    parts = [_where(seen), _side_by_side(seen), _paced(seen), _curve(seen), _goals(seen)]
    return "\n\n".join(part for part in parts if part)


def goals(seen: Seen) -> list[Figure]:
    """The goals and whether they were reached."""
    ours, raw = _rate(seen, OURS, 1), _rate(seen, RAW, 1)
    best = max((_rate(seen, peer, 1) for peer in PEER_CONTESTANTS), default=0.0)
    figures = []
    if ours and best:
        figures.append(Figure.least("durable turns/s at 64 connections, × the best peer", ours / best, 10))
    if ours and raw:
        figures.append(Figure.least("the same, × the same work by hand", ours / raw, 0.5))
    figures.append(Figure.most("p99 of 200 at 200 events/s, ms", seen.paced.ack.p99, 50))
    figures.append(Figure.most("p99 of the reply at 200 events/s, ms", seen.paced.reply.p99, 50))
    if len(seen.curve) > 1:
        grown = seen.curve[-1].closed.cpu / seen.curve[0].closed.cpu
        figures.append(Figure.most("CPU a turn, most stored × least stored", grown, 1.25))
    if seen.starts and seen.imports:
        started = median(trial.started for trial in seen.starts) / median(seen.imports)
        figures.append(Figure.most("start to first reply, × importing the SDKs", started, 1.5))
        rss = median(trial.seen.rss for trial in seen.starts) / 2**20
        figures.append(Figure.most("resident memory after the start, MB", rss, 150))
    return figures


def write(seen: Seen) -> None:
    """Put the tables into DOCUMENT."""
    before, _, rest = DOCUMENT.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{markdown(seen)}\n{END}{after}")


def _where(seen: Seen) -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"{datetime.now(UTC):%-d %B %Y}, `{seen.command}`, {seen.seconds / 60:.0f} minutes on {cores} cores"
        f" ({platform.machine()}, Python {platform.python_version()}); an fsync takes"
        f" {_fsync():.2f} ms. Medians of {_repetitions(seen)} alternated repetitions."
    )


def _side_by_side(seen: Seen) -> str:
    ours = _rate(seen, OURS, 1)
    rows = []
    for contestant in dict.fromkeys(trial.contestant for trial in seen.trials):
        one, many = _phases(seen, contestant, 0), _phases(seen, contestant, 1)
        rate = _rate(seen, contestant, 1)
        rows.append(
            (
                f"**{contestant.name}**" if contestant in (OURS, OURS_TELEGRAM) else contestant.name,
                f"{_rate(seen, contestant, 0):,.0f}",
                f"{median(p.reply.p50 for p in one):.2f} / {median(p.reply.p99 for p in one):.1f}",
                f"{rate:,.0f}",
                f"{median(p.reply.p50 for p in many):.1f} / {median(p.reply.p99 for p in many):.0f}",
                f"{median(p.cpu for p in many):,.0f}",
                f"{median(p.rss for p in many) / 2**20:.0f}",
                f"{ours / rate:.2f}" if rate and ours else "",
            )
        )
    head = (
        "", "turns/s, 1 connection", "reply p50 / p99, ms", "turns/s, 64 connections", "reply p50 / p99, ms",
        "CPU µs a turn", "RSS, MB", "ours ÷ it",
    )  # fmt: skip
    return _table(head, rows)


def _paced(seen: Seen) -> str:
    paced = seen.paced
    return (
        f"At 200 events a second, come what may: 200 after {paced.ack.p50:.1f} ms (p99 {paced.ack.p99:.1f}),"
        f" the reply after {paced.reply.p50:.1f} ms (p99 {paced.reply.p99:.1f})."
    )


def _curve(seen: Seen) -> str:
    rows = [
        (
            f"{point.people:,}", f"{point.answers:,}", f"{point.closed.turns / point.closed.seconds:,.0f}",
            f"{point.closed.cpu:,.0f}", f"{point.closed.reply.p50:.1f} / {point.closed.reply.p99:.0f}",
            f"{point.paced.ack.p50:.1f} / {point.paced.ack.p99:.1f}",
            f"{point.paced.reply.p50:.1f} / {point.paced.reply.p99:.1f}",
        )
        for point in seen.curve
    ]  # fmt: skip
    head = (
        "people there already", "answers", "turns/s, 64 connections", "CPU µs a turn", "reply p50 / p99, ms",
        "at 200/s: 200, ms", "at 200/s: reply, ms",
    )  # fmt: skip
    return _table(head, rows) if rows else ""


def _goals(seen: Seen) -> str:
    verdicts = {True: "reached", False: "**missed**", None: ""}
    rows = [(f.what, f"{f.seen:,.2f}", f.bound, verdicts[f.held]) for f in goals(seen)]
    return _table(("goal", "seen", "bound", ""), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    line = "| " + " | ".join("---" if n == 0 else "---:" for n in range(len(head))) + " |"
    return "\n".join(["| " + " | ".join(head) + " |", line, *("| " + " | ".join(row) + " |" for row in rows)])


def _phases(seen: Seen, contestant: Contestant, n: int) -> list[PhaseSeen]:
    return [t.seen.phases[n] for t in seen.trials if t.contestant == contestant and len(t.seen.phases) > n]


def _rate(seen: Seen, contestant: Contestant, n: int) -> float:
    """The median of the turns a second."""
    return median([p.turns / p.seconds for p in _phases(seen, contestant, n)] or [0.0])


def _repetitions(seen: Seen) -> int:
    return sum(trial.contestant == OURS for trial in seen.trials)


def _fsync() -> float:
    """Milliseconds, the median of a hundred."""
    with tempfile.TemporaryFile() as file:
        times = []
        for _ in range(100):
            file.write(b"x" * 4096)
            file.flush()
            began = perf_counter()
            os.fdatasync(file.fileno()) if hasattr(os, "fdatasync") else os.fsync(file.fileno())
            times.append(perf_counter() - began)
    return median(times) * 1e3
