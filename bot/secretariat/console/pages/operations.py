"""How the bot is: what waits for an operator, what it costs, whether it is well; in words, on one page.

One rule: first what to do, then the numbers it follows from; nothing that anybody said.
"""

import asyncio
import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from urllib.parse import urlencode

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.errors import SchemaError
from bot.language.calendar import BANGKOK
from bot.runtime.log import reference
from bot.runtime.operating import Retaken, Why
from bot.secretariat.console import ROOT
from bot.secretariat.console.console import form_of
from bot.secretariat.console.frame import Frame
from bot.secretariat.console.office import Office
from bot.secretariat.console.policy import Page, Role, Visitor
from bot.store.operations import Schema, Waiting

_ROLES: Final = frozenset({Role.ADMINISTRATOR})
_HERE: Final = "/operations"

#: Events and letters on the page; the oldest come first, because they go first.
SHOWN: Final = 50

#: From when on waiting is worth a word. Ours: delivery asks again within ten minutes, fetching in an hour.
LETTER_LATE: Final = timedelta(minutes=15)
FILE_LATE: Final = timedelta(hours=1)
#: Days without a backup, and bytes left on the disk, that are worth one. Ours.
BACKUP_OLD: Final = timedelta(days=7)
DISK_LOW: Final = 1 << 30
#: The part of the month's pushes after which it is.
PUSHES_HIGH: Final = 0.8

#: What a form says that it did, by the names in the address of the page.
_DONE: Final = (*(kind.value for kind in Retaken), "discarded", "sent", "unsent", "dropped", "none")


def pages(office: Office, frame: Frame) -> Sequence[Page]:
    """The page and the two forms on it."""
    it = _Operations(office, frame)
    quarantine, letters = f"{_HERE}/quarantine", f"{_HERE}/letters"
    return [
        Page(name="operations", path=_HERE, handler=it.shown, roles=_ROLES),
        Page(name="quarantine", path=quarantine, handler=it.quarantine, roles=_ROLES, method="POST"),
        Page(name="letters", path=letters, handler=it.letters, roles=_ROLES, method="POST"),
    ]


class Age(NamedTuple):
    """How long something takes or took, as a word with a number in it."""

    word: str
    n: int


class ToDo(NamedTuple):
    """A sentence that asks for something, its slots, and the part of the page it is about."""

    word: str
    part: str
    n: int = 0
    age: Age | None = None


class Pushes(Struct, frozen=True):
    """LINE's pushes: used this month, allowed (None for unknown), and who would be written to by channel."""

    used: int
    limit: int | None
    readers: dict[str, int]

    @property
    def cost(self) -> int:
        """What writing to everybody who wants news costs."""
        return self.readers.get("line", 0)

    @property
    def left(self) -> int | None:
        """How many are left of the month's."""
        return None if self.limit is None else max(0, self.limit - self.used)


class Health(Struct, frozen=True, kw_only=True):
    """How the machine is. `fault` is the schema's, `free` and `size` are bytes of the disk."""

    schema: Schema
    fault: str
    retention: datetime | None
    backup: datetime | None
    free: int | None
    size: int | None


class _Operations:
    def __init__(self, office: Office, frame: Frame) -> None:
        self._office = office
        self._operations = office.store.operations
        self._frame = frame

    async def shown(self, request: Request, visitor: Visitor) -> Response:
        now = self._office.clock.now()
        count, events = await self._operations.set_aside(SHOWN)
        parked = await self._office.store.outbox.parked()
        letters, files = await self._operations.letters(), await self._operations.files()
        pushes, health = await self._pushes(now), await self._health()
        todo = [
            *([ToDo("quarantined", "quarantine", count)] if count else []),
            *([ToDo("parked", "letters", parked)] if parked else []),
            *_late(letters, now, LETTER_LATE, "letters"),
            *_late(files, now, FILE_LATE, "files"),
            *_costly(pushes),
            *_unwell(health, now),
        ]
        return self._frame.page(
            request,
            "operations.html",
            visitor,
            now=now,
            todo=todo,
            done=[(name, int(n)) for name in _DONE if _is_count(n := request.query_params.get(name, ""))],
            quarantined=count,
            events=[(event, reference(event.id)) for event in events],
            parked=parked,
            parcels=[(one, reference(one.id)) for one in await self._operations.parked(SHOWN)],
            letters=letters,
            files=files,
            age=lambda since: age(now - since),
            pushes=pushes,
            health=health,
            library=self._office.library,
            why=list(Why),
        )

    async def quarantine(self, request: Request, visitor: Visitor) -> Response:
        form = await form_of(request)
        ids = _chosen(form.getlist("one"), form.getlist("shown"), everything="all" in form)
        if not ids:
            return _back("quarantine", {"none": 1})
        if form.get("act") == "take_in":
            done = await self._office.operating.take_in(ids, visitor.name)
            return _back("quarantine", {kind.value: done.count(kind) for kind in Retaken if kind in done})
        if (why := _why(form.get("why"))) is None:
            return self._frame.trouble(request, "form_title", "form_old", 422, visitor)
        count = await self._office.operating.discard(ids, why, visitor.name)
        return _back("quarantine", {"discarded": count})

    async def letters(self, request: Request, visitor: Visitor) -> Response:
        form = await form_of(request)
        ids = _chosen(form.getlist("one"), form.getlist("shown"), everything="all" in form)
        if not ids:
            return _back("letters", {"none": 1})
        if form.get("act") == "send":
            count = await self._office.operating.send_again(ids, self._office.clock.now(), visitor.name)
            left = {"unsent": len(ids) - count} if count < len(ids) else {}
            return _back("letters", {"sent": count} | left)
        if (why := _why(form.get("why"))) is None:
            return self._frame.trouble(request, "form_title", "form_old", 422, visitor)
        return _back("letters", {"dropped": await self._office.operating.drop(ids, why, visitor.name)})

    async def _pushes(self, now: datetime) -> Pushes:
        month = now.astimezone(BANGKOK).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        used = await self._operations.pushes(month)
        readers = await self._operations.readers(self._office.library.notice)
        return Pushes(used, self._office.line_pushes, readers)

    async def _health(self) -> Health:
        fault = ""
        try:
            await self._office.store.check()
        except SchemaError as error:
            fault = str(error)
        disk = self._office.disk
        usage = await asyncio.to_thread(shutil.disk_usage, disk) if disk else None
        return Health(
            schema=await self._operations.schema(),
            fault=fault,
            retention=await self._operations.last("retention"),
            backup=await self._operations.last("backup"),
            free=usage.free if usage else None,
            size=usage.total if usage else None,
        )


def age(passed: timedelta) -> Age:
    """A length of time in its largest unit that is not nothing: days, hours or minutes."""
    minutes = max(0, int(passed.total_seconds()) // 60)
    if minutes < 60:
        return Age("age_minutes", minutes)
    return Age("age_hours", minutes // 60) if minutes < 48 * 60 else Age("age_days", minutes // (24 * 60))


def _late(waiting: Waiting, now: datetime, late: timedelta, part: str) -> list[ToDo]:
    if waiting.since is None or now - waiting.since < late:
        return []
    return [ToDo(f"{part}_late", part, waiting.count, age(now - waiting.since))]


def _costly(pushes: Pushes) -> list[ToDo]:
    if pushes.limit is None or pushes.left is None:
        return []
    if pushes.used >= pushes.limit * PUSHES_HIGH:
        return [ToDo("pushes_high", "pushes", pushes.left)]
    return []


def _unwell(health: Health, now: datetime) -> list[ToDo]:
    found = [ToDo("schema", "health")] if health.fault else []
    if health.backup is None:
        found.append(ToDo("no_backup", "health"))
    elif now - health.backup > BACKUP_OLD:
        found.append(ToDo("old_backup", "health", age=age(now - health.backup)))
    if health.free is not None and health.free < DISK_LOW:
        found.append(ToDo("disk", "health", health.free >> 20))
    return found


def _chosen(ticked: Sequence[object], shown: Sequence[object], *, everything: bool) -> list[str]:
    """The ids that a form names, each once."""
    named = [id_ for id_ in (shown if everything else ticked) if isinstance(id_, str)]
    return list(dict.fromkeys(named))[:SHOWN]


def _why(chosen: object) -> Why | None:
    return next((why for why in Why if why.value == chosen), None)


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 5


def _back(part: str, done: dict[str, int]) -> Response:
    return RedirectResponse(f"{ROOT}{_HERE}?{urlencode(done)}#{part}", 303)
