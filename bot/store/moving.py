"""Carrying a SQLite database over to PostgreSQL.

One rule: the target is made in one transaction, which is committed only once every row in it is the row that
was read. An interruption at any moment leaves it as it was.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import Boolean, Column, Integer, LargeBinary, Table, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import SettingsError, StoreError
from bot.store import migrate, sqlite
from bot.store.columns import Utc, storable
from bot.store.database import Database
from bot.store.schema import metadata

Row = tuple[Any, ...]

#: Is told what is being done, how many rows of it are, and of how many.
Watch = Callable[[str, int, int], None]

#: Rows between two words about how far it is.
_STEP: Final = 2_000
#: Rows that are read back at once; of a table with bytes in it, each of up to 10 MiB, few.
_AT_ONCE: Final = 2_000
_LARGE_AT_ONCE: Final = 4

_PATIENCE: Final = text("SET LOCAL lock_timeout = '5s'")
_NEXT: Final = text("SELECT setval(pg_get_serial_sequence(:table, :column), :last)")
_LAST: Final = "SELECT seq FROM sqlite_sequence WHERE name = ?"


class Moved(Struct, frozen=True):
    """What was carried over: rows by table, and how many texts had to be mended first, because PostgreSQL
    takes no NUL and only Unicode."""

    rows: Mapping[str, int]
    mended: int


class _Sum:
    """Rows in any order, added up: how many, and the sum of their hashes."""

    def __init__(self) -> None:
        self.rows = 0
        self.hashes = 0

    def add(self, row: Row) -> None:
        """Count a row in. `repr` is another for any two rows that differ."""
        self.rows += 1
        self.hashes += int.from_bytes(blake2b(repr(row).encode(), digest_size=16).digest(), "big")


async def move(source: Path, target: str, watch: Watch) -> Moved:
    """Carry everything in the file `source` over to the PostgreSQL database at `target`.

    Nobody else may have the file open meanwhile, and it is not changed. Raises SettingsError when it is in
    use, or the target is no PostgreSQL or not empty, SchemaError when it has another schema, StoreError
    when a value is not what its column holds, or the target does not hold what was read.
    """
    await _require_head(source)
    database = await Database.open(target)
    try:
        if not database.shared:
            raise SettingsError("The target must be PostgreSQL: --to postgresql://USER:PASSWORD@HOST/NAME.")
        with sqlite.alone(source) as opened:
            async with database.writing() as connection:
                await _make_room(connection)
                return await _Move(opened, connection, watch).all()
    finally:
        await database.close()


async def _require_head(source: Path) -> None:
    if not await asyncio.to_thread(source.is_file):
        raise SettingsError(f"{source} is not there: DATABASE_URL must name the database to be moved.")
    database = await Database.open(f"sqlite:///{source}")
    try:
        async with database.reading() as connection:
            await migrate.require_head(connection)
    finally:
        await database.close()


async def _make_room(connection: AsyncConnection) -> None:
    """Bring the target's schema up to this program; raise SettingsError when there is anything in it."""
    await connection.execute(_PATIENCE)
    await migrate.upgrade(connection)
    for table in metadata.sorted_tables:
        # Held to the end: a bot that was pointed here too early takes nothing in.
        await connection.execute(text(f'LOCK TABLE "{table.name}" IN ACCESS EXCLUSIVE MODE'))
        if (await connection.execute(select(func.count()).select_from(table))).scalar_one():
            raise SettingsError("There is something in the target. Name an empty database with --to.")


class _Move:
    """One move: from an open file, inside the transaction that makes the target."""

    def __init__(self, source: Any, connection: AsyncConnection, watch: Watch) -> None:
        self._source = source
        self._connection = connection
        self._watch = watch
        self._mended = 0
        self._driver: Any = None
        self._total = self._done = 0

    async def all(self) -> Moved:
        """Every table, each whole before the next, those that others refer to first."""
        self._driver = (await self._connection.get_raw_connection()).driver_connection
        tables = metadata.sorted_tables
        self._total = 2 * sum(self._count(table) for table in tables)
        rows = {table.name: await self._carry(table) for table in tables}
        return Moved(rows, self._mended)

    def _count(self, table: Table) -> int:
        return int(self._source.execute(f'SELECT count(*) FROM "{table.name}"').fetchone()[0])  # noqa: S608

    async def _carry(self, table: Table) -> int:
        read, written = _Sum(), _Sum()
        try:
            await self._driver.copy_records_to_table(
                table.name,
                columns=[column.name for column in table.c],
                records=self._counted(self._read(table), table, read),
            )
        except (OverflowError, ValueError) as error:  # what the driver makes of a value, and quotes
            raise StoreError(
                f"In the table {table.name} there is a value that PostgreSQL does not take"
                f" ({type(error).__name__}). Nothing was moved. Mend it in the file first."
            ) from None
        async with aclosing(self._read_back(table)) as rows:
            async for row in rows:
                written.add(row)
                self._tell(f"{table.name}, read back")
        if (read.rows, read.hashes) != (written.rows, written.hashes):
            raise StoreError(
                f"Of the table {table.name} the target does not hold what was read: {written.rows} rows of"
                f" {read.rows}, or another value in one. Nothing was kept there."
            )
        await self._go_on_counting(table)
        return read.rows

    def _counted(self, rows: Iterator[Row], table: Table, total: _Sum) -> Iterator[Row]:
        for row in rows:
            total.add(row)
            self._tell(table.name)
            yield row

    def _read(self, table: Table) -> Iterator[Row]:
        """The rows of the file, each value as PostgreSQL will give it back. (All names are our schema's.)"""
        names = ", ".join(f'"{column.name}"' for column in table.c)
        convert = [self._converter(column) for column in table.c]
        for row in self._source.execute(f'SELECT {names} FROM "{table.name}"'):  # noqa: S608
            values = zip(convert, row, strict=True)
            yield tuple([None if value is None else of(value) for of, value in values])

    def _read_back(self, table: Table) -> AsyncGenerator[Row]:
        large = any(isinstance(column.type, LargeBinary) for column in table.c)
        return _rows(self._driver, table, _LARGE_AT_ONCE if large else _AT_ONCE)

    async def _go_on_counting(self, table: Table) -> None:
        """No number that was ever used is used again."""
        column = table.autoincrement_column
        if column is None or not isinstance(column.type, Integer):
            return
        last = self._source.execute(_LAST, (table.name,)).fetchone()
        if last is not None and last[0]:
            values = {"table": table.name, "column": column.name, "last": last[0]}
            await self._connection.execute(_NEXT, values)

    def _converter(self, column: Column[Any]) -> Callable[[Any], Any]:
        kind, of = _kinds(column)

        def convert(value: Any) -> Any:
            if not isinstance(value, kind):
                raise StoreError(
                    f"In the column {column.table.name}.{column.name} there is a value of another kind than"
                    f" it holds ({type(value).__name__}). Nothing was moved. Mend it in the file first."
                )
            made = of(value)
            if kind is str and of is storable and made != value:
                self._mended += 1
            return made

        return convert

    def _tell(self, what: str) -> None:
        self._done += 1
        if self._done % _STEP == 0 or self._done == self._total:
            self._watch(what, self._done, self._total)


async def _rows(driver: Any, table: Table, at_once: int) -> AsyncGenerator[Row]:
    names = ", ".join(f'"{column.name}"' for column in table.c)
    async for row in driver.cursor(f'SELECT {names} FROM "{table.name}"', prefetch=at_once):  # noqa: S608
        yield tuple(row)


def _kinds(column: Column[Any]) -> tuple[type, Callable[[Any], Any]]:
    """Of what kind SQLite gives the values of a column, and what makes PostgreSQL's of one."""
    match column.type:
        case Utc():
            return str, _moment
        case Boolean():
            return int, bool
        case LargeBinary():
            return bytes, bytes
        case Integer():
            return int, int
        case _:
            return str, storable


def _moment(value: str) -> datetime:
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except ValueError:
        raise StoreError("In the file there is a moment that is none. Nothing was moved.") from None
