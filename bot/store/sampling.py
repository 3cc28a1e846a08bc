"""Samples that nobody chose: evenly spaced among all there are.

One rule: which rows are samples follows from their order alone, so that whoever counts again finds the same.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Select, func, or_, select, type_coerce

#: How many samples a part has at most, however many rows it has.
SAMPLES: Final = 2


def evenly_spaced(
    query: Select[*tuple[Any, ...]], parts: Sequence[ColumnElement[Any]], order: Sequence[ColumnElement[Any]]
) -> Select[*tuple[Any, ...]]:
    """The rows of `query` that stand in the middle of each of SAMPLES equal stretches of their part.

    Of n rows in a part, counted from 0, these are n/4 and 3n/4, rounded down; all of them when there are
    no more than SAMPLES. They come in `order`, which must begin with columns of the query.
    """
    nth = (func.row_number().over(partition_by=parts, order_by=order) - 1).label("nth")
    size = func.count().over(partition_by=parts).label("size")
    named = [column.name for column in query.selected_columns]
    numbered = query.add_columns(nth, size).subquery()
    size_of = type_coerce(numbered.c.size, Integer)
    middles = [(2 * stretch + 1) * size_of // (2 * SAMPLES) for stretch in range(SAMPLES)]
    ordered = [numbered.c[column.name] for column in order]
    return (
        select(*(numbered.c[name] for name in named))
        .where(or_(*(numbered.c.nth == middle for middle in middles)))
        .order_by(*ordered)
    )
