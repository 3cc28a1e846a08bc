"""What people answered, as files the office can open. One module a format.

To add one: write `<format>.py` beside these and name it in FORMATS. One contract test runs over all.
"""

from collections.abc import Awaitable, Callable
from typing import IO, Final

from bot.secretariat.exports import csv
from bot.store import Store

#: Writes every answer of a store to a binary file; returns how many.
Export = Callable[[Store, IO[bytes]], Awaitable[int]]

FORMATS: Final[dict[str, Export]] = {"csv": csv.write}

__all__ = ["FORMATS", "Export"]
