"""A content folder as it is, and as it would be with one file changed.

One rule: a change is judged by loading the whole folder with it, as the next start will.
"""

import asyncio
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeVar

from msgspec import Struct

from bot.errors import ContentError, Fault
from bot.language.wording.detector import Detector
from bot.library import Found, Inspection, Library, inspect, load
from bot.library.gate import suspected
from bot.library.rulebook import load_detector
from bot.library.seal import FOLDER, Approval, fingerprints, read_approvals
from bot.secretariat.wording.sheet import Sheet, UnreadableError
from bot.secretariat.wording.units import Unit, units_of

T = TypeVar("T")

#: What may be edited: everything that is said, and nothing that decides what may be.
_EDITABLE: Final = ("drafts/*/*.yaml", "phrases/*.yaml", "labels.yaml", "web.yaml", "menus.yaml")
#: What people type, beside the clauses in their folder.
_SEARCH: Final = "search.yaml"
_CLAUSES: Final = "drafts/"


class Look(Struct, frozen=True):
    """What was seen in a folder. Files are named from it; `library` is None when it cannot be loaded.

    `prints` are the fingerprints of the units, `faults` what keeps the content from being used at all.
    """

    library: Library | None
    inspection: Inspection | None
    units: list[Unit]
    prints: dict[str, str]
    faults: list[Fault]
    found: list[Found]
    records: list[Approval]


class Folder:
    """The content folder of the office."""

    def __init__(self, path: Path) -> None:
        self.path = path
        # Judging a folder keeps a core busy for about a second: one at a time leaves the chat the other.
        self._one = asyncio.Lock()
        self._live: tuple[object, Look] | None = None
        self._detector: Detector | None = None

    def files(self) -> list[str]:
        """The files that may be edited, in the order they are said in."""
        found = [path for pattern in _EDITABLE for path in sorted(self.path.glob(pattern))]
        return [path.relative_to(self.path).as_posix() for path in found if path.name != _SEARCH]

    def text(self, file: str) -> str:
        """A file as it lies there."""
        return (self.path / file).read_text("utf-8")

    def mark(self, file: str) -> str:
        """The SHA-256 of a file as it lies there; "" for none."""
        try:
            return hashed(self.text(file))
        except (FileNotFoundError, UnicodeDecodeError):
            return ""

    def state(self) -> object:
        """Something that is another value once any file was changed."""
        files = sorted(self.path.rglob("*.yaml"))
        return tuple((path, (stat := path.stat()).st_mtime_ns, stat.st_size) for path in files)

    async def live(self) -> Look:
        """The folder as it lies there."""
        return await self._alone(self._look_live)

    async def with_file(self, file: str, content: str) -> Look:
        """The folder as it would be with this file."""
        return await self._alone(lambda: self._look_with({file: content}))

    async def judge(self, files: Mapping[str, str], judge: Callable[[Path], T]) -> T:
        """What `judge` makes of the folder with these files in it; may raise what it raises."""

        def judged() -> T:
            with self._copy(files) as folder:
                return judge(folder)

        return await self._alone(judged)

    async def _alone(self, work: Callable[[], T]) -> T:
        async with self._one:
            return await asyncio.to_thread(work)

    def _look_live(self) -> Look:
        state = self.state()
        if self._live is None or self._live[0] != state:
            self._live = (state, look(self.path))
        return self._live[1]

    def _look_with(self, files: Mapping[str, str]) -> Look:
        with self._copy(files) as folder:
            seen = look(folder)
            for file, content in files.items():
                seen.faults.extend(_wrong_slots(file, content, self.text(file)))
            live = self._look_live().prints
            changed = {unit for unit, shown in seen.prints.items() if live.get(unit) != shown}
            if seen.inspection and changed:
                more = suspected(seen.inspection, self._learned(), changed)
                seen.found.extend(_named(folder, found) for found in more)
            return seen

    def _learned(self) -> Detector:
        if self._detector is None:
            self._detector = load_detector(self.path / "wording" / "detector.tsv")
        return self._detector

    @contextmanager
    def _copy(self, files: Mapping[str, str]) -> Iterator[Path]:
        """A copy of the folder with these files; what is not changed is only linked to."""
        with TemporaryDirectory(prefix="ruamkhit-content-") as temporary:
            folder = Path(temporary).resolve() / "content"
            shutil.copytree(self.path, folder, copy_function=_link, ignore=_unneeded)
            for name, content in files.items():
                file = folder / name
                file.unlink(missing_ok=True)
                file.write_bytes(content.encode())
            yield folder


def look(folder: Path) -> Look:
    """Load a folder and hold it against the rules; nothing it holds makes this raise."""
    faults: list[Fault] = []
    library, seen = None, None
    try:
        library = load(folder)
    except ContentError as error:
        faults += error.faults
    try:
        seen = inspect(folder, faults)
        records, _ = read_approvals(folder / FOLDER, faults)
    except ContentError as error:
        faults += error.faults
        records = []
    named = {Fault(_from(folder, f.file), f.line, f.column, f.message) for f in faults}
    return Look(
        library=library,
        inspection=seen,
        units=units_of(seen.sayings, folder) if seen else [],
        prints=fingerprints(seen.sayings) if seen else {},
        faults=sorted(named),
        found=[_named(folder, found) for found in seen.found] if seen else [],
        records=records,
    )


def _wrong_slots(file: str, content: str, live: str) -> list[Fault]:
    """What the program fills must stay, and nothing else can be filled. Clauses have no slots."""
    if file.startswith(_CLAUSES):
        return []
    try:
        now, before = Sheet(content).slots(), Sheet(live).slots()
    except UnreadableError:
        return []
    return [
        Fault(
            Path(file), 1, 1, f"{key}: must keep exactly these {{slots}}: {', '.join(sorted(kept)) or 'none'}"
        )
        for key, kept in before.items()
        if now.get(key, kept) != kept
    ]


def hashed(text: str) -> str:
    """The SHA-256 of a file with this text."""
    return sha256(text.encode()).hexdigest()


def _named(folder: Path, found: Found) -> Found:
    return Found(_from(folder, found.file), found.line, found.column, found.finding, found.unit, found.waiver)


def _from(folder: Path, file: Path) -> Path:
    return file.relative_to(folder) if file.is_relative_to(folder) else file


def _link(source: str, target: str) -> None:
    Path(target).symlink_to(Path(source).resolve())


def _unneeded(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name.startswith((".", "__"))]
