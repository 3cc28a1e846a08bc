"""A small content folder that is right in everything, for tests to break."""

import shutil
from pathlib import Path

import pytest

from bot.errors import ContentError
from bot.library import Library, load

_SMALL = Path(__file__).parent / "small"
_SHIPPED = Path(__file__).parents[2] / "content"


class Content:
    """A copy of the small content in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(shutil.copytree(_SMALL, folder))
        shutil.copy(_SHIPPED / "privacy.yaml", self.folder)

    def change(self, file: str, old: str, new: str) -> None:
        """Replace the first occurrence of a text that must be there."""
        path = self.folder / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    def load(self) -> Library:
        return load(self.folder)

    def faults(self) -> list[str]:
        """What load reports, "file:line:column: message" each, with files relative to the folder."""
        with pytest.raises(ContentError) as caught:
            load(self.folder)
        return [str(fault).removeprefix(f"{self.folder}/") for fault in caught.value.faults]
