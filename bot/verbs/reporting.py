"""`report`: the documents the secretariat keeps or signs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import Struct

from bot import settings
from bot.app import content_folder
from bot.errors import SettingsError
from bot.library import Library, admit
from bot.runtime.clock import SystemClock
from bot.runtime.trail import OPERATOR, Trail
from bot.secretariat.paper import FORMS
from bot.secretariat.reports.hearing import hearing
from bot.secretariat.reports.privacy import Circumstances, privacy
from bot.settings import Settings
from bot.store import Store


class _Open(Struct, frozen=True):
    """What a report is made from."""

    settings: Settings
    store: Store
    library: Library
    trail: Trail
    clock: SystemClock


async def report_privacy(out: Path | None) -> None:
    """Write the record of processing to `out`, or print it; noted in the audit log.

    Raises SettingsError when the file cannot be written, ContentError, StoreError.
    """
    async with _opened(out) as given:
        text = await privacy(
            given.store,
            given.library,
            content_folder(given.settings),
            given.trail,
            _circumstances(given.settings),
            given.clock.now(),
        )
        if out is None:
            print(text, end="")
        else:
            _write(out, text.encode())
            print(f"The record of processing is in {out}.")
        await given.trail.note(OPERATOR, "report privacy", out.name if out else "")


async def report_hearing(out: Path | None) -> None:
    """Write the hearing report to `out`, a .pdf or a .docx; noted in the audit log.

    Raises SettingsError for another file or one that cannot be written, ContentError, StoreError.
    """
    form = out.suffix.lower().removeprefix(".") if out else ""
    if out is None or form not in FORMS:
        raise SettingsError(f"A hearing report needs --out FILE, which ends in .{' or .'.join(FORMS)}.")
    async with _opened(out) as given:
        content = await hearing(
            given.store, given.library, content_folder(given.settings), given.trail, given.clock, form
        )
        _write(out, content)
        await given.trail.note(OPERATOR, "report hearing", out.name, form=form)
    print(f"The hearing report is in {out}.")


def _write(out: Path, content: bytes) -> None:
    out.write_bytes(content)


@asynccontextmanager
async def _opened(out: Path | None) -> AsyncIterator[_Open]:
    """The store of the settings, and what goes with it; `out` is what an error of the disk is about."""
    chosen = settings.load()
    clock = SystemClock()
    library = admit(chosen.content_dir)
    store = await Store.open(chosen.database_url)
    try:
        await store.check()
        yield _Open(chosen, store, library, Trail(store.audit, chosen.key(), clock), clock)
    except OSError as error:
        raise SettingsError(f"{out} cannot be written: {error.strerror}.") from None
    finally:
        await store.close()


def _circumstances(chosen: Settings) -> Circumstances:
    kind = "PostgreSQL" if chosen.database_url.startswith("postgres") else "SQLite"
    return Circumstances(kind, chosen.master_key is not None, chosen.line or chosen.telegram)
