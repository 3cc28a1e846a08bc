"""Run proofs: `python -m tests.proof [--short] [--seed N] [--fault NAME] [--write] [PROOF …]`.

Exit code 0 when every bound held, 1 when one was broken. `--write` puts the tables into docs/reliability.md.
"""

import argparse
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Final

from tests.proof.outcome import Outcome, Size

#: The modules of this package that prove something, in the order of docs/reliability.md.
PROOFS: Final[tuple[str, ...]] = (
    "kill9",
    "points",
    "powercut",
    "disk",
    "failing_io",
    "postgres",
    "processes",
    "migration",
    "misbehaviour",
    "hostile",
    "streams",
    "overload",
    "stopping",
    "clock",
    "drill",
)

DOCUMENT: Final = Path("docs/reliability.md")
#: Each proof's table stands between two such lines, and is written by `--write`; the rest by people.
BEGIN: Final = "<!-- proof {} -->"
END: Final = "<!-- /proof {} -->"


def main() -> int:
    """Run what the command line names; the exit code."""
    wanted = _arguments()
    held = True
    for name in wanted.proofs or PROOFS:
        module = import_module(f"tests.proof.{name}")
        if lacks := getattr(module, "missing", str)():
            sys.stdout.write(f"{name} is left out: {lacks}\n\n")
            continue
        outcome = module.prove(Size.SHORT if wanted.short else Size.LONG, wanted.seed, wanted.fault)
        sys.stdout.write(outcome.markdown() + "\n")
        sys.stdout.flush()
        held = held and outcome.held
        if wanted.write:
            _write(name, outcome)
    return 0 if held else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.proof")
    parser.add_argument("proofs", nargs="*", choices=[[], *PROOFS], metavar="PROOF", help=", ".join(PROOFS))
    parser.add_argument("--short", action="store_true", help="the form that `make test` runs")
    parser.add_argument("--seed", type=int, default=20260101)
    parser.add_argument("--fault", default="", help="take this protection away first")
    parser.add_argument("--write", action="store_true", help=f"write the tables into {DOCUMENT}")
    return parser.parse_args()


def _write(name: str, outcome: Outcome) -> None:
    begin, end = BEGIN.format(name), END.format(name)
    before, found, rest = DOCUMENT.read_text().partition(begin)
    if not found:
        sys.exit(f"{DOCUMENT} has no place for {name}: two lines, {begin} and {end}.")
    _, _, after = rest.partition(end)
    said = f"{outcome.markdown()}\n{datetime.now(UTC):%-d %B %Y}, `python -m tests.proof {name}`."
    DOCUMENT.write_text(f"{before}{begin}\n{said}\n{end}{after}")


if __name__ == "__main__":
    sys.exit(main())
