"""Several processes on one database: what only one of them does at a time, and how they wake one another.

One rule: nothing is lost with it. A lock ends with its connection, and a call may be missed by whoever is
not listening: what there is to do or to read lies in the tables, and is found there a little later.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

from sqlalchemy import bindparam, func, select

from bot.errors import UnavailableError
from bot.store.database import Database

_CHANNEL: Final = "ruamkhit_letters"
#: PostgreSQL takes under 8,000 bytes a call; a pseudonym has 27.
_AT_ONCE: Final = 200
#: Seconds without a call after which the connection is tried: one that was cut off on the way says nothing.
_SILENCE: Final = 30.0

_TRY: Final = select(func.pg_try_advisory_lock(bindparam("key")))
_LET_GO: Final = select(func.pg_advisory_unlock(bindparam("key")))
_CALL: Final = select(func.pg_notify(_CHANNEL, bindparam("people")))
_ALIVE: Final = select(1)
_CLOCK: Final = select(func.clock_timestamp())


class Processes:
    """The other processes that may be at work on the same database. Beside SQLite there is none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def several(self) -> bool:
        """Whether there may be others."""
        return self._database.shared

    async def apart(self, clock: Callable[[], datetime]) -> float:
        """How many seconds the database's clock is ahead of `clock`; 0.0 where there are no `several`."""
        if not self.several:
            return 0.0
        async with self._database.lasting() as connection:
            before = clock()
            theirs: datetime = (await connection.execute(_CLOCK)).scalar_one()
            return (theirs - before - (clock() - before) / 2).total_seconds()

    @asynccontextmanager
    async def alone(self, what: str) -> AsyncIterator[bool]:
        """Whether nobody else does `what`, and then nobody begins it before the block ends.

        Nobody is waited for. Should the database end the connection meanwhile, another may begin: what is
        done must bear that. Raises UnavailableError.
        """
        if not self.several:
            yield True
            return
        digest = blake2b(what.encode(), digest_size=8).digest()
        key = {"key": int.from_bytes(digest, "big", signed=True)}
        async with self._database.lasting() as connection:
            held = bool(await connection.scalar(_TRY, key))
            try:
                yield held
            finally:
                if held:
                    try:
                        await connection.execute(_LET_GO, key)
                    except BaseException:  # the lock would stay with a connection that others get next
                        await connection.invalidate()
                        raise

    async def call(self, people: Sequence[str]) -> None:
        """Tell every process that listens that these people, named by pseudonyms, have something to read."""
        if not self.several:
            return
        async with self._database.lasting() as connection:
            for first in range(0, len(people), _AT_ONCE):
                await connection.execute(_CALL, {"people": " ".join(people[first : first + _AT_ONCE])})

    async def calls(self) -> AsyncGenerator[Sequence[str] | None]:
        """Whom any process calls, as it comes; None once at first, when nothing is missed any more.

        Without an end: wrap it in `contextlib.aclosing`. Only where there are `several`. Raises
        UnavailableError when the connection breaks.
        """
        heard: asyncio.Queue[str | None] = asyncio.Queue()

        def hear(*called: Any) -> None:
            heard.put_nowait(called[-1])

        async with self._database.lasting() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            assert driver is not None, "the connection is open"
            driver.add_termination_listener(lambda _: heard.put_nowait(None))
            await driver.add_listener(_CHANNEL, hear)
            try:
                yield None
                while True:
                    try:
                        async with asyncio.timeout(_SILENCE):
                            called = await heard.get()
                    except TimeoutError:
                        await connection.execute(_ALIVE)
                        continue
                    if called is None:
                        raise UnavailableError("The database ended the connection that calls come by.")
                    yield called.split()
            finally:
                # It is never given to anybody else: what it hears is for us.
                await connection.invalidate()
