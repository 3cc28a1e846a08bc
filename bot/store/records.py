"""Records on their way out: the database writes rows as JSON, and msgspec reads them in one step.

Taking them column by column costs several times as much (tests/store/measure.py), and the intake
reads every current record of every person of its batch.
"""

from typing import Any, Final

from msgspec import Struct
from sqlalchemy import Boolean, ColumnElement, Table, Text, case, cast, func, literal_column, type_coerce
from sqlalchemy.dialects.postgresql import JSON

from bot.store.columns import Json

DIALECTS: Final = ("sqlite", "postgresql")


def as_json(table: Table, kind: type[Struct], dialect: str) -> ColumnElement[Any]:
    """A row as the JSON of its record; `kind` is the struct whose fields are columns of the table."""
    pairs = [
        part
        for field in kind.__struct_fields__
        for part in (literal_column(f"'{field}'"), _value(table.c[field], dialect))
    ]
    return func.json_object(*pairs) if dialect == "sqlite" else func.json_build_object(*pairs)


def gathered(record: ColumnElement[Any], dialect: str) -> ColumnElement[str]:
    """An aggregate: `as_json` of many rows as the text of one JSON array; NULL or "[]" for none."""
    return as_text(func.json_group_array(record) if dialect == "sqlite" else func.json_agg(record))


def as_text(json: ColumnElement[Any]) -> ColumnElement[str]:
    """The JSON as text for msgspec, whatever the driver would make of it."""
    return cast(json, Text)


def _value(column: ColumnElement[Any], dialect: str) -> ColumnElement[Any]:
    """A column inside a JSON object: JSON stays JSON, and on SQLite 0 and 1 become what they mean."""
    if isinstance(column.type, Json):
        return func.json(column) if dialect == "sqlite" else cast(type_coerce(column, Text), JSON)
    if isinstance(column.type, Boolean) and dialect == "sqlite":
        return func.json(case((column.is_(True), "true"), (column.is_(False), "false")))
    return column
