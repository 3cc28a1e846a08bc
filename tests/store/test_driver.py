"""Fewer trips to SQLite's thread: what is written waits, and nothing else is different."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import text

from bot.errors import StoreError
from bot.store import Store, driver
from bot.store.database import Database

EVENT = "INSERT INTO events (id, participant, at, seen_at) VALUES (?, 'p', 'x', 'x')"
IDS = text("SELECT id FROM events ORDER BY id")


@pytest.fixture
async def database(sqlite_store: Store) -> Database:
    """Connected: SQLAlchemy asks a first connection a few things of its own."""
    async with sqlite_store._database.writing():
        pass
    return sqlite_store._database


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many things were done on each trip."""
    made: list[int] = []
    trip = driver.Connection.trip

    async def counted(self: driver.Connection, calls: Sequence[Any]) -> Any:
        made.append(len(calls))
        return await trip(self, calls)

    monkeypatch.setattr(driver.Connection, "trip", counted)
    return made


async def stored(database: Database) -> list[str]:
    async with database.reading() as connection:
        return list((await connection.execute(IDS)).scalars())


async def test_writes_wait_for_the_commit(database: Database, trips: list[int]) -> None:
    async with database.writing() as connection:
        await connection.exec_driver_sql(EVENT, [("a",), ("b",)])
        await connection.exec_driver_sql(EVENT, [("c",), ("d",)])
    assert trips == [1, 3], "BEGIN, then two writes and the COMMIT"
    assert await stored(database) == ["a", "b", "c", "d"]


async def test_a_question_sees_what_was_written_before_it(database: Database, trips: list[int]) -> None:
    async with database.writing() as connection:
        await connection.exec_driver_sql(EVENT, [("a",), ("b",)])
        assert list((await connection.execute(IDS)).scalars()) == ["a", "b"]
    assert trips == [1, 2, 1]


async def test_a_write_that_fails_stores_nothing_of_its_transaction(database: Database) -> None:
    with pytest.raises(StoreError):
        async with database.writing() as connection:
            await connection.exec_driver_sql(EVENT, [("a",), ("b",)])
            await connection.exec_driver_sql(EVENT, [("c",), ("a",)])
    assert await stored(database) == []
    async with database.writing() as connection:
        await connection.exec_driver_sql(EVENT, [("d",)])
    assert await stored(database) == ["d"], "and the connection is as good as new"


async def test_what_is_rolled_back_is_not_written_by_the_next_transaction(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.writing() as connection:
            await connection.exec_driver_sql(EVENT, [("a",), ("b",)])
            raise ZeroDivisionError
    async with database.writing() as connection:
        await connection.exec_driver_sql(EVENT, [("c",), ("d",)])
    assert await stored(database) == ["c", "d"]


async def test_a_stream_is_read_piece_by_piece(database: Database) -> None:
    async with database.writing() as connection:
        await connection.exec_driver_sql(EVENT, [(f"{n:04}",) for n in range(1000)])
    async with database.reading() as connection:
        rows = await connection.stream(IDS, execution_options={"yield_per": 10})
        assert [row.id async for row in rows] == [f"{n:04}" for n in range(1000)]
