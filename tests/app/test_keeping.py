"""`backup`, `restore` and `audit` as an operator types them, and a start that refuses what was not restored."""

import asyncio
import json
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.app import running
from bot.errors import StoreError
from bot.runtime import log
from bot.runtime.identity import Identity, new_key, read_key
from bot.settings import Settings
from bot.store import Store, copies
from bot.verbs import FOUND, UNUSABLE, run
from tests.runtime.test_at_rest import erase, lived

KEY = new_key()

Typed = Callable[..., tuple[int, str]]


@pytest.fixture(autouse=True)
def _database(monkeypatch: pytest.MonkeyPatch, sqlite_url: str) -> Iterator[None]:
    """The verbs' own environment; they send the log elsewhere, which is put back."""
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("IDENTITY_KEY", KEY)
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    log.structlog.reset_defaults()
    logging.captureWarnings(capture=False)


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Typed:
    """A verb: the exit code, and what was said."""

    def told(*arguments: str) -> tuple[int, str]:
        code = run(arguments)
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    return told


async def _with_store(url: str, what: Callable[[Store, Identity], object]) -> None:
    store = await Store.open(url)
    try:
        await what(store, Identity(read_key(KEY), "test"))  # type: ignore[misc]  # what it returns is awaited
    finally:
        await store.close()


async def _three(store: Store, identity: Identity) -> None:
    for n in range(3):
        await lived(store, identity, n)


async def _first_goes(store: Store, identity: Identity) -> None:
    await erase(store, identity, identity.pseudonym("line", f"U{0:032x}"), 0)


def test_backup_restore_and_audit(
    typed: Typed, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(_with_store(sqlite_url, _three))
    code, said = typed("backup", "--out", "monday", "--keys", "apart")
    assert code == 0
    assert "3 answers and 3 suggestions of 3 people" in said
    assert "apart/keys.db" in said
    assert "--keys names another folder" not in said
    code, said = typed("backup", "--out", "monday")
    assert code == UNUSABLE
    assert "a folder of its own" in said
    asyncio.run(_with_store(sqlite_url, _first_goes))
    code, said = typed("backup", "--out", "tuesday")
    assert "--keys names another folder" in said

    code, said = typed("restore", "monday", "--keys", "apart", "--to", "new.db")
    assert code == 0
    assert "knows of 1 erasures" in said
    assert "1 people who were erased since are erased again" in said
    assert "2 answers and 2 suggestions of 2 people" in said
    assert "let DATABASE_URL name new.db" in said
    assert "retention" in said
    code, said = typed("restore", "monday", "--to", "new.db")
    assert code == UNUSABLE
    assert "not overwritten" in said

    code, said = typed("audit")
    assert code == 0
    assert [line.split("  ")[2:5] for line in said.splitlines()[:-1]] == [
        ["operator", "backup", "monday"],
        ["operator", "backup", "tuesday"],
    ]
    (head,) = typed("audit", "--head")[1].splitlines()
    monkeypatch.setenv("DATABASE_URL", "sqlite:///new.db")
    code, said = typed("audit")
    assert (code, "operator  restore  monday" in said, "erased=1" in said) == (0, True, True)
    assert typed("audit", "--since", head)[0] == FOUND, "what came after the backup is not in it"
    assert typed("doctor")[0] == 0


def test_without_the_present_database_a_newer_ledger_is_asked_for(
    typed: Typed, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(_with_store(sqlite_url, _three))
    typed("backup", "--out", "monday")
    asyncio.run(_with_store(sqlite_url, _first_goes))
    typed("backup", "--out", "tuesday")
    monkeypatch.setenv("DATABASE_URL", "sqlite:///lost.db")
    code, said = typed("restore", "monday", "--to", "without.db")
    assert (code, "give it with --ledger" in said, "\n0 people who were erased" in said) == (0, True, True)
    code, said = typed("restore", "monday", "--to", "with.db", "--ledger", "tuesday/ledger.json")
    assert (code, "\n1 people who were erased since are erased again" in said) == (0, True)
    assert not Path("lost.db").exists(), "asking for the present database makes none"
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:canary@127.0.0.1:1/none")
    code, said = typed("restore", "monday", "--to", "third.db")
    assert (code, "cannot be asked" in said, "canary" in said) == (0, True, False)


def test_no_secret_and_no_person_is_said(typed: Typed, sqlite_url: str, tmp_path: Path) -> None:
    asyncio.run(_with_store(sqlite_url, _three))
    said = "".join(
        typed(*arguments)[1]
        for arguments in (
            ("backup", "--out", "monday"),
            ("restore", "monday", "--to", "new.db"),
            ("audit",),
            ("restore", "monday", "--to", "new.db"),
        )
    )
    identity = Identity(read_key(KEY), "test")
    people = [identity.pseudonym("line", f"U{n:032x}") for n in range(3)]
    marks = [identity.mark(id_) for id_ in people]
    assert not [secret for secret in (KEY, *people, *marks) if secret in said]
    assert json.loads(Path("monday/manifest.json").read_text())["counts"]["participants"] == 3


def test_a_restored_audit_log_that_does_not_hold_is_told(
    typed: Typed, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed("backup", "--out", "first")
    asyncio.run(_tampered(sqlite_url))
    typed("backup", "--out", "second")
    code, said = typed("restore", "second", "--to", "new.db")
    assert code == FOUND
    assert "does not hold at row 1" in said


async def _tampered(url: str) -> None:
    from sqlalchemy import text

    from bot.store.database import Database

    database = await Database.open(url)
    async with database.writing() as connection:
        await connection.execute(text("UPDATE audit SET subject = 'other'"))
    await database.close()


def test_of_postgresql_the_verb_says_what_to_run(
    typed: Typed, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", postgresql_url)
    asyncio.run(_with_store(postgresql_url, _three))
    code, said = typed("backup", "--out", "monday", "--keys", "apart")
    assert code == 0
    assert (
        '--exclude-table-data=data_keys --exclude-table-data=alembic_version --file=content.dump "$' in said
    )
    assert postgresql_url not in said
    assert sorted(os.listdir("monday")) == ["ledger.json", "manifest.json"]
    assert "The 3 data keys are in apart/keys.db" in said
    code, said = typed("restore", "monday", "--keys", "apart", "--to", "new.db")
    assert (code, "backup of postgresql" in said) == (UNUSABLE, True)
    code, said = typed("restore", "monday", "--keys", "apart", "--to", postgresql_url)
    assert (code, "may be in use" in said) == (UNUSABLE, True)


@pytest.mark.parametrize("public", [False, True])
async def test_nothing_starts_on_a_copy_that_was_not_restored(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, public: bool
) -> None:
    copy = tmp_path / "copy.db"
    chosen = {"database_url": f"sqlite:///{copy}", "identity_key": KEY}
    settings = Settings.model_validate(
        chosen | ({"public_url": "https://chat.example.go.th"} if public else {})
    )
    await copies.copy_content(sqlite_url, copy)
    with pytest.raises(StoreError, match="python -m bot restore"):
        async with running(settings):
            pass
    monkeypatch.setattr(copies, "_WITHOUT_REVISION", "SELECT 1")  # without the mark it would start
    await copies.copy_content(sqlite_url, copy)
    async with running(settings):
        pass


def test_verbs_that_read_refuse_a_copy_too(
    typed: Typed, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(copies.copy_content(sqlite_url, tmp_path / "copy.db"))
    monkeypatch.setenv("DATABASE_URL", "sqlite:///copy.db")
    for arguments in (("migrate",), ("export", "--out", "a.csv"), ("audit",), ("backup", "--out", "b")):
        code, said = typed(*arguments)
        assert (code, "python -m bot restore" in said) == (UNUSABLE, True), arguments
    code, said = typed("doctor")
    assert (code, "python -m bot restore" in said) == (FOUND, True)
    assert "a.csv" not in os.listdir()
