"""CSV: for programs in UTF-8, for Excel the same with a byte order mark, without which it reads Thai as
noise.

One rule: no cell begins like a formula (guard.py), every cell is quoted, so that a text cannot end its
cell, and lines end with CRLF.
"""

import csv
import re
import shutil
from codecs import BOM_UTF8
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Final

from bot.errors import ExportError
from bot.secretariat.exports import tables
from bot.secretariat.exports.codebook import codebook_cells
from bot.secretariat.exports.extract import Extract
from bot.secretariat.exports.folder import zipped
from bot.secretariat.exports.format import Format, Rows
from bot.secretariat.exports.guard import RISKY, as_typed, safe
from bot.secretariat.exports.readme import write_readme
from bot.secretariat.exports.rows import WORDINGS, AnswerRow, Asked
from bot.secretariat.exports.tables import NUMBERS, TABLES

_NUMBER: Final = re.compile(r"-\d+")

#: Lines that are written at once.
_BATCH: Final = 1_000

#: What ends one cell and begins the next, and a line that has a cell to guard.
_BETWEEN: Final = '","'
_JOIN: Final = _BETWEEN.encode().join
_TO_GUARD: Final = re.compile(f"{_BETWEEN}(?:{RISKY})")


def write_table(
    file: Path,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    bom: bool = False,
    numbers: Collection[str] = (),
) -> int:
    """Write a table with a line of its columns; returns how many other lines there are.

    `numbers` are columns of ours that hold whole numbers: a negative one is no formula.
    """
    bare = [n for n, column in enumerate(columns) if column in numbers]
    lines = (_numbered(cells, bare) for cells in rows) if bare else map(_line, rows)
    return _write_lines(file, columns, map(str.encode, lines), bom=bom)


def read_table(file: Path) -> Iterator[list[str]]:
    """The rows of a table as they were before they were guarded, the columns first.

    Raises ExportError for a row with more or fewer cells than there are columns, or one with a cell that
    a spreadsheet would calculate.
    """
    with file.open(encoding="utf-8-sig", newline="") as lines:
        width = 0
        for cells in csv.reader(lines, strict=True):
            width = width or len(cells)
            typed = [as_typed(cell) for cell in cells]
            if len(cells) != width or not all(map(_guarded, cells)):
                raise ExportError(f"{file.name} does not read back as it was written.")
            yield typed


def count_table(file: Path, columns: Sequence[str]) -> int:
    """How many rows a table of these columns has, as `read_table` reads it; raises ExportError."""
    rows = read_table(file)
    if next(rows, None) != list(columns):
        raise ExportError(f"{file.name} does not begin with its columns.")
    return sum(1 for _ in rows)


def write_answers(extract: Extract, out: Path) -> Rows:
    """The answers alone, for Excel."""
    return {"answers": _write_lines(out, tables.ANSWERS, answer_lines(extract.answers), bom=True)}


def write_folder(extract: Extract, out: Path) -> Rows:
    """Every table for programs and for Excel, and a README."""
    written = write_tables(extract, out)
    for table in TABLES:
        _for_excel(out / f"{table}.csv", out / f"{table}-excel.csv")
    write_readme(extract, out, tables=TABLES)
    return written


def write_tables(extract: Extract, out: Path) -> Rows:
    """The three tables for programs, in a new folder."""
    out.mkdir()
    answers = _write_lines(out / "answers.csv", tables.ANSWERS, answer_lines(extract.answers))
    rows = {
        "suggestions": map(tables.suggestion_cells, extract.suggestions),
        "codebook": codebook_cells(extract),
    }
    return {"answers": answers} | {
        table: write_table(out / f"{table}.csv", TABLES[table], cells, numbers=NUMBERS)
        for table, cells in rows.items()
    }


def answer_lines(answers: Iterable[tuple[Asked, AnswerRow]]) -> Iterator[bytes]:
    """The lines that `tables.answer_cells` would make, in about half the time.

    What many answers share is guarded and encoded once. Only what was typed is new in every line: ids
    and moments are made here of digits, and begin with a letter or a digit.
    """
    shared = lru_cache(WORDINGS)(_quoted)
    for asked, row in answers:
        yield _JOIN(
            (
                f'"{row.id}","{row.participant}","{row.at}","{row.at_be}'.encode(),
                shared((row.channel, row.group, row.capacity)),
                shared(asked.cells),
                shared((row.outcome, *asked.chosen(row.chosen))),
                _cell(row.text).encode() if row.text else b"",
                shared((row.notice, "no" if row.replaced_at else "yes")),
                f'{row.replaced_at}"\r\n'.encode(),
            )
        )


def check(out: Path) -> Rows:
    """What is in the folder, by Python's own CSV reader; raises ExportError."""
    found = {table: count_table(out / f"{table}.csv", columns) for table, columns in TABLES.items()}
    for table, columns in TABLES.items():
        if count_table(out / f"{table}-excel.csv", columns) != found[table]:
            raise ExportError(f"{table}.csv and {table}-excel.csv differ.")
    return found


def _write_lines(file: Path, columns: Sequence[str], lines: Iterable[bytes], *, bom: bool = False) -> int:
    """Write a line of the columns, and these lines; returns how many these are."""
    count = 0
    lines = iter(lines)
    with file.open("wb") as out:
        out.write((BOM_UTF8 if bom else b"") + _line(columns).encode())
        while batch := list(islice(lines, _BATCH)):
            out.write(b"".join(batch))
            count += len(batch)
    return count


def _quoted(cells: tuple[str, ...]) -> bytes:
    """Cells of a line, without the quotation marks before the first and after the last."""
    return _BETWEEN.join(map(_cell, cells)).encode()


def _cell(cell: str) -> str:
    return safe(cell).replace('"', '""')


def _guarded(cell: str) -> bool:
    return cell == safe(as_typed(cell)) or _NUMBER.fullmatch(cell) is not None


def _numbered(cells: Sequence[str], bare: Collection[int]) -> str:
    quoted = (cell if n in bare else _cell(cell) for n, cell in enumerate(cells))
    return f'"{_BETWEEN.join(quoted)}"\r\n'


def _line(cells: Sequence[str]) -> str:
    """A line; the short way is for the many in which nothing is to guard and no quotation mark to double."""
    line = _BETWEEN + _BETWEEN.join(cells)
    if line.count('"') == 2 * len(cells) and "\0" not in line and not _TO_GUARD.search(line):
        return f'{line[2:]}"\r\n'
    return f'"{_BETWEEN.join(map(_cell, cells))}"\r\n'


def _for_excel(file: Path, out: Path) -> None:
    with file.open("rb") as plain, out.open("wb") as marked:
        marked.write(BOM_UTF8)
        shutil.copyfileobj(plain, marked, 1 << 20)


FORMAT: Final = Format(
    writers={".zip": zipped(write_folder), ".csv": write_answers, "": write_folder}, file="csv", check=check
)
