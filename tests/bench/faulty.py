"""Ours with a protection taken away: `python -m tests.bench.faulty FAULT serve`, for the tests of the benchmark.

early   200 is answered before the commit, on a disk that takes a while
mute    letters are settled and not sent
"""

import asyncio
import sys
from collections.abc import Sequence
from typing import Final

from bot.channels.line import LineChannel
from bot.runtime.channel import Broken, Delivered, Fate, Incoming, Parcel
from bot.runtime.intake import Intake
from bot.verbs import run

#: Seconds that the disk takes. On a fast one all is stored by the time the process dies.
_SLOW: Final = 0.05

_kept: set[asyncio.Task[None]] = set()
_submit = Intake.submit


async def early(self: Intake, incomings: Sequence[Incoming | Broken]) -> None:
    """Return at once; the commit follows."""
    task = asyncio.create_task(_later(self, incomings))
    _kept.add(task)
    task.add_done_callback(_kept.discard)


async def _later(intake: Intake, incomings: Sequence[Incoming | Broken]) -> None:
    await asyncio.sleep(_SLOW)
    await _submit(intake, incomings)


async def mute(self: LineChannel, parcel: Parcel) -> Delivered:
    """Say that it was sent."""
    return Delivered(Fate.SENT, len(parcel.messages), via="reply")


def main() -> None:
    """Plant the fault, then do what the rest of the command line says."""
    fault = sys.argv.pop(1)
    if fault == "early":
        Intake.submit = early  # type: ignore[method-assign]
    else:
        LineChannel.deliver = mute  # type: ignore[method-assign]
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
