"""What somebody finds who has the files: no platform id in the database, its log or a copy, and of
people who were erased nothing, not even in an older copy that is put back."""

import base64
import random
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import make_url
from structlog.testing import capture_logs

from bot.dialogue import Action, Erase, Event, Opened, Participant, Pressed, Scope, Turn, Verb
from bot.errors import SettingsError, StoreError
from bot.library import Library, load
from bot.runtime.channel import Broken, Incoming
from bot.runtime.clock import SystemClock
from bot.runtime.identity import Identity
from bot.runtime.sealing import Sealer
from bot.runtime.turns import Turns
from bot.store import Store, copy_content, sqlite
from handlers import take_turn
from tests.store import values
from tests.store.look import column, everything
from tests.store.rows import lease

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SECRET = "ความลับของฉัน"


@pytest.fixture(scope="module")
def library() -> Library:
    return load()


def turns_of(store: Store, identity: Identity, library: Library, take=take_turn) -> Turns:
    return Turns(
        store=store,
        library=library,
        identity=identity,
        clock=SystemClock(),
        take_turn=take,
        pulling=["web"],
        committed=lambda _: None,
    )


def file_of(url: str) -> Path:
    """The SQLite file of a store."""
    return Path(make_url(url).database or "")


@asynccontextmanager
async def opened(file: Path) -> AsyncIterator[Store]:
    """The store in a file."""
    store = await Store.open(f"sqlite:///{file}")
    try:
        yield store
    finally:
        await store.close()


# No platform id is readable


def canaries() -> list[tuple[str, str]]:
    """A thousand people as the platforms name them: the channel and its id."""
    chance = random.Random(4)
    line = [("line", f"U{chance.getrandbits(128):032x}") for _ in range(500)]
    return line + [("telegram", str(chance.randrange(10**9, 10**10))) for _ in range(500)]


def spellings(id_: str) -> list[bytes]:
    """The id as bytes, in hexadecimal and in base64 wherever in a longer text it begins."""
    raw = id_.encode()
    found = [raw, raw.hex().encode(), raw.hex().upper().encode()]
    for before, skipped in ((0, 0), (1, 2), (2, 3)):
        whole = base64.b64encode(b"\0" * before + raw)
        found.append(whole[skipped : (before + len(raw)) * 8 // 6])  # only digits that the id alone decides
    return found


def seen(ids: Iterable[str], files: Iterable[Path]) -> set[str]:
    """Those of the ids that can be read in the files, in any spelling."""
    beginnings: defaultdict[bytes, list[tuple[bytes, str]]] = defaultdict(list)
    for id_ in ids:
        for spelling in spellings(id_):
            beginnings[spelling[:9]].append((spelling, id_))
    runs = {run for file in files for run in re.findall(rb"[0-9A-Za-z+/]{9,}", file.read_bytes())}
    return {
        id_
        for run in runs
        for n in range(len(run) - 8)
        for spelling, id_ in beginnings.get(run[n : n + 9], ())
        if run.startswith(spelling, n)
    }


def test_the_search_knows_every_spelling(tmp_path: Path) -> None:
    file = tmp_path / "file"
    for _, id_ in (canaries()[0], canaries()[-1]):
        raw = id_.encode()
        around = [b"x" * n + raw + b"\n" for n in range(3)]
        for told in (*around, raw.hex().encode(), *(base64.b64encode(text) for text in around)):
            file.write_bytes(b"\0\xff" + told + b"\0")
            assert seen([id_, "U" + "0" * 32], [file]) == {id_}


async def live(turns: Turns, people: list[tuple[str, str]], library: Library) -> None:
    """Everybody opens the chat and answers; some turns fail, and something comes that cannot be read."""
    question = library.questions["3.5-c1"]
    choice = Pressed(Action(Verb.CHOOSE, (question.id, question.version, "a")).token())
    for body, step in ((Opened(), "o"), (choice, "c")):
        for start in range(0, len(people), 250):
            await turns.commit(
                [
                    Incoming(Event(f"{channel}:{step}{n}", AT, channel, body), id_, f"reply to {id_}")
                    for n, (channel, id_) in enumerate(people[start : start + 250], start)
                ]
            )
    raw = "\n".join(id_ for _, id_ in people).encode()
    await turns.commit([Broken("line:broken", "line", "no timestamp", raw)])


def unreadable_for_some(person: Participant, event: Event, library: Library) -> Turn:
    """As ever, but every tenth answer meets a fault of ours: the event goes to quarantine."""
    if re.fullmatch(r"\w+:c\d*7", event.id):
        raise ZeroDivisionError
    return take_turn(person, event, library)


def unsealed(self: Sealer, table: str, row: str, content: bytes) -> bytes:
    """What a sealer must not do."""
    return content


@pytest.mark.parametrize("sealing", [True, False], ids=["sealed", "as if nothing were sealed"])
async def test_no_platform_id_is_in_any_file(
    sqlite_url: str, tmp_path: Path, identity: Identity, library: Library, monkeypatch, sealing: bool
) -> None:
    """The second run shows that the search finds them all where they are."""
    if not sealing:
        monkeypatch.setattr(Sealer, "seal", unsealed)
        monkeypatch.setattr(
            identity.masters, "open", lambda wrapped: identity.masters.make(wrapped.participant)
        )
    people = canaries()
    file, copy, content = file_of(sqlite_url), tmp_path / "copy.db", tmp_path / "content.db"
    async with opened(file) as store:
        with capture_logs():  # a hundred tracebacks to the terminal would take minutes
            await live(turns_of(store, identity, library, unreadable_for_some), people, library)
        counts = await store.counts()
        assert (counts.participants, counts.answers, counts.quarantined) == (1000, 900, 101)
        sqlite.copy(file, copy)
        await copy_content(sqlite_url, content)
        wal = file.with_name(file.name + "-wal")
        assert wal.stat().st_size > 0
        ids = {id_ for _, id_ in people}
        found = [seen(ids, [one]) for one in (copy, content)] + [seen(ids, [file, wal])]
    assert found == ([set()] * 3 if sealing else [ids] * 3)


# Erased is erased, in copies too


async def lived(store: Store, identity: Identity, n: int) -> str:
    """A person with answers, text, files and letters, as the intake stores them; their pseudonym."""
    sender = f"U{n:032x}"
    id_ = identity.pseudonym("line", sender)
    key = identity.masters.make(id_)
    sealed = {
        "address": key.seal("addresses", id_, sender.encode()),
        "key": key.wrapped,
        "mark": identity.mark(id_),
    }
    who = values.person(id_, acted_at=AT)
    await store.files.put(values.file(f"f{n}", "m1", id_))
    await values.take_in(
        store,
        values.commit(
            f"line:{n}",
            values.consent(f"line:{n}/r0"),
            values.answer(f"line:{n}/r1", text=SECRET, source="m1"),
            values.suggestion(f"line:{n}/r2", text=SECRET, attachments=(values.attachment(f"f{n}", "m1"),)),
            who=who,
            messages=(values.message(SECRET),),
            **sealed,
        ),
    )
    return id_


async def erase(store: Store, identity: Identity, id_: str, n: int) -> None:
    """The person erases everything, and is told."""
    anew = identity.masters.make(id_)
    await values.take_in(
        store,
        values.commit(
            f"line:{n}/erase",
            who=values.person(id_),
            messages=(values.message("ลบแล้ว"),),
            erase=Erase(Scope.EVERYTHING),
            address=anew.seal("addresses", id_, f"U{n:032x}".encode()),
            key=anew.wrapped,
            mark=identity.mark(id_),
        ),
    )


def rows_of(told: str, people: Iterable[str]) -> int:
    """How many rows name one of these people or hold their words."""
    whom = (*people, SECRET)
    return sum(any(one in row for one in whom) for row in told.splitlines())


async def test_who_was_erased_is_gone_from_an_older_copy_too(
    sqlite_url: str, tmp_path: Path, identity: Identity
) -> None:
    file, copy = file_of(sqlite_url), tmp_path / "older.db"
    async with opened(file) as store:
        people = [await lived(store, identity, n) for n in range(100)]
        stays = await lived(store, identity, 100)
        sqlite.copy(file, copy)
        for n, id_ in enumerate(people):
            await erase(store, identity, id_, n)
        ledger = await store.erasures.ledger()
    assert not any(id_ in mark for mark in ledger for id_ in people)
    older = f"sqlite:///{copy}"
    assert rows_of(await everything(older), people) > 600, "without the ledger all of it would be back"
    async with opened(copy) as store:
        assert await store.erasures.reapply(ledger, identity.mark) == 100
        assert await store.erasures.reapply(ledger, identity.mark) == 0
        assert await store.people.load(stays) is not None
        counts = await store.counts()
    assert (counts.participants, counts.answers, counts.suggestions, counts.files) == (1, 1, 1, 1)
    told = "\n".join(row for row in (await everything(older)).splitlines() if "line:100" not in row)
    assert rows_of(told, people) == 0


async def test_an_address_in_a_content_copy_opens_with_nothing(
    sqlite_url: str, tmp_path: Path, identity: Identity
) -> None:
    """Not even with every key outside the database; the whole copy shows that it is the row that matters."""
    file, content, whole = file_of(sqlite_url), tmp_path / "content.db", tmp_path / "whole.db"
    async with opened(file) as store:
        people = [await lived(store, identity, n) for n in range(5)]
        await copy_content(sqlite_url, content)
        sqlite.copy(file, whole)
        wrapped = await column(sqlite_url, "data_keys", "wrapped")
    assert content.stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["content.db", "store.db", "whole.db"]
    assert not any(key in content.read_bytes() for key in wrapped)  # type: ignore[operator]  # bytes
    assert all(key in whole.read_bytes() for key in wrapped)  # type: ignore[operator]  # bytes
    async with opened(content) as store:
        assert (await store.counts()).answers == 5
        assert [x.address for x in await lease(store, values.NOW, 9, 30)] == [None] * 5
    assert len(await column(f"sqlite:///{content}", "addresses", "sealed")) == 5
    async with opened(whole) as store:
        letters = await lease(store, values.NOW, 9, 30)
        assert {x.participant for x in letters if x.address} == set(people)


async def test_who_comes_after_a_content_copy_was_put_back_is_reached_again(
    sqlite_url: str, tmp_path: Path, identity: Identity, library: Library
) -> None:
    content = tmp_path / "content.db"
    came = Incoming(Event("line:1", AT, "line", Opened()), "U1", "token")
    async with opened(file_of(sqlite_url)) as store:
        await turns_of(store, identity, library).commit([came])
        await copy_content(sqlite_url, content)
    async with opened(content) as store:
        again = Incoming(Event("line:2", AT, "line", Opened()), "U1", "token")
        await turns_of(store, identity, library).commit([again])
        (job,) = await lease(store, datetime.now(UTC), 9, 30)
    assert job.address is not None
    key = identity.masters.open(job.address.key)
    assert key.unseal("addresses", job.participant, job.address.sealed) == b"U1"


async def test_a_copy_that_cannot_be_made_leaves_nothing(sqlite_url: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be written"):
        await copy_content(sqlite_url, tmp_path / "absent" / "copy.db")
    with pytest.raises(SettingsError, match="pg_dump"):
        await copy_content("postgresql://user@host/name", tmp_path / "copy.db")
    nothing = tmp_path / "nothing.db"
    with pytest.raises(StoreError, match="cannot be copied"):
        await copy_content(f"sqlite:///{nothing}", tmp_path / "copy.db")
    assert [path.name for path in tmp_path.iterdir()] == ["store.db"]
