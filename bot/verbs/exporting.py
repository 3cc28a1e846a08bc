"""`export`: what people answered, as a file."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from bot import settings
from bot.errors import SettingsError
from bot.secretariat.exports import FORMATS
from bot.store import Store


async def export(out: Path, name: str) -> None:
    """Write the answers to `out` in the format `name`.

    The file appears whole or not at all. Raises SettingsError for an unknown format or a folder that
    cannot be written, StoreError when the database cannot be read.
    """
    if name not in FORMATS:
        raise SettingsError(f"There is no format {name!r}; there are: {', '.join(FORMATS)}.")
    store = await Store.open(settings.load().database_url)
    try:
        await store.check()
        with _replacing(out) as file:
            rows = await FORMATS[name](store, file)
    except OSError as error:
        raise SettingsError(f"{out} cannot be written: {error.strerror}.") from None
    finally:
        await store.close()
    print(f"{rows} answers are in {out}.")


@contextmanager
def _replacing(out: Path) -> Iterator[IO[bytes]]:
    """A file beside `out` that takes its place when the block ends well, and goes when it does not."""
    with NamedTemporaryFile(dir=out.absolute().parent, prefix=f".{out.name}.", delete=False) as file:
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(out)
        except BaseException:
            Path(file.name).unlink()
            raise
