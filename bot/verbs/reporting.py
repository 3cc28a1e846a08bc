"""`report`: the documents the secretariat keeps or signs."""

from pathlib import Path

from bot import settings
from bot.app import content_folder
from bot.errors import SettingsError
from bot.library import admit
from bot.runtime.clock import SystemClock
from bot.runtime.trail import OPERATOR, Trail
from bot.secretariat.reports.privacy import Circumstances, privacy
from bot.settings import Settings
from bot.store import Store


async def report_privacy(out: Path | None) -> None:
    """Write the record of processing to `out`, or print it; noted in the audit log.

    Raises SettingsError when the file cannot be written, ContentError, StoreError.
    """
    chosen = settings.load()
    clock = SystemClock()
    library = admit(chosen.content_dir)
    store = await Store.open(chosen.database_url)
    try:
        await store.check()
        trail = Trail(store.audit, chosen.key(), clock)
        text = await privacy(
            store, library, content_folder(chosen), trail, _circumstances(chosen), clock.now()
        )
        if out is None:
            print(text, end="")
        else:
            _write(out, text)
        await trail.note(OPERATOR, "report privacy", out.name if out else "")
    except OSError as error:
        raise SettingsError(f"{out} cannot be written: {error.strerror}.") from None
    finally:
        await store.close()


def _write(out: Path, text: str) -> None:
    out.write_text(text, "utf-8")
    print(f"The record of processing is in {out}.")


def _circumstances(chosen: Settings) -> Circumstances:
    kind = "PostgreSQL" if chosen.database_url.startswith("postgres") else "SQLite"
    return Circumstances(kind, chosen.master_key is not None, chosen.line or chosen.telegram)
