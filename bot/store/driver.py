"""aiosqlite under SQLAlchemy, with fewer trips to its thread.

A trip costs as much as inserting ten rows, and SQLAlchemy's own adapter makes four a statement: for the
cursor, to execute, to fetch, to close. Here a statement is one, and statements that only write wait for the
next one that is asked something, or for the commit.

One rule: what is executed, and in which order, stays the same; only an error of a write may come later, at
the latest from the commit, which then has not happened.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import aiosqlite
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)
from sqlalchemy.util.concurrency import await_

#: Something for the thread to do.
_Call = Callable[[], Any]


class Connection(aiosqlite.Connection):
    """aiosqlite's connection, with a way to do several things in one trip."""

    async def trip(self, calls: Sequence[_Call]) -> Any:
        """Make the calls in the thread, one after another; what the last one returned."""
        return await self._execute(_made, calls)  # type: ignore[no-untyped-call]


def _made(calls: Sequence[_Call]) -> Any:
    result = None
    for call in calls:
        result = call()
    return result


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    """A cursor of the library itself: only executing needs the thread, and brings every row along."""

    __slots__ = ()
    _awaitable_cursor_close = False

    def _make_new_cursor(self, connection: Any) -> Any:
        return connection._conn.cursor()

    def _aenter_cursor(self, cursor: Any) -> Any:
        return cursor

    async def _execute_async(self, operation: Any, parameters: Any) -> None:
        cursor: Any = self._cursor

        def execute() -> deque[Any]:
            cursor.execute(operation, () if parameters is None else parameters)
            return deque(cursor.fetchall() if cursor.description else ())

        self._rows = await self._adapted.trip(execute)

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> None:
        self._adapted.postpone(operation, seq_of_parameters)

    @property
    def _adapted(self) -> "_Adapted":
        adapted: Any = self._adapt_connection
        return adapted  # type: ignore[no-any-return]


class _Adapted(AsyncAdapt_aiosqlite_connection):
    """A connection and the writes that wait for the next trip."""

    __slots__ = ("_postponed",)
    _cursor_cls = _Cursor

    def __init__(self, dbapi: Any, connection: Any) -> None:
        super().__init__(dbapi, connection)
        self._postponed: list[_Call] = []

    def postpone(self, operation: str, parameters: Any) -> None:
        """Execute a write with many parameters on the next trip."""
        raw: Any = self._connection._conn
        self._postponed.append(lambda: raw.executemany(operation, parameters).close())

    async def trip(self, call: _Call) -> Any:
        """What waits, then the call; what that returned."""
        calls, self._postponed = [*self._postponed, call], []
        async with self._execute_mutex:
            return await self._connection.trip(calls)

    def commit(self) -> None:
        """What waits, then COMMIT."""
        if self._connection._connection:
            try:
                await_(self.trip(self._connection._conn.commit))
            except Exception as error:
                self._handle_exception(error)

    def rollback(self) -> None:
        """ROLLBACK, unless there is nothing to roll back; what waits is let go."""
        self._postponed.clear()
        if self._connection._connection and self._connection._conn.in_transaction:
            super().rollback()


class Driver(AsyncAdapt_aiosqlite_dbapi):
    """The driver as SQLAlchemy wants it, making connections of ours."""

    def connect(self, *arg: Any, **kw: Any) -> AsyncAdapt_aiosqlite_connection:
        """A new connection."""
        connection = super().connect(*arg, **kw)
        return _Adapted(self, connection._connection)
