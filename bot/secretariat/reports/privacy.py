"""The record of processing activities, from what the database and the settings really are.

The words are in content/reports/: what a column holds, and the document around it. One rule: the
document tells numbers, settings and deeds, and nothing anybody said.
"""

from collections.abc import Mapping
from contextlib import aclosing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from msgspec import Struct

from bot.dialogue import Purpose, RequestKind
from bot.language.calendar import buddhist, buddhist_day
from bot.library import Library
from bot.library.record import load_record
from bot.runtime.trail import Trail
from bot.store import Deed, Store
from bot.store.registers import tables

#: How many days of deeds the plan for a breach shows: the 72 hours in which it must be told, and the
#: week in which it may have begun.
DAYS: Final = 10

#: What would end a cell of a table in Markdown.
_CELL: Final = str.maketrans({"|": "/", "\n": " ", "\r": " "})


class Circumstances(Struct, frozen=True):
    """What the settings say: the kind of database, whether MASTER_KEY is a key of its own, and whether a
    platform outside Thailand is connected."""

    database: str
    own_master: bool
    outside: bool


async def privacy(
    store: Store, library: Library, folder: Path, trail: Trail, circumstances: Circumstances, now: datetime
) -> str:
    """The document in Markdown; `folder` is the content's. Raises ContentError, StoreError."""
    deeds, fault = await _deeds(store, trail, now - timedelta(days=DAYS))
    draft = library.draft
    closes = draft.closes
    words = library.labels
    template = _environment(folder / "reports").get_template("privacy.md.jinja")
    return template.render(
        made=buddhist(now),
        title=draft.title,
        closes=buddhist_day(closes) if closes else "",
        tables=load_record(folder / "reports" / "record.yaml", tables()),
        people=await store.registers.people(),
        requests=await store.registers.requests(),
        consents=await store.registers.consents(),
        kinds={kind: words[f"request_{kind.value}"] for kind in RequestKind},
        purposes={purpose: words[f"purpose_{purpose.value}"] for purpose in Purpose},
        typed=await store.registers.typed(),
        notice=library.notice,
        smallest=draft.anonymity.smallest,
        linked_days=draft.anonymity.linked_days,
        unlinked_on=buddhist_day(closes + timedelta(days=draft.anonymity.linked_days)) if closes else "",
        database=circumstances.database,
        own_master=circumstances.own_master,
        outside=circumstances.outside,
        days=DAYS,
        deeds=deeds,
        first_fault=fault,
    )


def _environment(folder: Path) -> Environment:
    """No escaping: the document is Markdown, and every value in a cell goes through `_cell`."""
    return Environment(  # noqa: S701 - not HTML
        loader=FileSystemLoader(folder), undefined=StrictUndefined, keep_trailing_newline=True, finalize=_cell
    )


def _cell(value: object) -> object:
    match value:
        case datetime():
            return buddhist(value)
        case str():
            return value.translate(_CELL)
        case Mapping():
            return ", ".join(f"{key}={item}" for key, item in value.items()).translate(_CELL)
        case _:
            return value


async def _deeds(store: Store, trail: Trail, since: datetime) -> tuple[list[Deed], int | None]:
    """The deeds since then, and the number of the first that is not as it was noted."""
    async with aclosing(store.audit.read()) as every:
        recent = [deed async for deed in every if deed.at >= since]
    async with aclosing(store.audit.read()) as every:
        return recent, await trail.first_fault(every)
