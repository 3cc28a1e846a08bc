"""`python -m tests.bench [--quick] [--write] [--only NAME …]`: all contestants, alternated; exit code 1 when one broke its word.

A missed goal is said and no failure: on a busy machine a rate is only an orientation.
"""

import argparse
import sys
from collections.abc import Sequence
from time import perf_counter
from typing import Final

from tests.bench import starting
from tests.bench.contestants import FLOORS, OURS, OURS_TELEGRAM, PEER_CONTESTANTS, PEERS, Contestant
from tests.bench.curve import ANSWERS, filled
from tests.bench.load import Phase
from tests.bench.report import DOCUMENT, Point, Seen, markdown, write
from tests.bench.trial import Trial, trial

CONTESTANTS: Final = (OURS, OURS_TELEGRAM, *PEER_CONTESTANTS, *FLOORS)
#: People in the store before the load; each has ANSWERS answers.
CROWDS: Final = (1_000, 100_000, 1_000_000)
QUICK_CROWDS: Final = (1_000, 20_000)
#: Events a second of the paced load, and the connections they may take.
PACE: Final = 200.0


def main() -> int:
    """Run what the command line asks for; the exit code."""
    wanted = _arguments()
    began = perf_counter()
    contestants = [c for c in CONTESTANTS if not wanted.only or any(o in c.name for o in wanted.only)]
    if any(c.peer for c in contestants) and not PEERS.exists():
        sys.exit(f"The peers are not installed ({PEERS.parent.parent}): `make bench` does that.")
    seconds, repetitions = (2.0, 1) if wanted.quick else (5.0, 3)
    phases = [Phase(1, 0.5, seconds / 2), Phase(64, 1, seconds)]
    trials = [_kept(trial(c, phases)) for _ in range(repetitions) for c in contestants]
    imports, starts = _starts(1 if wanted.quick else 5)
    paced = _kept(trial(OURS, [Phase(64, 1, seconds * 2, PACE)])).seen.phases[0]
    curve = [_point(people, seconds) for people in (QUICK_CROWDS if wanted.quick else CROWDS)]
    command = "python -m tests.bench --quick" if wanted.quick else "make bench"
    seen = Seen(trials, paced, curve, starts, imports, perf_counter() - began, command)
    _say(markdown(seen))
    if wanted.write:
        write(seen)
    return 0 if all(not t.faults for t in [*trials, *starts]) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--quick", action="store_true", help="one short repetition, for orientation")
    parser.add_argument("--only", nargs="*", default=[], help="only contestants whose name has one of these")
    parser.add_argument("--write", action="store_true", help=f"write the tables into {DOCUMENT}")
    return parser.parse_args()


def _kept(seen: Trial) -> Trial:
    """The same; what it broke is said at once."""
    rates = ", ".join(f"{p.turns / p.seconds:,.0f}/s ({p.cpu:,.0f} µs)" for p in seen.seen.phases)
    _tell(f"{seen.contestant.name}: {rates or f'{seen.started:.2f} s'}")
    for fault in seen.faults:
        _tell(f"  BROKEN: {fault}")
    return seen


def _starts(times: int) -> tuple[Sequence[float], Sequence[Trial]]:
    """Imports of the SDKs and starts of ours, in turn."""
    imports, starts = [], []
    for _ in range(times):
        imports.append(starting.import_sdks())
        starts.append(_kept(starting.first_reply()))
    return imports, starts


def _point(people: int, seconds: float) -> Point:
    """The load on a filled store."""
    began = perf_counter()
    with filled(people) as store:
        _tell(
            f"{people:,} people with {ANSWERS * people:,} answers are there ({perf_counter() - began:.0f} s)"
        )
        phases = [Phase(64, 2, seconds), Phase(64, 1, seconds, PACE)]
        seen = _kept(trial(_CROWDED, phases, store=store, people=people)).seen
    return Point(people, ANSWERS * people, *seen.phases)


#: Ours, under a name that says what the line is about.
_CROWDED: Final = Contestant(
    "ours, with them", OURS.command, OURS.path, migrated=OURS.migrated, stored=OURS.stored
)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _tell(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
