"""Migrations lead from nothing to the schema this program was written for, and each column says what it holds."""

import ast
import asyncio
import re
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from msgspec import Struct
from sqlalchemy import Connection, text

from bot.dialogue import Answer, Consent, Participant, RightsRequest, Suggestion
from bot.errors import SchemaError
from bot.store import Store, migrate
from bot.store.database import Database
from bot.store.schema import answers, consents, metadata, requests, suggestions
from tests.store.look import column

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of either kind with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    url: str = request.getfixturevalue("bare_postgresql_url")
    return url


@pytest.fixture
async def empty_store(empty_url: str) -> AsyncIterator[Store]:
    """A store that was never migrated."""
    opened = await Store.open(empty_url)
    yield opened
    await opened.close()


def test_the_newest_revision_is_the_last_migration() -> None:
    """A start compares with HEAD alone: an older one would leave a new migration undone."""
    assert ScriptDirectory.from_config(migrate._config()).get_current_head() == migrate.HEAD


async def test_a_database_that_is_up_to_date_is_not_migrated(
    empty_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await empty_store.migrate()
    monkeypatch.setattr(migrate, "upgrade_to", None)
    await empty_store.migrate()
    monkeypatch.setattr(migrate, "HEAD", "9999")
    with pytest.raises(TypeError):
        await empty_store.migrate()


async def test_an_empty_database_is_migrated_and_then_accepted(empty_store: Store) -> None:
    with pytest.raises(SchemaError, match="migrate"):
        await empty_store.check()
    await empty_store.migrate()
    await empty_store.check()
    await empty_store.migrate()  # nothing left to do
    await empty_store.check()


async def test_two_processes_may_migrate_at_once(empty_store: Store, empty_url: str) -> None:
    other = await Store.open(empty_url)
    try:
        await asyncio.gather(empty_store.migrate(), other.migrate())
        await other.check()
    finally:
        await other.close()


async def test_a_schema_of_a_newer_program_is_refused(empty_store: Store, empty_url: str) -> None:
    await empty_store.migrate()
    database = await Database.open(empty_url)
    async with database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await database.close()
    with pytest.raises(SchemaError, match="9999"):
        await empty_store.check()


async def test_a_migration_that_fails_leaves_nothing(empty_url: str) -> None:
    database = await Database.open(empty_url)
    try:
        async with database.writing() as connection:
            await connection.execute(text("CREATE TABLE suggestions (taken INTEGER)"))  # the last it makes
        with pytest.raises(Exception, match="database refused"):
            await Store(database).migrate()
        async with database.reading() as connection:
            tables = await connection.run_sync(lambda sync: sync.dialect.get_table_names(sync))
        assert tables == ["suggestions"]
    finally:
        await database.close()


async def test_the_migrations_make_what_the_schema_says(database_url: str) -> None:
    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        tables_and_columns = compare_metadata(context, metadata)
        found = [d for one in tables_and_columns for d in (one if isinstance(one, list) else [one])]
        # Comments are for the reader of the schema and the record of processing, not for the database.
        return [difference for difference in found if "comment" not in difference[0]]

    database = await Database.open(database_url)
    try:
        async with database.reading() as connection:
            assert await connection.run_sync(differences) == []
    finally:
        await database.close()


async def test_what_the_first_schema_held_is_carried_over(empty_url: str) -> None:
    """Addresses go, as nobody here has the key they were sealed with; whoever was to be forgotten still is."""
    before = [
        "INSERT INTO participants VALUES"
        " ('p1', 'line', '{\"id\":\"p1\",\"channel\":\"line\"}', '2026-11-24T00:00:00.000000+00:00'),"
        " ('p2', 'line', '{\"id\":\"p2\",\"channel\":\"line\"}', '2026-11-24T00:00:00.000000+00:00')",
        "INSERT INTO addresses VALUES ('p1', 'x', false), ('p2', 'x', true)",
        "INSERT INTO quarantine VALUES"
        " ('e1', 'line', 'p1', '2026-11-24T00:00:00.000000+00:00', 'KeyError', 'x'),"
        " ('e2', 'line', NULL, '2026-11-24T00:00:00.000000+00:00', 'KeyError', 'x')",
    ]
    database = await Database.open(empty_url)
    try:
        async with database.writing() as connection:
            await connection.run_sync(partial(migrate.upgrade_to, revision="0001"))
            for statement in before:
                await connection.execute(text(statement))
        store = Store(database)
        await store.migrate()
        await store.check()
        assert await store.people.load("p1") == Participant(id="p1", channel="line")
        assert (await store.counts()).quarantined == 1
    finally:
        await database.close()
    assert await column(empty_url, "participants", "forget") == [False, True]
    assert await column(empty_url, "addresses", "participant") == []


@pytest.mark.parametrize(
    ("table", "record"),
    [(answers, Answer), (suggestions, Suggestion), (consents, Consent), (requests, RightsRequest)],
    ids=["answers", "suggestions", "consents", "requests"],
)
def test_a_record_has_a_column_for_each_field(table: Any, record: type[Struct]) -> None:
    assert {column.name for column in table.c} == {"participant", *record.__struct_fields__}


def test_every_table_and_column_says_what_it_holds() -> None:
    for table in metadata.sorted_tables:
        assert table.comment, table.name
        for held in table.c:
            assert held.comment, f"{table.name}.{held.name}"


def test_sql_is_nowhere_else() -> None:
    drivers = {"sqlalchemy", "alembic", "aiosqlite", "asyncpg", "sqlite3", "pysqlite3"}
    sql = re.compile(
        r"\b(SELECT\s.+\sFROM|INSERT\s+INTO|DELETE\s+FROM|UPDATE\s+\w+\s+SET|CREATE\s+TABLE|PRAGMA\s+\w+)\b"
    )
    modules = [path for top in ("bot", "handlers") for path in (ROOT / top).rglob("*.py")]
    found = []
    for path in modules:
        if "store" in path.relative_to(ROOT).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            said = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            if drivers & {name.split(".")[0] for name in names} or sql.search(said):
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")  # type: ignore[attr-defined]  # all three have it
    assert len(modules) > 20
    assert found == []
