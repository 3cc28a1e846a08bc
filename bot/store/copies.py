"""A copy of a SQLite database without the keys that open what is sealed in it.

One rule: the copy appears whole or not at all. Kept for long, it holds no address anybody could open:
the data keys are backed up apart, and for a short time.
"""

import asyncio
from pathlib import Path

from bot.errors import SettingsError
from bot.store import sqlite
from bot.store.database import parsed

#: VACUUM leaves nothing of the deleted rows in free pages.
_WITHOUT_KEYS = ("DELETE FROM data_keys", "VACUUM")


async def copy_content(url: str, target: Path) -> None:
    """Copy the database of `url`, while it is in use, to the file `target`, leaving out `data_keys`.

    A file that is there is replaced. Raises SettingsError when the database is not SQLite or the
    file cannot be written, StoreError when the database cannot be read.
    """
    source = parsed(url)
    if source.get_backend_name() != "sqlite" or not source.database:
        raise SettingsError("Only a SQLite database is copied like this; for PostgreSQL there is pg_dump.")
    await asyncio.to_thread(_replace, Path(source.database), target)


def _replace(source: Path, target: Path) -> None:
    aside = target.with_name(f".{target.name}.part")
    try:
        aside.unlink(missing_ok=True)
        sqlite.copy(source, aside, *_WITHOUT_KEYS)
        aside.replace(target)
    except OSError as error:
        raise SettingsError(f"{target} cannot be written: {error.strerror}.") from None
    finally:
        aside.unlink(missing_ok=True)
