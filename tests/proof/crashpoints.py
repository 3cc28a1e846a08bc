"""Places at which a bot can be made to die, by name: before or after a step of ours, of a library, of the disk.

The product has no such points. A bot that is to die gets the function wrapped when it starts (planting.py).
"""

import os
import signal
from collections.abc import Awaitable, Callable
from importlib import import_module
from inspect import isawaitable, iscoroutinefunction
from typing import Any, Final, NamedTuple


class Point(NamedTuple):
    """A place: `module:Class.function` or `module:function`, before it begins or after it has returned.

    The process dies when it comes there for the first to the `times`-th time. `plant` is what else it needs
    so that it comes there; `files` says that somebody must send a file, `stops` that it must be asked to end.
    """

    name: str
    target: str
    after: bool = False
    times: int = 3
    plant: tuple[str, ...] = ()
    files: bool = False
    stops: bool = False


_LINE: Final = "bot.channels.line.channel:LineChannel"
_TELEGRAM: Final = "bot.channels.telegram.channel:TelegramChannel"
_TRANSACTION: Final = "bot.store.transaction:Transaction"
_OUTBOX: Final = "bot.store.outbox:Outbox"
_FETCHES: Final = "bot.store.fetches:Fetches"
_PTB: Final = "telegram:Bot"
#: SQLite's own COMMIT, in the thread that writes.
_COMMIT: Final = "bot.store.sqlite:commit"
_PUSHING: Final = ("push_only",)

POINTS: Final = (
    # Starting
    Point("start: the store is open", "bot.store.store:Store.check", times=1),
    Point(
        "start: nobody else serves, the leases are not released",
        "bot.store.serving:_alone",
        after=True,
        times=1,
    ),
    Point("start: the channels are not open", f"{_LINE}.start", times=1),
    # From the webhook to the transaction
    Point("webhook: the body is read", "bot.channels.line.wire:verify"),
    Point("webhook: the events are read", "bot.channels.line.wire:parse", after=True),
    Point("webhook: the update is there", f"{_TELEGRAM}.take"),
    Point("intake: the events are not in the queue", "bot.runtime.intake:Intake.submit"),
    Point("intake: the batch is taken", "bot.runtime.turns:Turns.commit"),
    # The transaction
    Point("transaction: begun", f"{_TRANSACTION}.claim"),
    Point("transaction: the events are claimed", f"{_TRANSACTION}.claim", after=True),
    Point("transaction: the people are locked", f"{_TRANSACTION}.participants", after=True),
    Point("transaction: the turns are taken", "bot.runtime.turns:Turns._sealed", after=True),
    Point("transaction: people are written, answers are not", "bot.store.commits:_letter"),
    Point("transaction: everything is written", f"{_TRANSACTION}.apply", after=True),
    Point("transaction: before COMMIT", _COMMIT, times=12),
    Point("transaction: after COMMIT, nobody knows of it yet", _COMMIT, after=True, times=12),
    Point("committed: the workers are not woken", "bot.app:_Parts._committed"),
    Point("committed: the workers are woken", "bot.app:_Parts._committed", after=True),
    Point("committed: the webhook is told", "bot.runtime.intake:Intake.submit", after=True),
    Point("acknowledged: before the 200 is written", "bot.runtime.webhook:_say"),
    Point("acknowledged: the 200 is written", "bot.runtime.webhook:_say", after=True),
    # Letters
    Point("letters: before the turn-over", f"{_OUTBOX}.turn_over", times=6),
    Point("letters: leased, not committed", "bot.store.outbox:addresses_of"),
    Point("letters: leased", "bot.runtime.delivery:Delivery.perform"),
    Point("letters: opened", "bot.runtime.delivery:Delivery._parcel", after=True),
    Point("LINE: rendered", f"{_LINE}._render", after=True),
    Point("LINE: before the reply", f"{_LINE}._reply"),
    Point("LINE: the reply is taken", f"{_LINE}._reply", after=True),
    Point("LINE: before the push", f"{_LINE}._push", plant=_PUSHING),
    Point("LINE: the push is taken", f"{_LINE}._push", after=True, plant=_PUSHING),
    Point("Telegram: the press is confirmed", f"{_PTB}.answer_callback_query", after=True),
    Point("Telegram: the button is marked", f"{_TELEGRAM}._edit", after=True),
    Point("Telegram: before the message", f"{_PTB}.send_message"),
    Point("Telegram: the message is taken", f"{_PTB}.send_message", after=True),
    Point("letters: sent", "bot.runtime.delivery:Delivery.perform", after=True),
    Point("letters: before it is written down", "bot.store.outbox:_settle"),
    Point("letters: written down, not committed", "bot.store.outbox:part"),
    Point("letters: written down, the next is not leased", "bot.store.outbox:_settle", after=True),
    Point("letters: turned over", f"{_OUTBOX}.turn_over", after=True, times=6),
    # Files
    Point("files: leased, not committed", "bot.store.fetches:addresses_of", files=True),
    Point("files: leased", "bot.runtime.fetching:Fetching.perform", files=True),
    Point("files: brought, not stored", "bot.store.files:Files.put", files=True),
    Point("files: stored, nobody knows of it", "bot.store.files:Files.put", after=True, files=True),
    Point("files: the arrival is committed", "bot.runtime.fetching:Fetching._bring", after=True, files=True),
    Point("files: before it is written down", "bot.store.fetches:_settle", files=True),
    Point("files: written down, not committed", "bot.store.fetches:_settle", after=True, files=True),
    Point("files: turned over", f"{_FETCHES}.turn_over", after=True, times=6, files=True),
    # Retention, and the end
    Point("retention: before what is old goes", "bot.store.retention:Retention.purge"),
    Point("retention: what is old has gone", "bot.store.retention:Retention.purge", after=True),
    Point("end: asked for", "bot.runtime.stopping:finish", times=1, stops=True),
    Point("end: the workers have finished", "bot.runtime.stopping:finish", after=True, times=1, stops=True),
    Point("end: the database closes", "bot.store.database:Database.close", times=1, stops=True),
)


def die_at(name: str, count: int, reached: str) -> None:
    """Have this process end with kill -9 when it comes to a point for the so-manieth time.

    Its name is first written to the file `reached`.
    """
    point = next(point for point in POINTS if point.name == name)

    def meet() -> None:
        nonlocal count
        count -= 1
        if count == 0:
            with open(reached, "a") as file:
                file.write(name + "\n")
            os.kill(os.getpid(), signal.SIGKILL)

    if point.target == _COMMIT:
        _wrap_commit(meet, after=point.after)
        return
    module, _, path = point.target.partition(":")
    owner: Any = import_module(module)
    *classes, function = path.split(".")
    for class_ in classes:
        owner = getattr(owner, class_)
    setattr(owner, function, _wrapped(getattr(owner, function), meet, after=point.after))


def _wrapped(function: Callable[..., Any], meet: Callable[[], None], *, after: bool) -> Callable[..., Any]:
    async def awaited(*arguments: Any, **named: Any) -> Any:
        if not after:
            meet()
        result = await function(*arguments, **named)
        if after:
            meet()
        return result

    async def finished(working: Awaitable[Any]) -> Any:
        result = await working
        meet()
        return result

    def called(*arguments: Any, **named: Any) -> Any:
        if not after:
            meet()
        result = function(*arguments, **named)
        if after and isawaitable(result):  # an async function in a wrapper
            return finished(result)
        if after:
            meet()
        return result

    return awaited if iscoroutinefunction(function) else called


def _wrap_commit(meet: Callable[[], None], *, after: bool) -> None:
    from bot.store import sqlite

    class Connection(sqlite.library.Connection):  # type: ignore[misc, name-defined]
        def commit(self) -> None:
            if not after:
                meet()
            super().commit()
            if after:
                meet()

    opened = sqlite._open

    def open_(database: str, options: dict[str, Any], pragmas: tuple[str, ...]) -> Any:
        return opened(database, {**options, "factory": Connection}, pragmas)

    sqlite._open = open_
