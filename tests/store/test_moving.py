"""From a SQLite file to PostgreSQL: everything, as it was, or nothing."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import make_url

from bot.errors import SchemaError, SettingsError, StoreError
from bot.runtime.identity import Identity, new_key, read_key
from bot.store import Store, move, moving
from bot.store.schema import metadata
from bot.store.sqlite import library
from tests.runtime.test_at_rest import erase, lived
from tests.store.look import everything
from tests.store.rows import lease
from tests.store.values import NOW, commit, message, person, take_in

PEOPLE = 12


@pytest.fixture
def identity() -> Identity:
    return Identity(read_key(new_key()), "test")


@pytest.fixture
async def source(sqlite_url: str, identity: Identity) -> Path:
    """A database that people have used: answers, files, letters, erasures."""
    store = await Store.open(sqlite_url)
    try:
        people = [await lived(store, identity, n) for n in range(PEOPLE)]
        await erase(store, identity, people[0], 0)
        await lease(store, NOW, 3, 60)
    finally:
        await store.close()
    return Path(make_url(sqlite_url).database or "")


def changed(source: Path, statement: str, *values: object) -> None:
    """Change the file as nobody should."""
    with library.connect(source) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute(statement, values)
    connection.close()


async def nothing(url: str) -> bool:
    """Whether there is not even a table."""
    store = await Store.open(url)
    try:
        with pytest.raises(SchemaError):
            await store.check()
    finally:
        await store.close()
    return True


def quiet(*_: object) -> None: ...


async def test_everything_is_there_and_opens(
    source: Path, bare_postgresql_url: str, identity: Identity
) -> None:
    told: list[tuple[str, int, int]] = []
    before = await everything(f"sqlite:///{source}")
    moved = await move(source, bare_postgresql_url, lambda *now: told.append(now))
    assert moved.mended == 0
    assert moved.rows["answers"] == moved.rows["files"] == PEOPLE - 1
    assert set(moved.rows) == {table.name for table in metadata.sorted_tables}
    assert sorted((await everything(bare_postgresql_url)).splitlines()) == sorted(before.splitlines())
    assert told[-1][1] == told[-1][2] == 2 * sum(moved.rows.values())
    store = await Store.open(bare_postgresql_url)
    try:
        await store.check()
        letters = await lease(store, NOW.replace(year=2027), 99, 60)
        assert len(letters) == PEOPLE
        for letter in letters:
            assert letter.address is not None
            key = identity.masters.open(letter.address.key)
            assert key.unseal("addresses", letter.participant, letter.address.sealed).startswith(b"U")
        await take_in(store, commit("e-new", who=person("p-new"), messages=(message("ใหม่"),)))
    finally:
        await store.close()
    assert await everything(f"sqlite:///{source}") == before, "the file is as it was"


async def test_a_number_is_not_used_again(source: Path, bare_postgresql_url: str) -> None:
    """The newest letter went away with its number."""
    changed(source, "DELETE FROM outbox WHERE seq = (SELECT max(seq) FROM outbox)")
    await move(source, bare_postgresql_url, quiet)
    store = await Store.open(bare_postgresql_url)
    try:
        await take_in(
            store, commit("web:1", who=person("p-new"), messages=(message("ใหม่"),), pulls=True, address=b"")
        )
        (letter,) = await store.outbox.since("p-new", 0)
    finally:
        await store.close()
    assert letter.seq == PEOPLE + 2


ODD = (
    ('=HYPERLINK("http://x")\r\n\'"\t\v\x1b[0m</script>', 0),
    ("ข้อความ 🇹🇭 é\u0301\u202e\ufeff\U0010ffff", 0),
    ("\\N\\.\n\\x00 NULL", 0),
    ("before\0after", 1),
    ("", 0),
)


@pytest.mark.parametrize(("text", "mended"), ODD)
async def test_odd_texts_come_as_they_are(
    source: Path, bare_postgresql_url: str, text: str, mended: int
) -> None:
    changed(source, "UPDATE answers SET text = ? WHERE id = 'line:1/r1'", text)
    moved = await move(source, bare_postgresql_url, quiet)
    store = await Store.open(bare_postgresql_url)
    try:
        kept = {answer.id: answer.text async for _, answer in store.answers.export()}
    finally:
        await store.close()
    assert (kept["line:1/r1"], moved.mended) == (text.replace("\0", ""), mended)


async def test_what_is_no_utf_8_is_mended(source: Path, bare_postgresql_url: str) -> None:
    changed(source, "UPDATE answers SET text = CAST(? AS TEXT) WHERE id = 'line:1/r1'", b"a\xff\xfeb")
    assert (await move(source, bare_postgresql_url, quiet)).mended == 1
    assert "a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}b" in await everything(bare_postgresql_url)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE answers SET text = x'00ff' WHERE id = 'line:1/r1'",
        "UPDATE outbox SET sent = 'many' WHERE id = 'line:1'",
        "UPDATE outbox SET sent = 3000000000 WHERE id = 'line:1'",
        "UPDATE events SET at = 'yesterday' WHERE id = 'line:1'",
        "UPDATE answers SET participant = 'nobody' WHERE id = 'line:1/r1'",
    ],
)
async def test_a_value_that_cannot_be_is_told_and_nothing_is_moved(
    source: Path, bare_postgresql_url: str, statement: str
) -> None:
    changed(source, statement)
    with pytest.raises(StoreError) as told:
        await move(source, bare_postgresql_url, quiet)
    assert "nobody" not in str(told.value) and "many" not in str(told.value)
    assert await nothing(bare_postgresql_url)


async def test_a_file_in_use_is_not_moved(source: Path, bare_postgresql_url: str) -> None:
    store = await Store.open(f"sqlite:///{source}")
    try:
        await store.counts()
        with pytest.raises(SettingsError, match="in use"):
            await move(source, bare_postgresql_url, quiet)
    finally:
        await store.close()
    assert await nothing(bare_postgresql_url)


async def test_nobody_uses_the_file_meanwhile(
    source: Path, bare_postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is started too early finds the file locked."""
    refused = []

    def try_it(*_: object) -> None:
        try:
            library.connect(source, timeout=0).execute("SELECT 1 FROM answers")
        except library.OperationalError as error:
            refused.append(str(error))

    await move(source, bare_postgresql_url, try_it)
    assert refused and set(refused) == {"database is locked"}


async def test_a_target_with_something_in_it_is_not_touched(
    source: Path, store: Store, database_url: str
) -> None:
    await take_in(store, commit("e1", who=person("p1")))
    before = await everything(database_url)
    with pytest.raises(SettingsError, match=r"something in the target|must be PostgreSQL"):
        await move(source, database_url, quiet)
    assert await everything(database_url) == before


async def test_an_empty_migrated_target_will_do(source: Path, postgresql_url: str) -> None:
    assert (await move(source, postgresql_url, quiet)).rows["answers"] == PEOPLE - 1


async def test_a_file_that_is_not_there_is_not_made(tmp_path: Path, bare_postgresql_url: str) -> None:
    with pytest.raises(SettingsError, match="is not there"):
        await move(tmp_path / "none.db", bare_postgresql_url, quiet)
    assert not (tmp_path / "none.db").exists()


async def test_an_older_schema_is_migrated_first(tmp_path: Path, bare_postgresql_url: str) -> None:
    (tmp_path / "empty.db").touch()
    with pytest.raises(SchemaError, match="bot migrate"):
        await move(tmp_path / "empty.db", bare_postgresql_url, quiet)


async def test_a_row_that_did_not_arrive_as_it_was_undoes_everything(
    source: Path, bare_postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = moving._rows

    async def other(driver: object, table: object, at_once: int):
        async for row in real(driver, table, at_once):  # type: ignore[arg-type]
            yield (*row[:-1], "another") if str(table) == "consents" else row

    monkeypatch.setattr(moving, "_rows", other)
    with pytest.raises(StoreError, match="consents"):
        await move(source, bare_postgresql_url, quiet)
    assert await nothing(bare_postgresql_url)


async def test_an_interruption_leaves_nothing(source: Path, bare_postgresql_url: str) -> None:
    """Cancelled in its middle; what a kill leaves is tried in tests/app/test_moving.py."""

    def stop(what: str, *_: object) -> None:
        if what == "outbox":
            raise asyncio.CancelledError

    moving_on = pytest.MonkeyPatch()
    moving_on.setattr(moving, "_STEP", 1)
    try:
        with pytest.raises(asyncio.CancelledError):
            await move(source, bare_postgresql_url, stop)
    finally:
        moving_on.undo()
    assert await nothing(bare_postgresql_url)
    assert (await move(source, bare_postgresql_url, quiet)).rows["answers"] == PEOPLE - 1
