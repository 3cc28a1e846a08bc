"""Each migration, from each released schema, killed at each of its statements: the old schema or the new."""

import asyncio
import random
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

import asyncpg  # type: ignore[import-untyped]  # it ships no types
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Boolean, Connection, DateTime, Integer, LargeBinary, MetaData, Table, make_url

from bot.store import migrate
from bot.store.database import Database
from tests.proof import books, postgres
from tests.proof.elephant import PostgreSQL
from tests.proof.outcome import Figure, Outcome, Size
from tests.proof.server import Launcher, environment, free_port, launcher

#: From how many schemas the SHORT form migrates on each database, and how many statements it is killed at.
_SCHEMAS: Final = 2
_SAMPLE: Final = 2

FAULTS: Final = {"commit_each_statement": "left neither the old schema nor the new with equal data"}

#: Everything that a database has, comparable: its definitions, and the rows of each table.
Contents = tuple[list[str], dict[str, list[str]]]


def missing() -> str:
    """What this proof needs and this machine has not; "" when it has everything."""
    return postgres.missing()


def revisions() -> list[str]:
    """The released schemas before the present one, oldest first; "" is a database with nothing in it."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config).walk_revisions()
    return ["", *reversed([script.revision for script in scripts])][:-1]


def prove(size: Size, seed: int, fault: str = "") -> Outcome:
    """Kill `migrate` at each statement from each schema, look, and let it run again."""
    return asyncio.run(_prove(size, seed, fault))


async def _prove(size: Size, seed: int, fault: str) -> Outcome:
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="ruamkhit-migration-"))
    async with AsyncExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        starting = launcher()
        stack.enter_context(starting.listening())
        elephant = await stack.enter_async_context(PostgreSQL())
        trial = _Trial(starting, folder, fault, random.Random(seed), 0 if size is Size.LONG else _SAMPLE)
        for databases in (_Sqlite(folder), _Postgresql(elephant.url)):
            short = trial.chance.sample(revisions(), _SCHEMAS)
            for revision in revisions() if size is Size.LONG else short:
                await trial.run(databases, revision)
    figures = [
        Figure("released schemas, the empty one among them", len(revisions())),
        *(Figure(f"kills, {kind}", count) for kind, count in trial.kills.items()),
        Figure("of them left the old schema", trial.old),
        Figure("of them left the new schema", trial.new),
        Figure.none("left neither the old schema nor the new with equal data", trial.between),
        Figure.none(
            "did not become what an undisturbed migration makes, at the next start", trial.unfinished
        ),
    ]
    return Outcome("Interrupted migrations", seed, time.monotonic() - began, figures)


class _Databases(Protocol):
    """One kind of database."""

    kind: str

    def url(self, name: str) -> str: ...

    async def make(self, name: str) -> None: ...

    async def copy(self, name: str, to: str) -> None: ...

    async def drop(self, name: str) -> None: ...

    async def contents(self, name: str) -> Contents: ...


@dataclass
class _Trial:
    """Kills migrations, and counts what they left."""

    launcher: Launcher
    folder: Path
    fault: str
    chance: random.Random
    sample: int
    kills: dict[str, int] = field(default_factory=dict)
    old: int = 0
    new: int = 0
    between: int = 0
    unfinished: int = 0

    async def run(self, databases: _Databases, revision: str) -> None:
        """From one schema: undisturbed first, then killed at each statement, or at some."""
        base = f"at_{revision or 'nothing'}"
        await databases.make(base)
        await _fill(databases.url(base), revision)
        before = await databases.contents(base)
        await databases.copy(base, "whole")
        statements = await self._migrate(databases.url("whole"), 0)
        after = await databases.contents("whole")
        await databases.drop("whole")
        wanted = range(1, statements + 1)
        for n in self.chance.sample(wanted, self.sample) if self.sample else wanted:
            await databases.copy(base, "killed")
            await self._migrate(databases.url("killed"), n)
            self.kills[databases.kind] = self.kills.get(databases.kind, 0) + 1
            left = await databases.contents("killed")
            self.old += left == before
            self.new += left == after
            self.between += left not in (before, after)
            await self._migrate(databases.url("killed"), 0)
            self.unfinished += await databases.contents("killed") != after
            await databases.drop("killed")

    async def _migrate(self, url: str, n: int) -> int:
        """`python -m bot migrate`, killed at its n-th statement, 0 for never; how many it came to."""
        count = self.folder / "count"
        env = environment(free_port(), url, "http://127.0.0.1:1", "http://127.0.0.1:1")
        plant = [fault for fault in (self.fault, f"die_at_statement:{n}:{count}") if fault]
        server = await self.launcher.start(env, plant, log=self.folder / "log", verb="migrate")
        await server.dead.wait()
        return int(count.read_text())


class _Sqlite:
    """Files."""

    kind = "SQLite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.db"

    def url(self, name: str) -> str:
        return f"sqlite:///{self._file(name)}"

    async def make(self, name: str) -> None:
        self._file(name).touch()

    async def copy(self, name: str, to: str) -> None:
        shutil.copy(self._file(name), self._file(to))

    async def drop(self, name: str) -> None:
        for file in self._folder.glob(f"{name}.db*"):
            file.unlink()

    async def contents(self, name: str) -> Contents:
        with closing(books.library.connect(self._file(name))) as connection:
            definitions = list(connection.execute("SELECT name, type, sql FROM sqlite_master ORDER BY 1"))
            tables = [name for name, kind, _ in definitions if kind == "table"]
            rows = {
                table: sorted(map(str, connection.execute(f'SELECT * FROM "{table}"'))) for table in tables
            }
        return [str(definition) for definition in definitions], rows


class _Postgresql:
    """Databases of one server."""

    kind = "PostgreSQL"

    def __init__(self, server: str) -> None:
        self._server = server

    def url(self, name: str) -> str:
        return make_url(self._server).set(database=name).render_as_string(hide_password=False)

    async def make(self, name: str) -> None:
        await self._do(f"CREATE DATABASE {name}")

    async def copy(self, name: str, to: str) -> None:
        await self._do(f"CREATE DATABASE {to} TEMPLATE {name}")

    async def drop(self, name: str) -> None:
        await self._do(f"DROP DATABASE {name} WITH (FORCE)")

    async def _do(self, statement: str) -> None:
        connection = await asyncpg.connect(self._server)
        await connection.execute(statement)
        await connection.close()

    async def contents(self, name: str) -> Contents:
        connection = await asyncpg.connect(self.url(name))
        try:
            columns = await connection.fetch(
                "SELECT table_name, column_name, data_type, is_nullable, column_default"
                " FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"
            )
            indexes = await connection.fetch(
                "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
            )
            tables = sorted({row["table_name"] for row in columns})
            rows = {
                table: sorted(map(str, await connection.fetch(f'SELECT * FROM "{table}"')))
                for table in tables
            }
        finally:
            await connection.close()
        return [str(tuple(row)) for row in (*columns, *indexes)], rows


async def _fill(url: str, revision: str) -> None:
    """Bring a new database to a released schema and put two rows into each of its tables."""
    if not revision:
        return
    database = await Database.open(url)
    try:
        async with database.writing() as connection:
            await connection.run_sync(partial(migrate.upgrade_to, revision=revision))
            await connection.run_sync(_insert)
    finally:
        await database.close()


def _insert(connection: Connection) -> None:
    tables = MetaData()
    tables.reflect(connection)
    for table in tables.sorted_tables:
        if table.name != "alembic_version":
            connection.execute(table.insert(), [_row(table, n) for n in (1, 2)])


def _row(table: Table, n: int) -> dict[str, Any]:
    return {column.name: _value(column, n) for column in table.c}


def _value(column: Any, n: int) -> Any:
    if column.foreign_keys:
        return f"id{n}"
    if column.nullable and n == 1:
        return None
    if column.name == "state" and column.table.name == "participants":
        return f'{{"id": "id{n}", "channel": "line"}}'
    return next((make(n) for kind, make in _VALUES if isinstance(column.type, kind)), f"{column.name}{n}")


_VALUES: Final[tuple[tuple[type, Callable[[int], Any]], ...]] = (
    (Boolean, lambda n: n == 2),
    (Integer, lambda n: n),
    (DateTime, lambda n: datetime(2026, 11, n, tzinfo=UTC)),
    (LargeBinary, lambda n: bytes([n])),
)
