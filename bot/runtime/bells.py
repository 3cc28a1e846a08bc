"""Waking who waits for a letter in another process of the same bot.

One rule: a call is a courtesy. Whoever misses it finds the letter when their wait is over.
"""

import asyncio
from collections.abc import Iterable
from contextlib import aclosing
from typing import Final

import structlog

from bot.errors import StoreError
from bot.runtime.mailbox import StoredMailbox
from bot.store import Processes

#: How long to leave a store alone that does not answer, in seconds.
_REST: Final = 1.0

_log = structlog.get_logger("bells")


class Bells:
    """Rings at the readers of this process, and calls the other ones."""

    def __init__(self, processes: Processes, mailbox: StoredMailbox) -> None:
        self._processes = processes
        self._mailbox = mailbox
        self._to_call: set[str] = set()
        self._awake = asyncio.Event()
        self._closed = False

    def ring(self, people: Iterable[str]) -> None:
        """Something was said to these people, named by their pseudonyms."""
        people = frozenset(people)
        self._mailbox.ring(people)
        if people and self._processes.several:
            self._to_call |= people
            self._awake.set()

    def close(self) -> None:
        """Hear nothing more; `run` returns once everybody is called."""
        self._closed = True
        self._awake.set()

    async def run(self) -> None:
        """Call and hear until `close`."""
        hearing = asyncio.create_task(self._hear()) if self._processes.several else None
        try:
            while self._to_call or not self._closed:
                self._awake.clear()
                await self._call()
                if not self._closed:
                    await self._awake.wait()
        finally:
            if hearing is not None:
                hearing.cancel()
                await asyncio.wait([hearing])

    async def _call(self) -> None:
        """Call everybody there is to call, in as few calls as they take."""
        if people := sorted(self._to_call):
            self._to_call.clear()
            try:
                await self._processes.call(people)
            except StoreError as error:
                _log.warning("other processes are not called", count=len(people), error=type(error).__name__)

    async def _hear(self) -> None:
        while True:
            try:
                async with aclosing(self._processes.calls()) as calls:
                    async for people in calls:
                        self._mailbox.ring(people) if people is not None else self._mailbox.ring_all()
            except StoreError as error:
                _log.warning("other processes are not heard", error=type(error).__name__)
            except Exception:  # a fault of this program must not leave readers without a bell in silence
                _log.exception("other processes are not heard")
            await asyncio.sleep(_REST)
