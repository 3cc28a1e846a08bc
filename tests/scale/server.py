"""A bot as `python -m bot serve` starts it, but for the seconds of a lease and for a fault:
`python -m tests.scale.server LEASE [FAULT]`.

A test of a process that dies would otherwise wait two minutes for what it had in its hands. A fault takes
a protection away, and a test that does not fail then proves nothing.
"""

import sys
from collections.abc import Callable

from sqlalchemy import bindparam, select, update

from bot.runtime import delivery
from bot.store import LetterState, outbox
from bot.store.schema import outbox as letters
from bot.verbs import run


def two_at_once() -> None:
    """Any letter of a person may be leased, not the oldest alone."""
    free = (
        select(letters.c.seq)
        .where(letters.c.settled_at.is_(None), letters.c.due_at <= bindparam("now"))
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True)
        .cte("free")
    )
    outbox._LEASE = (  # type: ignore[misc]
        update(letters)
        .where(letters.c.seq.in_(select(free.c.seq)))
        .values(state=LetterState.LEASED, due_at=bindparam("until"), attempt=letters.c.attempt + 1)
        .returning(*outbox._LEASE._returning)
    )


FAULTS: dict[str, Callable[[], None]] = {"two at once": two_at_once}

if __name__ == "__main__":
    delivery._LEASE = float(sys.argv[1])  # type: ignore[misc]
    delivery._ATTEMPT = delivery._LEASE * 0.75  # type: ignore[misc]
    for fault in sys.argv[2:]:
        FAULTS[fault]()
    sys.exit(run(["serve"]))
