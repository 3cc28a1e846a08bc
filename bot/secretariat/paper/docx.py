"""The document as DOCX, with real headings, styles and tables, for an office that goes on writing.

One rule: Thai is complex script to Word, which takes its font and size from attributes of their own.
"""

import io
from datetime import UTC
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document as open_template
from docx.document import Document as Draft
from docx.enum.section import WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from bot.secretariat.paper import sheets
from bot.secretariat.paper.blocks import (
    Block,
    Document,
    Fields,
    Heading,
    Lines,
    Paragraph,
    Points,
    Quote,
    Result,
    Signatures,
    Table,
    Together,
)
from bot.secretariat.paper.sheets import ACCENT, QUIET, writable

#: The typeface of Thai offices; it ships with their machines.
FONT: Final = "TH Sarabun New"
#: Points of running text: the size of Thai official letters.
_SIZE: Final = 16
_HEADINGS: Final = {1: 22, 2: 18, 3: 16}
#: The earliest moment a ZIP file can hold, so that its bytes do not tell when they were made.
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)
_DOTTED: Final = "." * 110


def docx(document: Document) -> bytes:
    """The document as DOCX; equal documents give equal bytes."""
    draft = open_template()
    _styles(draft, document.language)
    _properties(draft, document)
    _cover(draft, document)
    _body(draft, document)
    for block in document.blocks:
        _set(draft, block)
    made = io.BytesIO()
    draft.save(made)
    return _timeless(made.getvalue())


def _set(draft: Draft, block: Block) -> None:
    match block:
        case Heading():
            heading = draft.add_heading(writable(block.text), block.level)
            heading.paragraph_format.page_break_before = block.breaks
        case Paragraph():
            draft.add_paragraph(writable(block.text), "Quiet" if block.quiet else "Normal")
        case Points():
            for item in block.items:
                draft.add_paragraph(writable(item), "List Bullet")
        case Quote():
            _quote(draft, block)
        case Lines():
            for _ in range(block.count):
                draft.add_paragraph(_DOTTED)
        case Together():
            for inner in block.blocks:
                _set(draft, inner)
        case Fields() | Table() | Result() | Signatures():
            sheets.add(draft, block)


def _quote(draft: Draft, quote: Quote) -> None:
    paragraph = draft.add_paragraph(style="Quote")
    paragraph.add_run(f"({quote.number})\u00a0 ").font.color.rgb = RGBColor.from_string(QUIET)
    paragraph.add_run(writable(quote.text))
    if quote.by:
        paragraph.add_run().add_break(WD_BREAK.LINE)
        paragraph.add_run(writable(quote.by)).font.color.rgb = RGBColor.from_string(QUIET)


def _styles(draft: Draft, language: str) -> None:
    styles: Any = draft.styles
    quiet = styles.add_style("Quiet", 1)
    quiet.base_style = styles["Normal"]
    _font(styles["Normal"], _SIZE, language=language)
    _font(quiet, _SIZE - 2, colour=QUIET)
    _font(styles["Quote"], _SIZE - 1)
    _font(styles["List Bullet"], _SIZE)
    _font(styles["Title"], 34, colour=ACCENT, bold=True)
    for level, size in _HEADINGS.items():
        _font(styles[f"Heading {level}"], size, colour=ACCENT, bold=True)
    for name in ("Normal", "List Bullet", "Quote", "Quiet"):
        styles[name].paragraph_format.space_after = Pt(6)
        styles[name].paragraph_format.line_spacing = 1.0
    styles["Quote"].paragraph_format.left_indent = Cm(0.8)


def _font(style: Any, size: float, *, colour: str = "", bold: bool = False, language: str = "") -> None:
    style.font.size = Pt(size)
    style.font.bold = bold
    style.font.italic = False
    if colour:
        style.font.color.rgb = RGBColor.from_string(colour)
    properties = style.element.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    for attribute in list(fonts.attrib):
        del fonts.attrib[attribute]
    for script in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{script}"), FONT)
    style.font.cs_bold = bold
    style.font.cs_italic = False
    _child(properties, "w:szCs", val=str(round(size * 2)))
    if language:
        _child(properties, "w:lang", val="en-US", bidi=f"{language}-TH")


def _child(parent: Any, name: str, **attributes: str) -> Any:
    """A new element in place of those of that name; `attributes` are in Word's own namespace."""
    for old in parent.findall(qn(name)):
        parent.remove(old)
    element = OxmlElement(name)
    for key, value in attributes.items():
        element.set(qn(f"w:{key}"), value)
    parent.append(element)
    return element


def _properties(draft: Draft, document: Document) -> None:
    core = draft.core_properties
    core.title = writable(f"{document.cover.title} {document.cover.subject}")
    core.author = core.last_modified_by = writable(document.cover.office)
    core.created = core.modified = document.made.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    core.language = document.language
    core.comments = ""


def _cover(draft: Draft, document: Document) -> None:
    section = draft.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin, section.right_margin = Cm(2.7), Cm(2.3)
    section.top_margin = section.bottom_margin = Cm(2.5)
    cover = document.cover
    draft.add_paragraph(writable(cover.office)).paragraph_format.space_after = Pt(150)
    draft.add_paragraph(writable(cover.title), "Title")
    draft.add_paragraph(writable(cover.subject)).paragraph_format.space_after = Pt(120)
    sheets.fields(draft, Fields(cover.fields))
    draft.add_paragraph(writable(cover.note), "Quiet")


def _body(draft: Draft, document: Document) -> None:
    """The section after the cover, with its head, its foot and the table of contents."""
    section = draft.add_section(WD_SECTION.NEW_PAGE)
    section.header.is_linked_to_previous = section.footer.is_linked_to_previous = False
    head = section.header.paragraphs[0]
    head.style = "Quiet"
    head.text = writable(document.running)
    foot = section.footer.paragraphs[0]
    foot.style = "Quiet"
    foot.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    foot.add_run(f"{writable(document.page)} ")
    _field(foot, "PAGE", "1")
    numbering = OxmlElement("w:pgNumType")
    numbering.set(qn("w:start"), "1")
    section._sectPr.find(qn("w:cols")).addprevious(numbering)
    draft.add_paragraph(writable(document.contents), "Quiet")
    parts = [block.text for block in document.blocks if isinstance(block, Heading) and block.level == 1]
    _field(draft.add_paragraph(), r'TOC \o "1-2" \h \z \u', "\n".join(parts))


def _field(paragraph: Any, instruction: str, result: str) -> None:
    """A field that Word fills when it opens the document; until then it shows `result`."""
    run = paragraph.add_run()
    _child(run._r, "w:fldChar", fldCharType="begin", dirty="true")
    code = _child(paragraph.add_run()._r, "w:instrText")
    code.text = instruction
    _child(paragraph.add_run()._r, "w:fldChar", fldCharType="separate")
    paragraph.add_run(writable(result))
    _child(paragraph.add_run()._r, "w:fldChar", fldCharType="end")


def _timeless(content: bytes) -> bytes:
    """The ZIP file without the times at which its parts were written."""
    made = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as source, ZipFile(made, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(ZipInfo(name, _NO_TIME), source.read(name), ZIP_DEFLATED)
    return made.getvalue()
