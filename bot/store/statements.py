"""The few statement shapes that the two databases spell through different SQLAlchemy constructs.

Statements are built once, at import, and looked up by `connection.dialect.name`.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import Select, Table
from sqlalchemy.dialects import postgresql, sqlite

Statement = postgresql.Insert | sqlite.Insert
T = TypeVar("T")

_INSERT: Final[dict[str, Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def insert_rows(table: Table) -> dict[str, Statement]:
    """Insert rows, all of them new."""
    return {name: insert(table) for name, insert in _INSERT.items()}


def insert_new(table: Table) -> dict[str, Statement]:
    """Insert rows; one whose primary key is stored already stays as it is."""
    key = [column.name for column in table.primary_key]
    return {
        name: insert(table).on_conflict_do_nothing(index_elements=key) for name, insert in _INSERT.items()
    }


def upsert(table: Table, *fixed: str) -> dict[str, Statement]:
    """Insert rows; one whose primary key is stored takes the new values, except in the `fixed` columns."""
    key = [column.name for column in table.primary_key]
    changed = [column.name for column in table.c if column.name not in {*key, *fixed}]
    return {
        name: (statement := insert(table)).on_conflict_do_update(
            index_elements=key, set_={column: statement.excluded[column] for column in changed}
        )
        for name, insert in _INSERT.items()
    }


def add_up(table: Table, name: str, source: Select[Any]) -> dict[str, Statement]:
    """Insert what a query finds; if its primary key is stored, the number in column `name` is added."""
    key = [column.name for column in table.primary_key]
    return {
        dialect: (statement := insert(table).from_select([*key, name], source)).on_conflict_do_update(
            index_elements=key, set_={name: table.c[name] + statement.excluded[name]}
        )
        for dialect, insert in _INSERT.items()
    }


def padded(items: Iterable[T]) -> Sequence[T]:
    """The items with the last repeated up to a power of two.

    A statement with a value a person has another text for every number of persons; this way there
    are nine of them up to 256, and the databases keep them prepared.
    """
    listed = list(items)
    size = 1 << (len(listed) - 1).bit_length() if listed else 0
    return listed + listed[-1:] * (size - len(listed))
