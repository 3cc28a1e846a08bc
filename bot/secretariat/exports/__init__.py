"""The files the secretariat takes away, one module a format.

To add one: write `<format>.py` beside these with a `Format`, and name it in FORMATS. One contract test
runs over all.
"""

from typing import Final

from bot.secretariat.exports import csv
from bot.secretariat.exports.format import Answers, Format

#: Every format by the ending of its files.
FORMATS: Final[dict[str, Format]] = {"csv": csv.write}

__all__ = ["FORMATS", "Answers", "Format"]
