"""No file leaves without an explanation of what is in it."""

import shutil
from pathlib import Path

import pytest

from bot.errors import ContentError
from bot.secretariat.exports import load_words
from bot.secretariat.exports.words import DESCRIBED
from tests.secretariat.exported import ROOT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "content" / "exports", tmp_path / "exports"))


def test_every_column_has_its_words(folder: Path) -> None:
    words = load_words(folder)
    assert {table: set(told) for table, told in words.columns.items()} == {
        table: set(columns) for table, columns in DESCRIBED.items()
    }


@pytest.mark.parametrize(
    ("line", "instead", "told"),
    [
        ("    version: รหัสของถ้อยคำที่ถาม", "    versions: รหัสของถ้อยคำที่ถาม", "version is missing"),
        ("    version: รหัสของถ้อยคำที่ถาม", "    version2: x\n    version: y", "nothing asks for version2"),
        ("  contains: ", "  containing: ", "filters: contains is missing"),
        ("  skipped: ข้าม", "", "outcomes: skipped is missing"),
        ("  ids_note: ", "  ids_notes: ", "cover: ids_note is missing"),
    ],
)
def test_a_word_that_is_missing_or_idle_is_a_fault(folder: Path, line: str, instead: str, told: str) -> None:
    file = folder / "words.yaml"
    text = file.read_text("utf-8")
    assert line in text
    file.write_text(text.replace(line, instead, 1), "utf-8")
    with pytest.raises(ContentError, match=told):
        load_words(folder)


def test_a_readme_that_is_missing_is_a_fault(folder: Path) -> None:
    (folder / "README.txt.jinja").unlink()
    with pytest.raises(ContentError, match="cannot be read"):
        load_words(folder)
