"""`move` as an operator types it: what it says, what the audit log says, and a kill in the middle."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import make_url

from bot.errors import SchemaError
from bot.runtime.identity import Identity
from bot.store import Store
from bot.store.sqlite import library
from bot.verbs import FOUND, UNUSABLE, run
from tests.app.conftest import KEY
from tests.runtime.test_at_rest import SECRET, lived
from tests.store.look import everything

ROOT = Path(__file__).resolve().parents[2]

#: Copies everything, says so, and waits for its end before anything is committed.
HANGING = """
import asyncio, sys
from bot.store import moving
from bot.verbs import run
real = moving._Move.all
async def hang(self):
    await real(self)
    print("copied", flush=True)
    await asyncio.Event().wait()
moving._Move.all = hang
run(["move", "--to", sys.argv[1]])
"""

Typed = Callable[..., tuple[int, str]]


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Typed:
    def type_(*arguments: str) -> tuple[int, str]:
        code = run(arguments)
        said = capsys.readouterr()
        return code, said.out + said.err

    return type_


def with_store(url: str, do: Callable[[Store], Awaitable[object]]) -> object:
    async def doing() -> object:
        store = await Store.open(url)
        try:
            return await do(store)
        finally:
            await store.close()

    return asyncio.run(doing())


@pytest.fixture
def source(sqlite_url: str, identity: Identity, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a database that three people and an operator have used; the settings name it."""
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("IDENTITY_KEY", KEY)

    async def three(store: Store) -> None:
        for n in range(3):
            await lived(store, identity, n)

    with_store(sqlite_url, three)
    assert run(["rotate-keys"]) == 0
    return sqlite_url


def test_it_says_what_was_moved_and_notes_it(
    source: str, bare_postgresql_url: str, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, said = typed("move", "--to", bare_postgresql_url)
    assert code == 0
    assert "3 rows: answers." in said and "Every row was read back" in said
    assert SECRET not in said and bare_postgresql_url not in said
    assert typed("move", "--to", bare_postgresql_url)[0] == UNUSABLE, "it is not empty any more"
    monkeypatch.setenv("DATABASE_URL", bare_postgresql_url)
    code, said = typed("audit")
    assert code == 0
    assert "rotate-keys" in said and "move  store.db" in said and "mended=0" in said


def test_a_log_that_was_changed_is_told(source: str, bare_postgresql_url: str, typed: Typed) -> None:
    file = make_url(source).database or ""
    with library.connect(file) as connection:
        connection.execute("UPDATE audit SET actor = 'nobody' WHERE seq = 1")
    connection.close()
    code, said = typed("move", "--to", bare_postgresql_url)
    assert code == FOUND
    assert "does not hold at row 1" in said


def test_what_is_killed_in_the_middle_leaves_nothing_and_can_be_done_again(
    source: str, bare_postgresql_url: str, typed: Typed
) -> None:
    before = asyncio.run(everything(source))
    started = {"env": os.environ | {"PYTHONPATH": str(ROOT)}, "text": True}
    hanging = [sys.executable, "-c", HANGING, bare_postgresql_url]
    moving = subprocess.Popen(hanging, stdout=subprocess.PIPE, **started)
    assert moving.stdout
    assert moving.stdout.readline() == "copied\n"
    meanwhile = subprocess.run(
        [sys.executable, "-m", "bot", "audit"], check=False, capture_output=True, **started
    )
    assert meanwhile.returncode == UNUSABLE
    assert "does another program hold the file?" in meanwhile.stderr
    moving.kill()
    moving.wait()
    moving.stdout.close()
    with pytest.raises(SchemaError):
        with_store(bare_postgresql_url, lambda store: store.check())
    assert asyncio.run(everything(source)) == before
    assert typed("move", "--to", bare_postgresql_url)[0] == 0


def test_only_a_file_is_moved(postgresql_url: str, typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", postgresql_url)
    code, said = typed("move", "--to", postgresql_url)
    assert (code, "nothing to move" in said) == (UNUSABLE, True)
