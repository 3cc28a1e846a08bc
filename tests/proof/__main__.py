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
PROOFS: Final[tuple[str, ...]] = ()

DOCUMENT: Final = Path("docs/reliability.md")
#: What stands between these two lines of the document is written by `--write`; the rest by people.
BEGIN: Final = "<!-- figures -->"
END: Final = "<!-- /figures -->"


def main() -> int:
    """Run what the command line names; the exit code."""
    wanted = _arguments()
    outcomes: list[Outcome] = []
    for name in wanted.proofs or PROOFS:
        module = import_module(f"tests.proof.{name}")
        outcome = module.prove(Size.SHORT if wanted.short else Size.LONG, wanted.seed, wanted.fault)
        print(outcome.markdown(), flush=True)
        outcomes.append(outcome)
    if wanted.write:
        _write(outcomes)
    return 0 if all(outcome.held for outcome in outcomes) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.proof")
    parser.add_argument("proofs", nargs="*", choices=[[], *PROOFS], metavar="PROOF", help=", ".join(PROOFS))
    parser.add_argument("--short", action="store_true", help="the form that `make test` runs")
    parser.add_argument("--seed", type=int, default=20260101)
    parser.add_argument("--fault", default="", help="take this protection away first")
    parser.add_argument("--write", action="store_true", help=f"write the tables into {DOCUMENT}")
    return parser.parse_args()


def _write(outcomes: list[Outcome]) -> None:
    before, _, rest = DOCUMENT.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    said = f"\n\nOf {datetime.now(UTC):%-d %B %Y}, by `make proof`.\n\n"
    tables = "\n".join(outcome.markdown() for outcome in outcomes)
    DOCUMENT.write_text(f"{before}{BEGIN}{said}{tables}\n{END}{after}")


if __name__ == "__main__":
    sys.exit(main())
