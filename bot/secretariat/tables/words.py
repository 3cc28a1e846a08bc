"""content/tables.yaml: the words of the published tables, read and checked."""

from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter

from bot.errors import ContentError, Fault
from bot.library.yaml_source import read

Text = Annotated[str, StringConstraints(min_length=1)]
#: A text that says how many people are too few.
Counted = Annotated[str, StringConstraints(pattern=r"^[^{}]*\{k\}[^{}]*$")]


class Words(BaseModel):
    """The headings, what stands in place of a number, the reasons, and the names of the channels."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    table: Text
    by: Text
    question: Text
    version: Text
    clause: Text
    stem: Text
    people: Text
    smallest: Text
    withheld: Text
    note: Text
    group: Text
    channel: Text
    first_day: Text
    last_day: Text
    everyone: Text
    participation: Text
    typed: Text
    together: Text
    none: Text
    hidden: Text
    fewer: Counted
    complete: Text
    some: Counted
    few: Counted
    whole: Counted
    note_single: Text
    note_multiple: Text
    note_participation: Text
    channels: dict[str, Text]


_SCHEMA: Final[TypeAdapter[Words]] = TypeAdapter(Words)


def load_words(file: Path) -> Words:
    """Read the file. Raises ContentError with every fault found."""
    faults: list[Fault] = []
    words = read(file, _SCHEMA, faults).value
    if faults or words is None:
        raise ContentError(faults)
    return words
