"""sensemaking-tools: a comment a row, for both generations of its readers.

Nobody votes on what others typed here, so the first generation, which wants votes, gets zeros, and the
README says so.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bot.errors import ExportError
from bot.secretariat.exports.csv import count_table, write_table
from bot.secretariat.exports.extract import Extract
from bot.secretariat.exports.folder import zipped
from bot.secretariat.exports.format import Format, Rows
from bot.secretariat.exports.readme import write_readme
from bot.secretariat.exports.typed import comments, title_of

#: The first generation (library/runner-cli): `topics` are "Topic:Subtopic;Topic".
FIRST: Final = ("comment-id", "comment_text", "topics", "agrees", "disagrees", "passes")

#: The second (src/): what was said of a person is in columns that begin with demo:.
SECOND: Final = ("participant_id", "survey_text", "demo:group", "demo:capacity", "demo:channel")

_FIRST: Final = "comments-v1.csv"
_SECOND: Final = "responses-v2.csv"
_NO_VOTES: Final = ("0", "0", "0")
_SEPARATORS: Final = str.maketrans(":;", "  ")


def write_folder(extract: Extract, out: Path) -> Rows:
    """Write both, and a README."""
    out.mkdir()
    write_table(out / _FIRST, FIRST, _first(extract))
    count = write_table(out / _SECOND, SECOND, _second(extract))
    write_readme(extract, out, tables=())
    return {"texts": count}


def _first(extract: Extract) -> Iterator[tuple[str, ...]]:
    for comment in comments(extract):
        yield comment.id, comment.text, title_of(extract, comment.clause).translate(_SEPARATORS), *_NO_VOTES


def _second(extract: Extract) -> Iterator[tuple[str, ...]]:
    for comment in comments(extract):
        yield comment.participant, comment.text, comment.group, comment.capacity, comment.channel


def check(out: Path) -> Rows:
    """What is in the folder, by Python's own CSV reader; raises ExportError."""
    count = count_table(out / _FIRST, FIRST)
    if count_table(out / _SECOND, SECOND) != count:
        raise ExportError(f"{_FIRST} and {_SECOND} differ.")
    return {"texts": count}


FORMAT: Final = Format(
    writers={".zip": zipped(write_folder), "": write_folder}, file="sensemaking", check=check
)
