"""Opening a database, what each kind must guarantee, and what its errors become."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from bot.errors import SettingsError, StoreError, UnavailableError, UnsafeSqliteError
from bot.store import NewEvent, Store
from bot.store.database import Database
from bot.store.sqlite import library, require_fixed  # type: ignore[attr-defined]  # the one it chose
from tests.store.values import NOW, answer, commit, take_in


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated database of either kind, without the store around it."""
    opened = await Database.open(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite_database(sqlite_url: str) -> AsyncIterator[Database]:
    """The same on SQLite only."""
    opened = await Database.open(sqlite_url)
    yield opened
    await opened.close()


@pytest.mark.parametrize("form", ["sqlite:///{}", "sqlite+aiosqlite:///{}"])
async def test_a_file_is_made_with_its_folder_for_its_owner_only(tmp_path: Path, form: str) -> None:
    file = tmp_path / "a folder" / "store.db"
    store = await Store.open(form.format(file))
    try:
        await store.migrate()
        assert file.stat().st_mode & 0o777 == 0o600
        assert Path(f"{file}-wal").stat().st_mode & 0o777 == 0o600
    finally:
        await store.close()
    assert [left.name for left in file.parent.iterdir()] == ["store.db"]  # the WAL was folded in


async def test_a_host_may_say_postgres(postgresql_url: str) -> None:
    store = await Store.open("postgres" + postgresql_url.removeprefix("postgresql"))
    try:
        await store.check()
    finally:
        await store.close()


@pytest.mark.parametrize(
    "url",
    ["", "store.db", "mysql://localhost/x", "sqlite://", "sqlite:///:memory:", "postgresql+psycopg2://h/d"],
)
async def test_any_other_url_is_refused_in_words(url: str) -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL"):
        await Store.open(url)


async def test_a_secret_in_a_url_is_in_no_message() -> None:
    with pytest.raises(SettingsError) as refusal:
        await Store.open("mysql://user:hunter2@localhost/x")
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize("version", [(3, 40, 1), (3, 51, 2), (3, 52, 0)])
def test_a_sqlite_with_the_wal_reset_bug_is_refused(version: tuple[int, ...]) -> None:
    with pytest.raises(UnsafeSqliteError, match="WAL-reset"):
        require_fixed(version)


@pytest.mark.parametrize("version", [(3, 51, 3), (3, 52, 1), (3, 53, 0), (4, 0, 0)])
def test_a_fixed_sqlite_is_taken(version: tuple[int, ...]) -> None:
    require_fixed(version)


async def test_the_fixed_library_is_the_one_that_runs(sqlite_database: Database) -> None:
    async with sqlite_database.reading() as connection:
        running = await connection.scalar(text("SELECT sqlite_version()"))
    assert running == library.sqlite_version
    require_fixed(tuple(map(int, running.split("."))))


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("busy_timeout", 5000),
        ("secure_delete", 1),
    ],
)
async def test_every_connection_has_its_pragmas(
    sqlite_database: Database, pragma: str, value: object
) -> None:
    async with sqlite_database.writing() as writer, sqlite_database.reading() as reader:
        for connection in (writer, reader):
            assert await connection.scalar(text(f"PRAGMA {pragma}")) == value


async def test_a_write_transaction_holds_the_file_from_its_beginning(
    sqlite_url: str, sqlite_store: Store
) -> None:
    """BEGIN IMMEDIATE: a deferred one would let another process in, and then fail in the middle."""
    other = library.connect(sqlite_url.removeprefix("sqlite:///"), timeout=0, isolation_level=None)
    async with sqlite_store.transaction():
        with pytest.raises(library.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    other.close()


async def test_a_reader_cannot_write(database: Database) -> None:
    async def write() -> None:
        async with database.reading() as connection:
            await connection.execute(text("DELETE FROM events"))

    with pytest.raises(StoreError):
        await write()


async def test_a_reader_sees_one_moment(store: Store, database: Database) -> None:
    count = text("SELECT count(*) FROM events")
    async with database.reading() as connection:
        assert await connection.scalar(count) == 0
        await take_in(store, commit("line:1"))
        assert await connection.scalar(count) == 0
    async with database.reading() as connection:
        assert await connection.scalar(count) == 1


async def test_a_server_set_to_lose_commits_is_refused(bare_postgresql_url: str) -> None:
    database = await Database.open(bare_postgresql_url)
    name = make_url(bare_postgresql_url).database
    async with database.writing() as connection:
        await connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    await database.close()
    with pytest.raises(StoreError, match="synchronous_commit"):
        await Store.open(bare_postgresql_url)


async def test_a_locked_file_is_unavailable_and_nothing_is_stored(sqlite_url: str) -> None:
    database = await Database.open(sqlite_url)
    store = Store(database)
    async with database.writing() as connection:  # the only writing connection: wait less, for the test
        await connection.execute(text("PRAGMA busy_timeout = 20"))
    other = library.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(UnavailableError, match="SQLITE_BUSY"):
            await take_in(store, commit("line:1"))
        other.execute("ROLLBACK")
        await take_in(store, commit("line:1"))
    finally:
        other.close()
        await store.close()


async def test_a_full_disk_is_unavailable_and_nothing_is_stored(sqlite_url: str) -> None:
    database = await Database.open(sqlite_url)
    store = Store(database)
    try:
        async with database.writing() as connection:
            pages = await connection.scalar(text("PRAGMA page_count"))
            await connection.execute(text(f"PRAGMA max_page_count = {pages + 1}"))
        big = answer("line:1/r0", text="ก" * 10_000)
        with pytest.raises(UnavailableError, match="SQLITE_FULL"):
            await take_in(store, commit("line:1", big))
        async with database.writing() as connection:
            await connection.execute(text("PRAGMA max_page_count = 1000000"))
        await take_in(store, commit("line:1", big))
    finally:
        await store.close()


async def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError):
        await Store.open(f"postgresql://nobody@/nothing?host={tmp_path}")


async def test_a_database_that_is_not_there_is_told_in_words(postgresql_url: str) -> None:
    missing = make_url(postgresql_url).set(database="missing")
    with pytest.raises(StoreError, match="3D000"):
        await Store.open(missing.render_as_string(hide_password=False))


async def test_a_connection_lost_before_the_commit_is_unavailable_and_comes_back(postgresql_url: str) -> None:
    database = await Database.open(postgresql_url)
    store, other = Store(database), await Database.open(postgresql_url)

    async def cut_off() -> None:
        async with store.transaction() as tx:
            await tx.claim([NewEvent("line:1", "p1", NOW)], NOW)
            async with other.writing() as connection:
                await connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )

    try:
        with pytest.raises(UnavailableError):
            await cut_off()
        for _ in range(2):  # every pooled connection was cut; one more may have to find out
            try:
                await take_in(store, commit("line:1"))
                break
            except UnavailableError:
                continue
        assert await store.people.load("p1") is not None
    finally:
        await store.close()
        await other.close()


async def test_a_refused_statement_says_neither_what_nor_whose(store: Store) -> None:
    secret = "ความลับ"
    with pytest.raises(StoreError) as refusal:
        await take_in(store, commit("line:1", answer("line:1/r0", text=secret, stem=None)))
    told = repr(refusal.value)
    assert secret not in told
    assert "p1" not in told
    assert refusal.value.__suppress_context__


async def test_64_tasks_share_the_one_writer(store: Store) -> None:
    await asyncio.gather(*(take_in(store, commit(f"line:{n}")) for n in range(64)))
    assert (await store.counts()).participants == 1


async def test_what_was_deleted_is_not_left_in_the_log_of_the_file(
    sqlite_url: str, sqlite_database: Database
) -> None:
    """A reader in the way is not waited for; without folding the log still has the words."""
    secret = "ความลับของฉัน"
    store = Store(sqlite_database)
    wal = Path(sqlite_url.removeprefix("sqlite:///") + "-wal")
    await take_in(store, commit("line:1", answer("line:1/r0", text=secret)))
    async with sqlite_database.writing() as connection:
        await connection.execute(text("DELETE FROM answers"))
    assert secret.encode() in wal.read_bytes()
    async with sqlite_database.reading() as connection:
        await connection.scalar(text("SELECT count(*) FROM answers"))
        await take_in(store, commit("line:2"))
        assert not await sqlite_database.fold()
    assert await sqlite_database.fold()
    assert wal.read_bytes() == b""
    assert secret.encode() not in Path(sqlite_url.removeprefix("sqlite:///")).read_bytes()
    async with sqlite_database.writing() as connection:
        assert await connection.scalar(text("PRAGMA busy_timeout")) == 5000
