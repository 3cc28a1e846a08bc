"""What LibreOffice makes of the files: the cells that the store holds, and nothing to calculate.

LibreOffice is large, so no test needs it: where there is none these are skipped, and say so.
"""

import csv
import shutil
import subprocess
from asyncio import to_thread
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from lxml import etree

from bot.secretariat.exports import FORMATS
from bot.secretariat.exports.guard import as_typed
from bot.store import Store
from tests.secretariat.exported import extracted, fill, stored
from tests.secretariat.test_exports import as_in_a_cell, compare, read_xlsx, sent, told

SOFFICE: Final = shutil.which("soffice") or shutil.which("libreoffice")

pytestmark = pytest.mark.skipif(
    SOFFICE is None,
    reason="LibreOffice is not installed (apt-get install --no-install-recommends libreoffice-calc)",
)

#: Options of its CSV filter (wiki.documentfoundation.org, "Filter Options"): comma, quotation mark, UTF-8,
#: from the first line; how it opens a file unless told otherwise, and with every quoted cell as text.
_CSV: Final = "Text - txt - csv (StarCalc):44,34,76,1"
_AS_TEXT: Final = f"{_CSV},,0,true,false"
#: Written: text quoted, cells as they are and not as shown, every sheet as a file of its own.
_EVERY_SHEET: Final = f"csv:{_CSV},,0,true,false,false,false,false,-1"
_FLAT: Final = "fods"

_TABLE: Final = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TYPE: Final = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}value-type"


async def converted(folder: Path, files: Sequence[Path], to: str, *, reads: str | None = None) -> Path:
    """The folder with the files as LibreOffice read them and wrote them again; it has a profile of its own."""
    out = folder / "converted" / to[:4]
    profile = (folder / "profile").as_uri()
    command = [str(SOFFICE), f"-env:UserInstallation={profile}", "--headless", "--norestore"]
    command += [f"--infilter={reads}"] if reads else []
    command += ["--convert-to", to, "--outdir", str(out), *map(str, files)]
    done = await to_thread(subprocess.run, command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return out


def rows_of(file: Path) -> list[dict[str, str]]:
    """The rows that LibreOffice wrote."""
    with file.open(encoding="utf-8", newline="") as text:
        return [lines_ended(row) for row in csv.DictReader(text, strict=True)]


def cells_of(file: Path) -> Iterator[Any]:
    """The cells of a flat ODS file, as elements."""
    return etree.parse(file, etree.XMLParser(huge_tree=True)).iter(f"{_TABLE}table-cell")


def calculated(file: Path) -> list[str]:
    """The formulas in a flat ODS file."""
    return [formula for cell in cells_of(file) if (formula := cell.get(f"{_TABLE}formula"))]


def lines_ended(cells: dict[str, str]) -> dict[str, str]:
    """With LF at the end of each line in a cell: how a line ends is the one thing LibreOffice changes."""
    return {name: cell.replace("\r\n", "\n").replace("\r", "\n") for name, cell in cells.items()}


async def made(store: Store, folder: Path, name: str, ending: str) -> Path:
    """The store in a format."""
    out = folder / f"{name}{ending}"
    async with extracted(store, folder) as extract:
        FORMATS[name].writers[ending](extract, out)
    return out


async def test_the_csv_for_excel(sqlite_store: Store, tmp_path: Path) -> None:
    await fill(sqlite_store)
    answers, suggestions = await stored(sqlite_store)
    folder = await made(sqlite_store, tmp_path, "csv", "")
    files = [folder / f"{table}-excel.csv" for table in ("answers", "suggestions")]
    out = await converted(tmp_path, files, _EVERY_SHEET, reads=_AS_TEXT)

    def rows(table: str) -> list[dict[str, str]]:
        (file,) = out.glob(f"{table}-excel*.csv")
        return [{name: as_typed(cell) for name, cell in row.items()} for row in rows_of(file)]

    compare(rows("answers"), answers, lambda a: lines_ended(told(a)), "answer_id")
    compare(rows("suggestions"), suggestions, lambda s: lines_ended(sent(s)), "suggestion_id")


async def test_the_workbook(sqlite_store: Store, tmp_path: Path) -> None:
    await fill(sqlite_store)
    answers, suggestions = await stored(sqlite_store)
    book = await made(sqlite_store, tmp_path, "xlsx", ".xlsx")
    out = await converted(tmp_path, [book], _EVERY_SHEET)

    def cells(record: Any, of: Any) -> dict[str, str]:
        # What is cut is cut by UTF-16 units before LibreOffice ends the lines, so in this order.
        return lines_ended(as_in_a_cell(of(record)))

    compare(rows_of(out / "xlsx-answers.csv"), answers, lambda a: cells(a, told), "answer_id")
    compare(rows_of(out / "xlsx-suggestions.csv"), suggestions, lambda s: cells(s, sent), "suggestion_id")
    codebook = [lines_ended(row) for row in read_xlsx(book)["codebook"]]
    assert rows_of(out / "xlsx-codebook.csv") == codebook
    flat = (await converted(tmp_path, [book], _FLAT)) / "xlsx.fods"
    assert {cell.get(_TYPE) for cell in cells_of(flat)} == {"string", None}
    assert calculated(flat) == []


async def test_nothing_is_calculated(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opened with a double click, as most are; without the guard LibreOffice calculates what was typed."""
    await fill(sqlite_store)
    folders = [await made(sqlite_store, tmp_path, name, "") for name in ("csv", "sensemaking")]
    tables = [await made(sqlite_store, tmp_path, "t3c", ".csv")]
    tables += [path for folder in folders for path in folder.glob("*.csv") if "codebook" not in path.name]
    assert len(tables) == 7
    out = await converted(tmp_path, tables, _FLAT, reads=_CSV)
    assert {path.stem for path in out.iterdir()} == {path.stem for path in tables}
    assert {path.name: calculated(path) for path in out.iterdir() if calculated(path)} == {}
    monkeypatch.setattr("bot.secretariat.exports.csv.safe", lambda cell: cell)
    unsafe = await made(sqlite_store, tmp_path, "csv", ".csv")
    out = await converted(tmp_path, [unsafe], _FLAT, reads=_CSV)
    assert len(calculated(out / "csv.fods")) > 10
