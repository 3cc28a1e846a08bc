"""What a document is made of, before it is set.

One rule: every text is plain text. What looks like markup in it is shown as it is.
"""

from datetime import datetime

from msgspec import Struct


class Heading(Struct, frozen=True, tag="heading"):
    """A heading of level 1 (a part, on a new page if `breaks`), 2 or 3."""

    level: int
    text: str
    breaks: bool = False


class Paragraph(Struct, frozen=True, tag="paragraph"):
    """A paragraph; a `quiet` one is a note in smaller print."""

    text: str
    quiet: bool = False


class Points(Struct, frozen=True, tag="points"):
    """A list with dashes."""

    items: tuple[str, ...]


class Fields(Struct, frozen=True, tag="fields"):
    """Names and values, one pair a line. A value of several texts is shown as labels side by side."""

    rows: tuple[tuple[str, str | tuple[str, ...]], ...]


class Table(Struct, frozen=True, tag="table"):
    """A table that may go over several pages and then repeats its head.

    `widths` are the parts of the width that the columns take. The last `numbers` columns hold numbers.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    numbers: int = 0
    caption: str = ""


class Segment(Struct, frozen=True):
    """A part of a bar: what it says, how many people, and its colour as RRGGBB. `key` is printed in it."""

    key: str
    label: str
    people: int
    colour: str


class ResultRow(Struct, frozen=True):
    """A row of a result. `share` is its part of a bar from 0 to 1, None for no bar; `colour` is RRGGBB."""

    key: str
    label: str
    people: str
    percent: str
    colour: str = ""
    share: float | None = None


class Result(Struct, frozen=True, tag="result"):
    """The result of a question: a bar, and the same numbers beside it in a table.

    `bar` has the options in their order, `aside` the ways not to answer, on a bar of their own that has
    the same scale. `head` names the three columns; `rest` are the rows of the ways not to answer.
    """

    head: tuple[str, str, str]
    rows: tuple[ResultRow, ...]
    rest: tuple[ResultRow, ...]
    bar: tuple[Segment, ...] = ()
    aside: tuple[Segment, ...] = ()


class Quote(Struct, frozen=True, tag="quote"):
    """What somebody wrote, word for word, under its number; `by` says of whom where that may be said."""

    number: int
    text: str
    by: str = ""


class Lines(Struct, frozen=True, tag="lines"):
    """Empty lines to write on by hand."""

    count: int


class Signatures(Struct, frozen=True, tag="signatures"):
    """Places to sign, side by side: the lines of each, under a line to write on."""

    places: tuple[tuple[str, ...], ...]


class Together(Struct, frozen=True, tag="together"):
    """Blocks that stay on one page."""

    blocks: tuple["Block", ...]


Block = Heading | Paragraph | Points | Fields | Table | Result | Quote | Lines | Signatures | Together


class Cover(Struct, frozen=True):
    """The first page, from top to bottom; `fields` are names and values."""

    office: str
    title: str
    subject: str
    fields: tuple[tuple[str, str], ...]
    note: str


class Document(Struct, frozen=True):
    """A whole document. `running` stands at the head of every page; `made` is the date in its properties.

    `contents` is the heading of the table of contents, `page` what stands before the number of a page.
    """

    made: datetime
    language: str
    running: str
    contents: str
    page: str
    cover: Cover
    blocks: tuple[Block, ...]
