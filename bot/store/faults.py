"""What a database error means, decided in one place.

One rule: an error that leaves the store says neither what was stored nor of whom. Drivers put values
into their messages, so the original is never chained; its kind and code are named instead.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.errors import StoreError, UnavailableError

#: SQLite's result codes that mean "not now" (the low byte of an extended code): BUSY, LOCKED, NOMEM,
#: READONLY, INTERRUPT, IOERR, FULL, CANTOPEN, PROTOCOL.
_SQLITE_NOT_NOW: Final = frozenset({5, 6, 7, 8, 9, 10, 13, 14, 15})

#: PostgreSQL's SQLSTATE classes that mean "not now": connection, transaction rolled back (deadlock),
#: resources (disk full), object in use (lock), operator intervention (starting, stopping), system.
_POSTGRES_NOT_NOW: Final = frozenset({"08", "40", "53", "55", "57", "58"})

#: read_only_sql_transaction: the server we reached has become a replica.
_READ_ONLY: Final = "25006"


@contextmanager
def told() -> Iterator[None]:
    """Turn whatever the database raises inside into a StoreError.

    UnavailableError means that asking again may help. When it comes from a commit nobody knows
    whether the transaction is stored: acknowledge nothing, and let the redelivery find out.
    """
    try:
        yield
    except _errors() as error:
        raise _meaning(error) from None


def _errors() -> tuple[type[Exception], ...]:
    """Whatever a database raises."""
    return (SQLAlchemyError, OSError, *_of_asyncpg("PostgresError", "InterfaceError"))


def _of_asyncpg(*names: str) -> tuple[type[Exception], ...]:
    """These errors of asyncpg; none on SQLite, which does without it: SQLAlchemy imports its driver."""
    driver = sys.modules.get("asyncpg")
    return tuple(getattr(driver, name) for name in names) if driver else ()


def _meaning(error: Exception) -> StoreError:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    code = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None)
    kind = type(cause).__name__ + (f", {code}" if code else "")
    if _not_now(error, cause):
        return UnavailableError(
            f"The database does not take this now ({kind}). Nothing was acknowledged; it is asked again. "
            "If this goes on: is the server up, is the disk full, does another program hold the file?"
        )
    return StoreError(
        f"The database refused a statement ({kind}). This is a fault of the program or of the schema: "
        "see that the schema is migrated, then report it."
    )


def _not_now(error: Exception, cause: BaseException) -> bool:
    if isinstance(error, (PoolTimeoutError, OSError, *_of_asyncpg("InterfaceError"))):
        return True
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    sqlite_code: int | None = getattr(cause, "sqlite_errorcode", None)
    if sqlite_code is not None:
        return sqlite_code & 0xFF in _SQLITE_NOT_NOW
    sqlstate: str | None = getattr(cause, "sqlstate", None)
    return sqlstate is not None and (sqlstate[:2] in _POSTGRES_NOT_NOW or sqlstate == _READ_ONLY)
