"""The tables of a DOCX: those with a head, pairs of names and values, bars of shaded cells, signatures.

One rule: widths are fixed, because Word, LibreOffice and Google Docs each guess others.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from docx.document import Document as Draft
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Emu, Pt, RGBColor

from bot.secretariat.paper.blocks import Fields, Result, ResultRow, Segment, Signatures, Table

ACCENT: Final = "23405E"
QUIET: Final = "5A6672"
_HAIR: Final = "C6CDD4"
_WASH: Final = "F3F5F7"
_INK: Final = "1C2733"

#: The width between the margins.
_WIDTH: Final = Cm(16)
#: Points of the text in a table.
_SIZE: Final = 14
#: Columns of a result: key, option, people, percent; and with drawn rows.
_PLAIN: Final = (0.7, 8.8, 2.8, 3.7)
_DRAWN: Final = (0.7, 5.8, 3.6, 2.6, 3.3)
#: How many parts the drawn bar of a row is cut into.
_STEPS: Final = 20

#: What XML cannot hold.
_UNWRITABLE: Final = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def writable(text: str) -> str:
    """The text without the characters that XML cannot hold."""
    return _UNWRITABLE.sub("", text)


def add(draft: Draft, block: Fields | Table | Result | Signatures) -> None:
    """A block that is a table in a DOCX."""
    match block:
        case Fields():
            fields(draft, block)
        case Table():
            _table(draft, block)
        case Result():
            _result(draft, block)
        case Signatures():
            _signatures(draft, block)


def _table(draft: Draft, block: Table) -> None:
    """A table whose head is repeated on each page."""
    if block.caption:
        caption = draft.add_paragraph()
        caption.paragraph_format.keep_with_next = True
        _bold(caption.add_run(writable(block.caption)))
    numbers = len(block.head) - block.numbers
    made = _grid(draft, len(block.rows) + 1, [w / sum(block.widths) for w in block.widths])
    for r, row in enumerate((block.head, *block.rows)):
        for c, text in enumerate(row):
            _write(made[r][c], text, right=c >= numbers, bold=r == 0)
            _edge(made[r][c], "bottom", ACCENT if r == 0 else _HAIR)
            if r == 0:
                _shade(made[r][c], _WASH)
    _after(draft)


def fields(draft: Draft, block: Fields) -> None:
    """Names and values, one pair a line."""
    made = _grid(draft, len(block.rows), [0.25, 0.75], head=False)
    for cells, (name, value) in zip(made, block.rows, strict=True):
        _write(cells[0], name, colour=QUIET)
        _write(cells[1], value if isinstance(value, str) else " | ".join(value))
    _after(draft)


def _result(draft: Draft, block: Result) -> None:
    """The bars as shaded cells, and the numbers under them."""
    total = max(_people(block.bar), _people(block.aside))
    for segments in (block.bar, block.aside):
        if _people(segments):
            _bar(draft, segments, total)
    drawn = any(row.share is not None for row in block.rows)
    widths = _DRAWN if drawn else _PLAIN
    rows = (*block.rows, *block.rest)
    made = _grid(draft, len(rows) + 1, [w / sum(widths) for w in widths])
    _write(made[0][1], block.head[0], colour=QUIET)
    _write(made[0][-2], block.head[1], right=True, colour=QUIET)
    _write(made[0][-1], block.head[2], right=True, colour=QUIET)
    for cells, row in zip(made[1:], rows, strict=True):
        _result_row(cells, row, drawn=drawn)
    for cells, colour in ((made[0], ACCENT), (made[len(block.rows)], QUIET)):
        for cell in cells:
            _edge(cell, "bottom", colour)
    _after(draft)


def _signatures(draft: Draft, block: Signatures) -> None:
    """Places to sign, side by side."""
    [cells] = _grid(draft, 1, [1 / len(block.places)] * len(block.places), head=False)
    for cell, lines in zip(cells, block.places, strict=True):
        _write(cell, "\n\n" + "." * 40 + "\n" + "\n".join(lines))
        cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER


def _result_row(cells: Sequence[Any], row: ResultRow, *, drawn: bool) -> None:
    if row.colour:
        _shade(cells[0], row.colour)
        _write(cells[0], row.key, colour=_on(row.colour))
    _write(cells[1], row.label)
    if drawn and row.share is not None:
        full = "\u2588" * max(round(row.share * _STEPS), 1 if row.share else 0)
        _write(cells[2], full, colour=row.colour)
    _write(cells[-2], row.people, right=True)
    _write(cells[-1], row.percent, right=True)


def _bar(draft: Draft, segments: Sequence[Segment], total: int) -> None:
    """A bar whose whole width would be `total` people."""
    parts = [segment for segment in segments if segment.people]
    [cells] = _grid(draft, 1, [segment.people / total for segment in parts], head=False)
    for cell, segment in zip(cells, parts, strict=True):
        _shade(cell, segment.colour)
        wide = segment.people / total > 0.05
        _write(cell, segment.key if wide else "", colour=_on(segment.colour))
        cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
    _after(draft, 2)


def _people(segments: Sequence[Segment]) -> int:
    return sum(segment.people for segment in segments)


def _on(colour: str) -> str:
    """The colour of what is written on this one: white on dark, ink on light (Rec. 601 luma)."""
    red, green, blue = bytes.fromhex(colour)
    return "FFFFFF" if 0.299 * red + 0.587 * green + 0.114 * blue < 140 else _INK


def _grid(draft: Draft, rows: int, widths: Sequence[float], *, head: bool = True) -> list[list[Any]]:
    """The cells of a new table, row by row; `widths` are parts of the whole."""
    made = draft.add_table(rows, len(widths))
    made.alignment = WD_TABLE_ALIGNMENT.LEFT
    made.autofit = False
    for column, width in zip(made.columns, widths, strict=True):
        column.width = Emu(round(_WIDTH * width))
    for n, row in enumerate(made.rows):
        properties = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if head and n == 0:
            properties.append(OxmlElement("w:tblHeader"))
    cells = made._cells
    grid = [list(cells[n * len(widths) : (n + 1) * len(widths)]) for n in range(rows)]
    for row in grid:
        for cell, width in zip(row, widths, strict=True):
            cell.width = Emu(round(_WIDTH * width))
    return grid


def _write(cell: Any, text: str, *, right: bool = False, bold: bool = False, colour: str = "") -> None:
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(0)
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    run = paragraph.add_run(writable(text))
    _size(run, _SIZE)
    if bold:
        _bold(run)
    if colour:
        run.font.color.rgb = RGBColor.from_string(colour)


def _bold(run: Any) -> None:
    run.font.bold = run.font.cs_bold = True


def _size(run: Any, size: float) -> None:
    run.font.size = Pt(size)
    complex_script = OxmlElement("w:szCs")
    complex_script.set(qn("w:val"), str(round(size * 2)))
    run._r.get_or_add_rPr().append(complex_script)


def _shade(cell: Any, colour: str) -> None:
    shading = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
        shading.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shading)


def _edge(cell: Any, side: str, colour: str) -> None:
    properties = cell._tc.get_or_add_tcPr()
    borders = OxmlElement("w:tcBorders")
    line = OxmlElement(f"w:{side}")
    for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", colour)):
        line.set(qn(f"w:{name}"), value)
    borders.append(line)
    shading = properties.find(qn("w:shd"))  # the schema wants borders before the shading
    if shading is None:
        properties.append(borders)
    else:
        shading.addprevious(borders)


def _after(draft: Draft, points: float = 8) -> None:
    """The space after a table, without which Word joins it to the next one."""
    paragraph = draft.add_paragraph()
    paragraph.paragraph_format.space_after = Pt(0)
    _size(paragraph.add_run(), points)
    paragraph.paragraph_format.line_spacing = Pt(points)
