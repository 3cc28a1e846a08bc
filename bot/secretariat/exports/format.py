"""What every export format must do."""

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path

from msgspec import Struct

from bot.errors import SettingsError
from bot.secretariat.exports.extract import Extract

#: How many rows of which kind are in a file: {"answers": 12, "suggestions": 3}.
Rows = dict[str, int]

#: Writes an extract to a file or folder that is not there yet, in memory that does not grow with it;
#: returns what is in it. What people typed arrives as text in whatever opens the file: never as a
#: formula, a link or markup. Runs outside the event loop.
Write = Callable[[Extract, Path], Rows]

#: Reads what was written by other means than it was written with, and returns what is in it. Raises
#: ExportError when that is not what the format promises.
Check = Callable[[Path], Rows]


class Format(Struct, frozen=True, kw_only=True):
    """A format.

    `writers` are by the ending of what they write; "" is a folder. The first is the usual one. `file` is
    its name among others, in a pack. `check` reads what the writer for `ending` of `file` wrote. `needs`
    are the libraries of the extra `research` without which it cannot be written. One that
    `speaks` hands on the questionnaire itself, so the content must have passed the gate.
    """

    writers: Mapping[str, Write]
    file: str
    check: Check
    needs: tuple[str, ...] = ()
    speaks: bool = False


def writer_for(formats: Mapping[str, Format], name: str, out: Path) -> Write:
    """What writes `out` in the format of this name.

    Raises SettingsError for a format or an ending there is not, and where its extra is not installed.
    """
    if name not in formats:
        raise SettingsError(f"There is no format {name!r}; there are: {', '.join(formats)}.")
    chosen = formats[name]
    require(chosen)
    write = chosen.writers.get(out.suffix.lower())
    if write is None:
        endings = " or ".join(ending or "nothing (a folder)" for ending in chosen.writers)
        raise SettingsError(f"A file of the format {name} ends in {endings}; {out.name} does not.")
    return write


def require(chosen: Format) -> None:
    """Raise SettingsError when a library the format needs is not there."""
    missing = [library for library in chosen.needs if find_spec(library) is None]
    if missing:
        raise SettingsError(
            f"This format needs {' and '.join(missing)}, which are not installed here: pip install"
            " --require-hashes --requirement requirements-research.lock."
        )
