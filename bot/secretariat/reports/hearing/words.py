"""content/reports/hearing.yaml: the words of the hearing report, read and checked."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from bot.errors import ContentError, Fault
from bot.language.calendar import day_in_words
from bot.library.schema import Line, SlottedLine
from bot.library.yaml_source import read


class Words(BaseModel):
    """The words; `texts` and `lists` have slots. `next_clause` is the id of the clause that says what
    comes next, `sides` says by the end of a question's id which way it asks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    next_clause: Line
    complaint_tag: Line
    months: Annotated[tuple[Line, ...], Field(min_length=12, max_length=12)]
    channels: dict[str, Line]
    orders: dict[str, Line]
    kinds: dict[str, Line]
    sides: dict[str, Line]
    lists: dict[str, tuple[SlottedLine, ...]]
    texts: dict[str, SlottedLine]

    def say(self, name: str, **slots: object) -> str:
        """A text with its slots filled. KeyError for one that is not in the file: a test holds them all."""
        return self.texts[name].format(**slots)

    def points(self, name: str, **slots: object) -> tuple[str, ...]:
        """A list with its slots filled."""
        return tuple(line.format(**slots) for line in self.lists[name])

    def day(self, moment: datetime) -> str:
        """The day on Thailand's calendar."""
        return day_in_words(moment, self.months)


_SCHEMA: Final[TypeAdapter[Words]] = TypeAdapter(Words)


def load_words(file: Path) -> Words:
    """Read the file. Raises ContentError with every fault found."""
    faults: list[Fault] = []
    words = read(file, _SCHEMA, faults).value
    if faults or words is None:
        raise ContentError(faults)
    return words
