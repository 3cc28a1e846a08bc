"""`publish`: the counts as tables that protect people, once and for all."""

from collections.abc import Mapping
from contextlib import aclosing
from datetime import datetime, timedelta
from pathlib import Path

from bot import settings
from bot.app import content_folder
from bot.errors import SettingsError
from bot.language.calendar import BANGKOK, buddhist_day
from bot.library import Library, admit
from bot.runtime.clock import Clock, SystemClock
from bot.runtime.trail import OPERATOR, Trail
from bot.secretariat.tables import INDEX, Words, count, load_words, multiple_choice, release
from bot.store import Store


async def publish(out: Path) -> None:
    """Write the tables into the folder `out`: those of the first time, or, this being it, made now.

    Raises SettingsError before the last day of answers is over, while demo people are here, and when the
    folder cannot be written,
    ContentError, StoreError.
    """
    chosen, clock = settings.load(), SystemClock()
    library = admit(chosen.content_dir)
    words = load_words(content_folder(chosen) / "tables.yaml")
    _require_closed(library, clock.now())
    store = await Store.open(chosen.database_url)
    try:
        await store.check()
        await _require_real(store)
        trail = Trail(store.audit, chosen.key(), clock)
        files = await published(store, library, words, clock)
        await trail.note(OPERATOR, "publish", library.draft.slug, tables=len(files) - 1)
    finally:
        await store.close()
    _write(out, files)
    print(f"{len(files) - 1} tables are in {out}; {INDEX} names them, and what is withheld and why.")


async def published(store: Store, library: Library, words: Words, clock: Clock) -> dict[str, str]:
    """The files of the publication by name, as they were first published; made when they were not yet."""
    if files := await store.publications.read(library.draft.slug):
        return files
    wordings = await store.choices.wordings()
    async with aclosing(store.choices.read()) as choices:
        counted = await count(choices, multiple_choice(library))
    made = release(counted, wordings, library, words)
    return await store.publications.keep(library.draft.slug, made, clock.now())


def _write(out: Path, files: Mapping[str, str]) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (out / name).write_text(text, encoding="utf-8-sig", newline="")
    except OSError as error:
        raise SettingsError(f"{out} cannot be written: {error.strerror}.") from None


async def _require_real(store: Store) -> None:
    """What is published once is never made again."""
    if await store.demonstrations.present():
        raise SettingsError(
            "Nothing is published while demo people are here. Erase them first: python -m bot demo --erase"
        )


def _require_closed(library: Library, now: datetime) -> None:
    """No running totals: whoever still answers would see what others said."""
    closes = library.draft.closes
    if closes is None:
        raise SettingsError(
            "Nothing is published while answers are taken. Set `closes` in the draft's draft.yaml: from the"
            " day after it, the tables can be published."
        )
    if now.astimezone(BANGKOK).date() <= closes:
        first = closes + timedelta(days=1)
        raise SettingsError(
            f"Nothing is published while answers are taken, until {buddhist_day(closes)}; from"
            f" {buddhist_day(first)} ({first.isoformat()}) on, run this again."
        )
