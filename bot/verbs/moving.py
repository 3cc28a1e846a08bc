"""`move`: from a file to PostgreSQL."""

from collections.abc import Sequence
from contextlib import aclosing

from bot import settings
from bot.errors import SettingsError
from bot.runtime.clock import SystemClock
from bot.runtime.trail import OPERATOR, Trail
from bot.settings import Settings
from bot.store import Moved, Store, move, sqlite_file
from bot.verbs.watching import watched


async def move_to(target: str) -> bool:
    """Carry the database of DATABASE_URL over to the PostgreSQL at `target`, and say what to do with it;
    whether its audit log has a fault.

    Raises SettingsError or StoreError, and the target is then as it was.
    """
    chosen = settings.load()
    source = sqlite_file(chosen.database_url)
    if source is None:
        raise SettingsError("DATABASE_URL names no SQLite file: there is nothing to move to PostgreSQL.")
    with watched() as watch:
        moved = await move(source, target, watch)
    fault = await _note(target, chosen, source.name, moved)
    print(*_told(moved, source.name, fault), sep="\n")
    return fault is not None


async def _note(target: str, chosen: Settings, name: str, moved: Moved) -> int | None:
    """Note it in the new database; the first row of its audit log that does not hold, None when all do."""
    store = await Store.open(target)
    try:
        trail = Trail(store.audit, chosen.key(), SystemClock())
        await trail.note(OPERATOR, "move", name, rows=sum(moved.rows.values()), mended=moved.mended)
        async with aclosing(store.audit.read()) as deeds:
            return await trail.first_fault(deeds)
    finally:
        await store.close()


def _told(moved: Moved, name: str, fault: int | None) -> Sequence[str]:
    told = [f"{count} rows: {table}." for table, count in moved.rows.items() if count]
    told.append("Every row was read back and is the one that was in the file.")
    if moved.mended:
        told.append(
            f"{moved.mended} texts had signs that PostgreSQL does not take (NUL, or no Unicode): those are"
            " left out, or a replacement stands for them."
        )
    if fault is not None:
        told.append(
            f"The audit log does not hold at row {fault}: it did not in the file either, or IDENTITY_KEY is"
            " another. `python -m bot audit` shows it."
        )
    told.append(
        "To use it: let DATABASE_URL name the new database, keep IDENTITY_KEY and MASTER_KEY as they are, run"
        f" `python -m bot doctor`, start the bot. {name} holds everything still: delete it, with its backups,"
        " once it is not needed any more."
    )
    return told
