"""Faults, planted in a bot before it serves: each takes one protection away, or ends the process somewhere.

A fault is named `name` or `name:argument`. It replaces a function of ours in this one process; the bot has
no switch for any of it.
"""

import asyncio
import ctypes
import errno
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, event, select, update
from sqlalchemy.engine import Engine

from bot import app
from bot.channels.line import limits
from bot.errors import UnavailableError
from bot.runtime import clock, delivery, intake, retention, turns
from bot.runtime.channel import Broken, Incoming
from bot.store import LetterState, Terms, commits, outbox, postgresql, serving, sqlite
from bot.store.schema import outbox as letters
from bot.store.transaction import Transaction
from tests.proof.crashpoints import die_at


def plant(fault: str) -> None:
    """Plant one fault. Raises KeyError for one that is not known."""
    name, _, argument = fault.partition(":")
    _FAULTS[name](argument)


def _acknowledge_first(_: str) -> None:
    """200 before the commit, as bots do that answer the webhook and then work."""
    submit = intake.Intake.submit
    working: set[asyncio.Task[None]] = set()

    async def later(self: intake.Intake, incomings: Sequence[Incoming | Broken]) -> None:
        with suppress(UnavailableError):
            await submit(self, incomings)

    async def at_once(self: intake.Intake, incomings: Sequence[Incoming | Broken]) -> None:
        task = asyncio.create_task(later(self, incomings))
        working.add(task)
        task.add_done_callback(working.discard)

    intake.Intake.submit = at_once  # type: ignore[method-assign]


def _take_every_delivery(_: str) -> None:
    """Each delivery of an event is an event of its own, as where nobody keeps their ids."""
    submit, count = intake.Intake.submit, iter(range(1 << 62))

    async def renamed(self: intake.Intake, incomings: Sequence[Incoming | Broken]) -> None:
        await submit(
            self,
            [
                replace(one, event=replace(one.event, id=f"{one.event.id}/{os.getpid()}.{next(count)}"))
                if isinstance(one, Incoming)
                else one
                for one in incomings
            ],
        )

    intake.Intake.submit = renamed  # type: ignore[method-assign]


def _claim_everything(_: str) -> None:
    """Every event counts as new, whether or not it was claimed before."""
    claim = Transaction.claim

    async def everything(self: Transaction, incoming: Any, now: Any) -> set[str]:
        await claim(self, incoming, now)
        return {event.id for event in incoming}

    Transaction.claim = everything  # type: ignore[method-assign]


def _say_before_keeping(seconds: str) -> None:
    """Letters are committed first and what they speak of later, in a transaction of its own."""
    commit, rows_of = turns.Turns.commit, commits._record_rows
    held: dict[str, list[dict[str, Any]]] = {}

    def holding(run: Any) -> dict[str, list[dict[str, Any]]]:
        rows = rows_of(run)
        for name, of_it in rows.items():
            held.setdefault(name, []).extend(of_it)
        return {name: [] for name in rows}

    async def in_two(self: turns.Turns, events: Any) -> None:
        await commit(self, events)
        await asyncio.sleep(float(seconds or 0.2))
        rows = {name: list(of_it) for name, of_it in held.items()}
        held.clear()
        async with self.store._database.writing() as connection:
            for name, statement in commits._RECORDS.items():
                if rows.get(name):
                    await statement.execute(connection, rows[name])

    commits._record_rows = holding  # type: ignore[assignment]
    turns.Turns.commit = in_two  # type: ignore[method-assign]


def _synchronous(value: str) -> None:
    """SQLite at another level than FULL."""
    sqlite._PRAGMAS = tuple(  # type: ignore[misc]
        f"PRAGMA synchronous = {value}" if "synchronous" in pragma else pragma for pragma in sqlite._PRAGMAS
    )


def _checkpoint(pages: str) -> None:
    """SQLite folds its log into the file after so many pages instead of 1,000: no fault, only more often."""
    sqlite._PRAGMAS = (*sqlite._PRAGMAS, f"PRAGMA wal_autocheckpoint = {pages}")  # type: ignore[misc]


def _acknowledge_anyway(_: str) -> None:
    """200 although the database did not take it."""
    submit = intake.Intake.submit

    async def anyway(self: intake.Intake, incomings: Sequence[Incoming | Broken]) -> None:
        with suppress(UnavailableError):
            await submit(self, incomings)

    intake.Intake.submit = anyway  # type: ignore[method-assign]


def _fail(argument: str) -> None:
    """A share of some system calls fails with EIO, by libfiu: «call:share»."""
    call, share = argument.split(":")
    fiu = ctypes.CDLL("libfiu.so.0")
    fiu.fiu_enable_random(call.encode(), 1, ctypes.c_void_p(errno.EIO), 0, ctypes.c_float(float(share)))


def _die_at_statement(argument: str) -> None:
    """End with kill -9 before the n-th statement or COMMIT, 0 for never; count them in a file: «n:file»."""
    n, file = argument.split(":", 1)
    count = 0

    def step(*_: Any) -> None:
        nonlocal count
        count += 1
        with open(file, "w") as counted:
            counted.write(str(count))
        if count == int(n):
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", step)
    event.listen(Engine, "commit", step)


def _commit_each_statement(_: str) -> None:
    """A migration that is not one transaction."""

    def commit(connection: Connection, *_: Any) -> None:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("BEGIN")

    def after(connection: Connection, cursor: Any, statement: str, *_: Any) -> None:
        if statement not in ("COMMIT", "BEGIN", "BEGIN IMMEDIATE"):
            commit(connection)

    event.listen(Engine, "after_cursor_execute", after)


def _lease_nothing(_: str) -> None:
    """A letter in the hands of one worker is free for any other."""
    lease = outbox._lease

    async def nothing(connection: Any, now: datetime, terms: Terms) -> Any:
        return await lease(connection, now, replace(terms, seconds=0))

    outbox._lease = nothing


def _two_at_once(_: str) -> None:
    """Any letter of a person may be leased, not the oldest alone."""
    free = (
        select(letters.c.seq)
        .where(
            letters.c.settled_at.is_(None),
            letters.c.channel == bindparam("through"),
            letters.c.due_at <= bindparam("now"),
        )
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


def _lease(seconds: str) -> None:
    """A lease of so many seconds: no fault, only less to wait for what a dead process had in its hands."""
    delivery._LEASE = float(seconds)  # type: ignore[misc]
    delivery._ATTEMPT = delivery._LEASE * 0.75  # type: ignore[misc]


def _begin_deferred(_: str) -> None:
    """SQLite's own way of beginning, which upgrades to writing later, and no waiting for another's lock."""
    engine = sqlite._engine
    # The pragmas themselves: folding the log sets the first of them again.
    sqlite._PRAGMAS = ("PRAGMA busy_timeout = 0", *sqlite._PRAGMAS[1:])  # type: ignore[misc]
    sqlite._engine = lambda url, pragmas, *, size, begin: engine(url, pragmas, size=size, begin="BEGIN")


def _trust_postgresql(_: str) -> None:
    """A server that answers before it has written is taken for a durable one."""

    async def trusting(_: Any) -> None: ...

    postgresql.require_durable = trusting  # type: ignore[assignment]


def _forget_leases(_: str) -> None:
    """What a dead process had leased is not released: it waits for the end of the lease."""
    serving._alone = lambda _: False


def _die(argument: str) -> None:
    """End with kill -9 at a point: «count:file for its name:name»."""
    count, reached, name = argument.split(":", 2)
    die_at(name, int(count), reached)


def _push_only(_: str) -> None:
    """No LINE reply token counts as fresh, as after an outage of a minute: no fault, only the dearer way."""
    limits.REPLY_FRESH = timedelta(0)  # type: ignore[misc]


def _follow_the_machine(_: str) -> None:
    """The bot goes by the machine's clock, wherever somebody sets it."""

    class Following(clock.SystemClock):
        def was_set(self) -> bool:
            return False

    app.SteadyClock = Following  # type: ignore[misc, assignment]


def _wait_for_the_future(_: str) -> None:
    """What was put off by a clock that was ahead stays put off, and who was signed in by it stays signed in."""
    serving._FAR = ()  # type: ignore[misc, assignment]


def _believe_any_year(_: str) -> None:
    """Retention lets go of whatever is old by the clock of the moment."""

    async def sure(_: retention.RetentionJob) -> bool:
        return True

    retention.RetentionJob._time_is_sure = sure  # type: ignore[method-assign]


def _retain_every(seconds: str) -> None:
    """A round of retention so often instead of every hour: no fault, only more often."""
    retention._ROUND = float(seconds)  # type: ignore[misc]


_FAULTS: Final[dict[str, Callable[[str], None]]] = {
    "acknowledge_first": _acknowledge_first,
    "take_every_delivery": _take_every_delivery,
    "claim_everything": _claim_everything,
    "say_before_keeping": _say_before_keeping,
    "synchronous": _synchronous,
    "checkpoint": _checkpoint,
    "acknowledge_anyway": _acknowledge_anyway,
    "fail": _fail,
    "die_at_statement": _die_at_statement,
    "commit_each_statement": _commit_each_statement,
    "lease_nothing": _lease_nothing,
    "two_at_once": _two_at_once,
    "lease": _lease,
    "begin_deferred": _begin_deferred,
    "trust_postgresql": _trust_postgresql,
    "forget_leases": _forget_leases,
    "die": _die,
    "push_only": _push_only,
    "follow_the_machine": _follow_the_machine,
    "wait_for_the_future": _wait_for_the_future,
    "believe_any_year": _believe_any_year,
    "retain_every": _retain_every,
}
