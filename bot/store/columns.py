"""The kinds of column: how a value of the vocabulary lies in either database.

One rule: a value read back equals the value written, on SQLite and on PostgreSQL alike. The one
exception is text no database can hold (see `Words`): it is mended rather than refused, because a
refused value would take the other turns of its batch with it.
"""

import json
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

E = TypeVar("E", bound=StrEnum)


def storable(text: str) -> str:
    """The text without NUL, which PostgreSQL refuses, and with U+FFFD for each half of a broken pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\0", "")


class Words(TypeDecorator[str]):
    """Text that came from outside; what no database can hold is mended on the way in."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Mend it."""
        return None if value is None else storable(value)


class Named(TypeDecorator[StrEnum]):
    """A member of an enumeration, stored as its word."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: type[E]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        """The word."""
        return None if value is None else value.value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        """The member; ValueError for a word this version of the program does not know."""
        return None if value is None else self.kind(value)


class Json(TypeDecorator[Any]):
    """A struct, or a tuple of them, as JSON text: equal on both databases and readable without us."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: Any) -> None:
        super().__init__()
        self.kind = kind
        self._decode = msgspec.json.Decoder(kind).decode

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """JSON text; a broken surrogate pair inside is mended like in `Words`."""
        if value is None:
            return None
        try:
            return msgspec.json.encode(value).decode()
        except UnicodeEncodeError:
            return storable(json.dumps(msgspec.to_builtins(value), ensure_ascii=False))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """The value; msgspec.ValidationError when the text is not of this kind."""
        return None if value is None else self._decode(value)


@lru_cache(64)  # most moments of a batch are the one at which it is stored
def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


class Utc(TypeDecorator[datetime]):
    """A moment, always timezone-aware UTC in Python.

    `timestamptz` on PostgreSQL. On SQLite text of a fixed width ("2026-11-24T03:04:05.000000+00:00"),
    so that comparing the texts compares the moments.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text where the database has no moments of its own."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """ValueError for a moment without a timezone: it would mean another one on another machine."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment to store must carry its timezone")
        return _written(value) if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """The moment in UTC."""
        if value is None:
            return None
        moment: datetime = datetime.fromisoformat(value) if dialect.name == "sqlite" else value
        return moment.astimezone(UTC)
