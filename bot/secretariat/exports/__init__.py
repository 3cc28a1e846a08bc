"""The files the secretariat takes away, one module a format.

To add one: write `<format>.py` beside these with its FORMAT, and name it in FORMATS and in pack.PARTS. One
contract test runs over all.

    gather       from the store to an Extract, read once, of one moment        extract.py
    load_words   what each column holds and each file is for                   words.py
    writer_for   a format by its name and the name of the file to write        format.py
    note         that it was made, in the audit log                            noting.py

What an answer is in a row is in rows.py and tables.py, what a question is as a variable in variables.py,
what keeps a cell from being a formula in guard.py.
"""

from typing import Final

from bot.secretariat.exports import pack
from bot.secretariat.exports.extract import Extract, Watch, gather
from bot.secretariat.exports.format import Format, Rows, writer_for
from bot.secretariat.exports.noting import note
from bot.secretariat.exports.words import Words, load_words

#: Every format by its name.
FORMATS: Final[dict[str, Format]] = {**pack.PARTS, "pack": pack.FORMAT}

__all__ = [
    "FORMATS",
    "Extract",
    "Format",
    "Rows",
    "Watch",
    "Words",
    "gather",
    "load_words",
    "note",
    "writer_for",
]
