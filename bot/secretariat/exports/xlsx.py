"""An Excel workbook: a cover sheet, the answers, the suggestions and the codebook.

One rule: every cell is text and is marked as text (Excel's own "quote prefix"), so that it is no formula
now and does not become one when somebody edits it. Characters XML cannot hold are escaped as Excel does
it (_x0001_), and what is longer than a cell is cut, with its column named in `cut` and counted on the
cover.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from msgspec import Struct
from rustpy_xlsxwriter import Format as Look
from rustpy_xlsxwriter import write_worksheets

from bot.language.calendar import buddhist
from bot.secretariat.exports import tables
from bot.secretariat.exports.codebook import codebook_cells
from bot.secretariat.exports.extract import CELL, Extract, is_long
from bot.secretariat.exports.format import Format, Rows
from bot.secretariat.exports.readme import told_filters
from bot.secretariat.exports.tables import TABLES
from bot.secretariat.exports.workbook import count_sheets

#: What a sheet holds, the line of columns included (Excel, "specifications and limits").
SHEET_ROWS: Final = 1_048_576

#: The column that names what was cut in its row.
CUT: Final = "cut"

Cells = dict[str, str | None]


class Sheet(Struct, frozen=True):
    """A sheet; its rows come when they are written. There must be one, with every column."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Cells]


def write(extract: Extract, out: Path) -> Rows:
    """Write the workbook; a table with more rows than a sheet holds goes on in another sheet."""
    codebook = list(codebook_cells(extract))
    rows: dict[str, tuple[Iterable[Sequence[str]], int]] = {
        "answers": (map(tables.answer_cells, extract.answers), extract.answers.count),
        "suggestions": (map(tables.suggestion_cells, extract.suggestions), extract.suggestions.count),
        "codebook": (codebook, len(codebook)),
    }
    sheets = [
        sheet
        for table, (cells, count) in rows.items()
        for sheet in _sheets(table, TABLES[table], cells, count)
    ]
    write_book(out, [_cover(extract), *sheets])
    return {table: count for table, (_, count) in rows.items()}


def write_book(out: Path, sheets: Sequence[Sheet]) -> None:
    """Write sheets of text, each with a line of its columns, in the order of the sheets and of their rows."""
    text = Look().set_quote_prefix()
    write_worksheets(
        [(sheet.name, sheet.rows) for sheet in sheets],
        str(out),
        bold_headers=True,
        freeze_panes={"general": {"row": 1, "col": 0}},
        column_formats={sheet.name: dict.fromkeys(sheet.columns, text) for sheet in sheets},
    )


def cut(cell: str) -> str:
    """As much of a text as a cell holds, whole characters of it."""
    return cell.encode("utf-16-le")[: CELL * 2].decode("utf-16-le", "ignore") if is_long(cell) else cell


def _cells(columns: Sequence[str], cells: Sequence[str]) -> Cells:
    return dict(zip(columns, cells, strict=True))


def _marked(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[Cells]:
    """The rows, with what is too long cut and named."""
    names = (*columns, CUT)
    for cells in rows:
        if max(map(len, cells)) > CELL // 2:
            long = " ".join(column for column, cell in zip(columns, cells, strict=True) if is_long(cell))
            yield dict(zip(names, (*map(cut, cells), long), strict=True))
        else:
            yield dict(zip(names, (*cells, ""), strict=True))


def _sheets(name: str, columns: Sequence[str], rows: Iterable[Sequence[str]], count: int) -> Iterator[Sheet]:
    """The sheets of one table: name, name-2 … An empty one has its columns only."""
    all_columns = (*columns, CUT)
    each = _marked(columns, rows)
    if not count:
        yield Sheet(name, all_columns, [dict.fromkeys(all_columns)])
    for n in range(-(-count // (SHEET_ROWS - 1))):
        yield Sheet(name if n == 0 else f"{name}-{n + 1}", all_columns, islice(each, SHEET_ROWS - 1))


def _cover(extract: Extract) -> Sheet:
    words = extract.words
    facts = {
        "title": extract.library.draft.title,
        "made": buddhist(extract.made),
        "wording": extract.library.version,
        "answers": str(extract.answers.count),
        "suggestions": str(extract.suggestions.count),
        **{name: str(getattr(extract.left_out, name)) for name in extract.left_out.__struct_fields__},
        "cut": str(extract.long),
        "ids": words.cover["ids_note"],
        "organisation": words.cover["organisation_note"],
    }
    filters = told_filters(extract) or {"": words.no_filters}
    lines = [(words.cover[fact], value) for fact, value in facts.items()]
    if extract.demo:
        lines.insert(0, (words.cover["demo"], words.demo))
    lines[2:2] = [(f"{words.cover['filter']} {name}".strip(), value) for name, value in filters.items()]
    for table in TABLES:
        lines += [(f"{table}: {column}", told) for column, told in words.columns[table].items()]
    lines.append((CUT, words.cut))
    head = (words.cover["item"], words.cover["value"])
    return Sheet(words.cover["sheet"], head, [_cells(head, line) for line in lines])


def check(out: Path) -> Rows:
    """What is in the workbook, by an XML reader; raises ExportError where a cell is not text."""
    sheets = count_sheets(out)
    return {
        table: sum(rows for name, rows in sheets.items() if name.split("-")[0] == table) for table in TABLES
    }


FORMAT: Final = Format(writers={".xlsx": write}, file="ruamkhit.xlsx", check=check)
