"""What a proof saw, and how it is printed."""

from collections.abc import Sequence
from enum import Enum
from typing import Self

from msgspec import Struct


class Size(Enum):
    """SHORT fits `make test` (a few seconds a proof); LONG has the numbers that docs/reliability.md states."""

    SHORT = "short"
    LONG = "long"


class Figure(Struct, frozen=True):
    """One number seen. `bound` is how the bound reads; `held` is None for a number that has no bound."""

    what: str
    seen: int | float | str
    bound: str = ""
    held: bool | None = None

    @classmethod
    def none(cls, what: str, seen: int) -> Self:
        """A number that must be 0."""
        return cls(what, seen, "0", seen == 0)

    @classmethod
    def least(cls, what: str, seen: float, bound: float) -> Self:
        """A number that must not be under `bound`."""
        return cls(what, seen, f"≥ {bound:,}", seen >= bound)

    @classmethod
    def most(cls, what: str, seen: float, bound: float) -> Self:
        """A number that must not be over `bound`."""
        return cls(what, seen, f"≤ {bound:,}", seen <= bound)


class Outcome(Struct, frozen=True):
    """What one proof saw. `seconds` is how long it took; `notes` are sentences for whoever reads the table."""

    title: str
    seed: int
    seconds: float
    figures: Sequence[Figure]
    notes: Sequence[str] = ()

    @property
    def held(self) -> bool:
        """Whether no bound was broken."""
        return all(figure.held is not False for figure in self.figures)

    def markdown(self) -> str:
        """A heading and a table, as docs/reliability.md has them."""
        rows = [
            f"| {figure.what} | {_number(figure.seen)} | {figure.bound} | {_VERDICTS[figure.held]} |"
            for figure in self.figures
        ]
        head = [f"### {self.title}", "", f"Seed {self.seed}, {self.seconds:.0f} s.", ""]
        table = ["| figure | seen | bound | |", "| --- | ---: | ---: | --- |", *rows]
        return "\n".join([*head, *table, *(f"\n{note}" for note in self.notes), ""])


_VERDICTS = {True: "held", False: "**BROKEN**", None: ""}


def _number(seen: int | float | str) -> str:
    if isinstance(seen, float):
        return f"{seen:,.2f}"
    return f"{seen:,}" if isinstance(seen, int) else seen
