"""Whether this process is the only one that serves a file, and what a dead one had in its hands.

One rule: a lease is taken from a process only when it is surely gone. The kernel says so: it lets go of a
process's lock on a file however the process ended. PostgreSQL may be reached from other machines, so there
a lease ends by itself alone.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import bindparam, delete, exists, update

from bot.store.database import Database
from bot.store.office import staff_sessions
from bot.store.schema import fetches, outbox
from bot.store.states import FetchState, LetterState

try:
    import fcntl
except ImportError:  # not on Windows: there a lease ends by itself alone, too
    fcntl = None  # type: ignore[assignment]

#: Beside the database; empty, and never the database itself, whose locks closing it would drop.
LOCK: Final = "-serving"

#: Who had them may have sent them: the attempt counts, and its settlement would come too late. (That they are
#: not settled is said for the index: the letters of months are not read for these.)
_RELEASE: Final = (
    update(outbox)
    .where(outbox.c.settled_at.is_(None), outbox.c.state == LetterState.LEASED)
    .values(due_at=bindparam("now")),
    update(fetches).where(fetches.c.state == FetchState.LEASED).values(due_at=bindparam("now")),
)
#: Nothing is leased or put off for longer, but for a platform that asks for it and will ask again.
FARTHEST: Final = timedelta(minutes=10)
#: A session that was used later than now says that the clock went back: no session's age is known then.
_SOON: Final = timedelta(minutes=1)
_sessions = staff_sessions.alias("used")
_FAR: Final = (
    update(outbox)
    .where(outbox.c.settled_at.is_(None), outbox.c.due_at > bindparam("far", type_=outbox.c.due_at.type))
    .values(due_at=bindparam("now")),
    update(fetches)
    .where(fetches.c.due_at > bindparam("far", type_=fetches.c.due_at.type))
    .values(due_at=bindparam("now")),
    delete(staff_sessions).where(
        exists().where(_sessions.c.seen_at > bindparam("soon", type_=_sessions.c.seen_at.type))
    ),
)


@asynccontextmanager
async def serving(database: Database, now: datetime) -> AsyncIterator[None]:
    """Count as a process that serves until the block ends.

    Where no other does, everything leased is due at once: whoever leased it is dead. So is what is due later
    than anything is ever put off: the clock it was written by was ahead. If it was, nobody stays signed in.
    Raises UnavailableError when the database does not take that.
    """
    async with database.writing() as connection:
        for statement in _FAR:
            await connection.execute(statement, {"now": now, "far": now + FARTHEST, "soon": now + _SOON})
    if database.file is None or fcntl is None:
        yield
        return
    with _locked(database.file) as lock:
        if _alone(lock):
            async with database.writing() as connection:
                for statement in _RELEASE:
                    await connection.execute(statement, {"now": now})
        # Waits for another that is just starting, which is as long as its release takes.
        await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_SH)
        yield


@contextmanager
def _locked(file: Path) -> Iterator[int]:
    """The lock file, open; closing it, as the end of the process does, lets go of the lock."""
    lock = os.open(file.with_name(file.name + LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield lock
    finally:
        os.close(lock)


def _alone(lock: int) -> bool:
    """Whether nobody else holds the lock; then this process does, and nobody else can."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
