"""The end of a process: every worker finishes what it has begun, one after another, in ten seconds at most.

One rule: what is left undone is left where the next start finds it, and was promised to nobody.
"""

import asyncio
from typing import Final, Protocol

import structlog

#: Seconds given to each worker, in the order in which they stop; with the grace for requests ten in all.
#: What they leave is taken up at the next start: a round of retention, a file, a letter. Events that wait
#: are refused then, and their platform brings them again. A LINE call takes five seconds at most.
RETAINING: Final = 0.5
BRINGING: Final = 0.5
COMMITTING: Final = 1.0
CALLING: Final = 0.5
SAYING: Final = 5.5

_log = structlog.get_logger("stopping")


class Closable(Protocol):
    """A worker."""

    def close(self) -> None:
        """Begin nothing more; its task ends once what it has begun is done."""


async def finish(*workers: tuple[Closable, asyncio.Task[None], float]) -> None:
    """Close the workers one after another, each once the one before it has finished or had its seconds.

    What is cut short is named by its task in the log.
    """
    for worker, task, seconds in workers:
        worker.close()
        _, late = await asyncio.wait([task], timeout=seconds)
        if late:
            _log.warning(
                "stopped before everything was finished; it is taken up again at the next start",
                detail=task.get_name(),
            )
            task.cancel()
