"""Talk to the City: a comment a row.

Its reader takes a line end at the end of the file for an empty comment, so there is none.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bot.secretariat.exports.csv import count_table, write_table
from bot.secretariat.exports.extract import Extract
from bot.secretariat.exports.format import Format, Rows
from bot.secretariat.exports.typed import comments

#: Its names (common/csv-validation); `interview` is who speaks.
COLUMNS: Final = ("id", "interview", "comment", "timestamp")


def write(extract: Extract, out: Path) -> Rows:
    """Write what was typed, current and not empty."""
    count = write_table(out, COLUMNS, _rows(extract))
    with out.open("r+b") as file:
        file.truncate(out.stat().st_size - len(b"\r\n"))
    return {"texts": count}


def _rows(extract: Extract) -> Iterator[tuple[str, ...]]:
    for comment in comments(extract):
        yield comment.id, comment.participant, comment.text, comment.at


def check(out: Path) -> Rows:
    """What is in the file, by Python's own CSV reader; raises ExportError."""
    return {"texts": count_table(out, COLUMNS)}


FORMAT: Final = Format(writers={".csv": write}, file="talk-to-the-city.csv", check=check)
