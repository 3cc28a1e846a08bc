"""`export`: what people answered, as a file."""

import os
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO, cast

from bot import settings
from bot.errors import SettingsError
from bot.runtime.clock import SystemClock
from bot.runtime.trail import OPERATOR, Trail
from bot.secretariat.exports import FORMATS
from bot.store import Store


async def export(out: Path, name: str) -> None:
    """Write the answers to `out` in the format `name`, without those of people who asked for that.

    The file appears whole and noted in the audit trail, or not at all. Raises SettingsError for an unknown
    format or a folder that cannot be written, StoreError when the database cannot be read or written.
    """
    if name not in FORMATS:
        raise SettingsError(f"There is no format {name!r}; there are: {', '.join(FORMATS)}.")
    chosen = settings.load()
    store = await Store.open(chosen.database_url)
    try:
        await store.check()
        async with aclosing(store.answers.export(history=True)) as answers:
            with _replacing(out) as file:
                rows = await FORMATS[name](answers, file)
                left = await store.left_out()
                await Trail(store.audit, chosen.key(), SystemClock()).note(
                    OPERATOR,
                    "export",
                    out.name,
                    format=name,
                    rows=rows,
                    withdrawn=left.answers_withdrawn,
                    restricted=left.answers_restricted,
                )
    except OSError as error:
        raise SettingsError(f"{out} cannot be written: {error.strerror}.") from None
    finally:
        await store.close()
    print(
        f"{rows} answers are in {out}; {left.answers_withdrawn} withdrawn and"
        f" {left.answers_restricted} under restriction are left out."
    )


@contextmanager
def _replacing(out: Path) -> Iterator[BinaryIO]:
    """A file beside `out` that takes its place when the block ends well, and goes when it does not."""
    with NamedTemporaryFile(dir=out.absolute().parent, prefix=f".{out.name}.", delete=False) as file:
        try:
            yield cast(BinaryIO, file)  # typeshed knows the wrapper only as IO[bytes]
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(out)
        except BaseException:
            Path(file.name).unlink()
            raise
