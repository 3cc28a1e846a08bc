"""What a number may be about: nobody, or k people and more.

One rule: also what is left when it is taken from another number counts. Two numbers can be subtracted by
whoever knows that one part of the people contains the other or shares nobody with it, and that is known
of a question that only one group is asked.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Final

from bot.secretariat.tables.counting import Cell, Cube

#: How many people of each cell a number is about.
Spread = Counter[Cell]

#: The places in a cell.
GROUP: Final = 0
CHANNEL: Final = 1


class Guard:
    """The smallest number, and the rows of the tables of participation that every number is held against."""

    def __init__(self, k: int, people: Cube, rows: Iterable[Collection[Cell]] = ()) -> None:
        size = {cell: tally.total() for cell, tally in people.items()}
        self._k = k
        self._total = sum(size.values())
        self._rows = [(frozenset(row), sum(size[cell] for cell in row)) for row in rows]

    def small(self, n: int) -> bool:
        """Whether a number is about somebody, and about fewer than k people."""
        return 0 < n < self._k

    def reveals(self, spread: Spread) -> bool:
        """Whether a number must not be shown: it is small, or with a row of participation it leaves one.

        With a row it makes a table of four fields. Where one of them is empty the others follow.
        """
        n = spread.total()
        if self.small(n):
            return True
        for row, size in self._rows:
            both = sum(count for cell, count in spread.items() if cell in row)
            fields = (both, n - both, size - both, self._total - size - n + both)
            if 0 in fields and any(map(self.small, fields)):
                return True
        return False
