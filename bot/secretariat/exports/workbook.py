"""Reading a workbook back with an XML reader, which knows nothing of the library that wrote it."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final
from xml.etree import ElementTree
from zipfile import BadZipFile, ZipFile

from bot.errors import ExportError

_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def count_sheets(file: Path) -> dict[str, int]:
    """How many rows each sheet has beside the line of its columns, by name.

    Raises ExportError where a cell is a formula or anything but text.
    """
    try:
        with ZipFile(file) as archive, archive.open("xl/workbook.xml") as book:
            names = [sheet.get("name", "") for sheet in ElementTree.parse(book).iter(f"{_MAIN}sheet")]  # noqa: S314 - ours
            found = {}
            for number, name in enumerate(names, start=1):
                with archive.open(f"xl/worksheets/sheet{number}.xml") as sheet:
                    found[name] = sum(1 for _ in _rows(sheet, file)) - 1
            return found
    except (BadZipFile, KeyError, ElementTree.ParseError) as error:
        raise ExportError(f"{file.name} is no workbook ({type(error).__name__}).") from None


def _rows(sheet: IO[bytes], file: Path) -> Iterator[None]:
    for _, element in ElementTree.iterparse(sheet):  # noqa: S314 - ours
        if element.tag == f"{_MAIN}c" and (
            element.find(f"{_MAIN}f") is not None or (len(element) and element.get("t") != "inlineStr")
        ):
            raise ExportError(f"{file.name} has a cell that is not text.")
        if element.tag == f"{_MAIN}row":
            yield None
            element.clear()
