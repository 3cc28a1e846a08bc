"""Many rows by one statement, at little more than what the database itself takes.

SQLAlchemy looks up the parameters of every row and how each is converted whenever a statement is executed;
for the rows of a turn that took longer than storing them (docs/performance.md). Here both are looked up once.

One rule: the text of a statement and the conversion of its values are SQLAlchemy's own.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final, NamedTuple

from sqlalchemy import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.statements import Statement


class _Prepared(NamedTuple):
    """The text, the values of a row in its order, and the places of those that are converted."""

    text: str
    values: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    conversions: tuple[tuple[int, Callable[[Any], Any]], ...]

    def of(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        """The parameters for a row."""
        values = list(self.values(row))
        for place, convert in self.conversions:
            values[place] = convert(values[place])
        return tuple(values)


class Many:
    """A statement that inserts rows, each a mapping with a value for at least the columns of the first."""

    def __init__(self, statements: Mapping[str, Statement]) -> None:
        self._statements = statements
        self._prepared: dict[tuple[str, tuple[str, ...]], _Prepared] = {}

    async def execute(self, connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute it for all rows."""
        known = (connection.dialect.name, tuple(rows[0]))
        if known not in self._prepared:
            self._prepared[known] = _prepared(
                self._statements[connection.dialect.name], connection.dialect, known[1]
            )
        prepared = self._prepared[known]
        await connection.exec_driver_sql(prepared.text, [prepared.of(row) for row in rows])


#: A statement with two parameters at least: with one, `itemgetter` gives no tuple.
_FEWEST: Final = 2


def _prepared(statement: Statement, dialect: Dialect, columns: tuple[str, ...]) -> _Prepared:
    compiled: Any = statement.compile(dialect=dialect, column_keys=list(columns))
    names: list[str] = compiled.positiontup
    assert len(names) >= _FEWEST
    converted = (
        (place, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
        for place, name in enumerate(names)
    )
    return _Prepared(
        compiled.string,
        itemgetter(*names),
        tuple((place, convert) for place, convert in converted if convert),
    )
