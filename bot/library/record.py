"""content/reports/record.yaml → what each table of the database holds, in the words of the office.

One rule: it names every table and column there is and no other, so that the record of processing that is
made from it leaves nothing out.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

from bot.errors import ContentError, Fault
from bot.library.schema import Line
from bot.library.yaml_source import Source, read


class TablePart(BaseModel):
    """A table: what it holds, what for, on what basis, how long, about whom, and each of its columns."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    about: Literal["person", "nobody"]
    holds: Line
    purpose: Line
    basis: Line
    kept: Line
    columns: dict[str, Line]


_RECORD: Final = TypeAdapter(dict[str, TablePart])


def load_record(file: Path, tables: Mapping[str, tuple[str, ...]]) -> dict[str, TablePart]:
    """The record in this file, of these tables and their columns.

    Raises ContentError when it cannot be read, or leaves out or adds a table or a column.
    """
    faults: list[Fault] = []
    source = read(file, _RECORD, faults)
    for name, columns in tables.items():
        _compare(source, name, columns)
    for name in (source.value or {}).keys() - tables.keys():
        source.fault((name,), f"{name}: the database has no such table")
    if faults or source.value is None:
        raise ContentError(faults)
    return source.value


def _compare(source: Source[dict[str, TablePart]], name: str, columns: tuple[str, ...]) -> None:
    part = (source.value or {}).get(name)
    if part is None:
        source.fault((), f"{name}: the table is missing")
        return
    for column in columns:
        if column not in part.columns:
            source.fault((name, "columns"), f"{name}.{column}: the column is missing")
    for column in part.columns.keys() - set(columns):
        source.fault((name, "columns", column), f"{name}.{column}: the database has no such column")
