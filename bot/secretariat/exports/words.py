"""content/exports/ → the words of the files: what each column holds, what each file is for.

One rule: every column of every table has its words, so that no file leaves without an explanation.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, TypeAdapter

from bot.dialogue import Outcome
from bot.errors import ContentError, Fault
from bot.library.schema import Line
from bot.library.yaml_source import Location, Source, read
from bot.secretariat.exports import tables
from bot.store import Filters, LeftOut

#: The columns that must have words, by table.
DESCRIBED: Final[Mapping[str, Sequence[str]]] = {
    "answers": tables.ANSWERS,
    "suggestions": tables.SUGGESTIONS,
    "codebook": tables.CODEBOOK,
    "participants": tables.PARTICIPANTS,
}

#: The words every format may ask for beside those of columns and files.
ASKED: Final[Mapping[str, Sequence[str]]] = {
    "outcomes": [outcome.value for outcome in Outcome],
    "filters": Filters.__struct_fields__,
    "xlsform": ("language",),
    "cover": (
        *(
            "sheet",
            "item",
            "value",
            "demo",
            "title",
            "made",
            "wording",
            "filter",
            "answers",
            "suggestions",
            "cut",
        ),
        *("ids", "ids_note", "organisation", "organisation_note"),
        *LeftOut.__struct_fields__,
    ),
}

_FILE: Final = "words.yaml"
_README: Final = "README.txt.jinja"


class Words(BaseModel):
    """The words of the files: of their columns by table, of outcomes, of the filters, of the cover sheet
    of a workbook, and what each file is for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: dict[str, dict[str, Line]]
    outcomes: dict[str, Line]
    chosen: Line
    not_chosen: Line
    typed: Line
    cut: Line
    texts_cut: Line
    xlsform: dict[str, Line]
    filters: dict[str, Line]
    no_filters: Line
    demo: Line
    files: dict[str, Line]
    cover: dict[str, Line]
    readme: str = ""


_WORDS: Final = TypeAdapter(Words)


def load_words(folder: Path) -> Words:
    """The words in this folder, with the template of the README.

    Raises ContentError when they cannot be read, or a column has no words or is not there.
    """
    faults: list[Fault] = []
    source = read(folder / _FILE, _WORDS, faults)
    if source.value:
        for table, columns in DESCRIBED.items():
            _compare(source, source.value.columns.get(table, {}), ("columns", table), columns)
        for part, names in ASKED.items():
            _compare(source, getattr(source.value, part), (part,), names)
    readme = ""
    try:
        readme = (folder / _README).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        faults.append(Fault(folder / _README, 1, 1, f"cannot be read ({type(error).__name__})"))
    if faults or source.value is None:
        raise ContentError(faults)
    return source.value.model_copy(update={"readme": readme})


def _compare(source: Source[Words], told: Mapping[str, str], where: Location, names: Sequence[str]) -> None:
    part = ".".join(map(str, where))
    for name in names:
        if name not in told:
            source.fault(where, f"{part}: {name} is missing")
    for name in told.keys() - set(names):
        source.fault((*where, name), f"{part}: nothing asks for {name}")
