"""`export`: what people answered and suggested, as a file."""

import os
from asyncio import to_thread
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from bot import settings
from bot.app import content_folder
from bot.errors import SettingsError
from bot.language.calendar import BANGKOK
from bot.library import admit, load
from bot.runtime.clock import SystemClock
from bot.runtime.trail import OPERATOR, Trail
from bot.secretariat.exports import FORMATS, Extract, Rows, gather, load_words, writer_for
from bot.store import Filters, LeftOut, Store
from bot.verbs.watching import watched


async def export(out: Path, named: str | None, filters: Filters) -> None:
    """Write what the filters want to `out` in a format, without those of people who asked for that.

    The file, or folder, appears whole and noted in the audit trail, or not at all. Raises SettingsError
    for an unknown format or a folder that cannot be written, ContentError, ExportError when a file does
    not read back, StoreError when the database cannot be read or written.
    """
    name = named or next((name for name, form in FORMATS.items() if out.suffix in form.writers), "csv")
    write = writer_for(FORMATS, name, out)
    _require_room(out)
    chosen = settings.load()
    clock = SystemClock()
    library = (admit if FORMATS[name].speaks else load)(chosen.content_dir)
    content = library, load_words(content_folder(chosen) / "exports")
    store = await Store.open(chosen.database_url)
    try:
        await store.check()
        with _replacing(out) as (target, folder), watched() as watch:
            async with gather(store, filters, content, clock.now(), folder, watch) as extract:
                rows = await to_thread(write, extract, target)
                await _note(Trail(store.audit, chosen.key(), clock), out, name, extract, rows)
                left_out = extract.left_out
    except OSError as error:
        raise SettingsError(f"{out} cannot be written: {error.strerror}.") from None
    finally:
        await store.close()
    print(_told(out, rows, left_out))


def thai(moment: datetime | None) -> datetime | None:
    """The moment, on Thailand's clock where it says no other."""
    return moment.replace(tzinfo=BANGKOK) if moment and moment.tzinfo is None else moment


async def _note(trail: Trail, out: Path, name: str, extract: Extract, rows: Rows) -> None:
    """Which filters were used is noted, and of `contains` only that it was: it may name somebody."""
    asked = msgspec.to_builtins(extract.filters, builtin_types=())
    await trail.note(
        OPERATOR,
        "export",
        out.name,
        format=name,
        withdrawn=extract.left_out.answers_withdrawn,
        restricted=extract.left_out.answers_restricted,
        **rows,
        **asked | ({"contains": "…"} if "contains" in asked else {}),
    )


def _told(out: Path, rows: Rows, left: LeftOut) -> str:
    what = " and ".join(
        f"{count} {table}" for table, count in rows.items() if table in ("answers", "suggestions")
    )
    what = what or " and ".join(f"{count} {table}" for table, count in rows.items())
    withdrawn, restricted = left.answers_withdrawn, left.answers_restricted
    if "suggestions" in rows:
        withdrawn += left.suggestions_withdrawn
        restricted += left.suggestions_restricted
    return f"{what} are in {out}; {withdrawn} withdrawn and {restricted} under restriction are left out."


def _require_room(out: Path) -> None:
    if out.is_dir() and any(out.iterdir()):
        raise SettingsError(f"{out} is a folder with files in it; name one that is empty or not there yet.")


@contextmanager
def _replacing(out: Path) -> Iterator[tuple[Path, Path]]:
    """A path that takes the place of `out` when the block ends well, in a folder beside it that goes."""
    with TemporaryDirectory(dir=out.absolute().parent, prefix=f".{out.name}.") as made:
        target = Path(made, out.name)
        yield target, Path(made)
        _flush(target)
        target.replace(out)


def _flush(path: Path) -> None:
    """Have it on the disk, whatever it is: a file, or a folder with all that is in it."""
    for part in (*path.rglob("*"), path):
        number = os.open(part, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
