"""Somebody who may write to the database changes the audit log, and the verb that reads it says where."""

import asyncio
import random
from collections.abc import Callable, Iterator
from contextlib import aclosing
from itertools import zip_longest

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from bot.runtime.clock import SystemClock
from bot.runtime.identity import new_key, read_key
from bot.runtime.trail import OPERATOR, SYSTEM, Trail
from bot.store import Deed, Store
from bot.store.database import Database
from bot.verbs import FOUND, UNUSABLE, run
from tests.runtime.fakes import HandClock

KEY = new_key()
ROWS = 8

#: What is done to the log, and the first row that is then wrong. The chain of ROWS rows is whole before.
TAMPERINGS: dict[str, tuple[list[str], int]] = {
    "edit: who": (["UPDATE audit SET actor = 'system' WHERE seq = 3"], 3),
    "edit: what": (["UPDATE audit SET act = 'restore' WHERE seq = 1"], 1),
    "edit: to what": (["UPDATE audit SET subject = 'other.csv' WHERE seq = 8"], 8),
    "edit: a number": (["""UPDATE audit SET detail = '{"rows":"0"}' WHERE seq = 5"""], 5),
    "edit: a number, unreadable": (["UPDATE audit SET detail = '{' WHERE seq = 5"], 5),
    "edit: a number, of another kind": (["UPDATE audit SET detail = '[1]' WHERE seq = 5"], 5),
    "edit: the link": (["UPDATE audit SET link = 'ก' WHERE seq = 6"], 6),
    "edit: the link of another": (
        ["UPDATE audit SET link = (SELECT link FROM audit WHERE seq = 2) WHERE seq = 6"],
        6,
    ),
    "edit: when": (["UPDATE audit SET at = '2020-01-01T00:00:00.000000+00:00' WHERE seq = 4"], 4),
    "delete: the first": (["DELETE FROM audit WHERE seq = 1"], 1),
    "delete: one": (["DELETE FROM audit WHERE seq = 4"], 4),
    "delete: one, the rest counted anew": (
        [
            "DELETE FROM audit WHERE seq = 4",
            *(f"UPDATE audit SET seq = {n - 1} WHERE seq = {n}" for n in range(5, 9)),
        ],
        4,
    ),
    "reorder": (
        [
            "UPDATE audit SET seq = 100 WHERE seq = 2",
            "UPDATE audit SET seq = 2 WHERE seq = 6",
            "UPDATE audit SET seq = 6 WHERE seq = 100",
        ],
        2,
    ),
    "insert: at the end": (
        ["INSERT INTO audit SELECT 9, at, actor, act, subject, detail, link FROM audit WHERE seq = 8"],
        9,
    ),
    "insert: in front": (
        ["INSERT INTO audit SELECT 0, at, actor, act, subject, detail, link FROM audit WHERE seq = 1"],
        1,
    ),
    "truncate: the last": (["DELETE FROM audit WHERE seq = 8"], 8),
    "truncate: half": (["DELETE FROM audit WHERE seq > 4"], 5),
    "truncate: all": (["DELETE FROM audit"], 1),
}


@pytest.fixture(autouse=True)
def _this_database(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("IDENTITY_KEY", KEY)


async def _noted(url: str) -> None:
    store = await Store.open(url)
    try:
        trail = Trail(store.audit, read_key(KEY), SystemClock())
        for n in range(1, ROWS + 1):
            await trail.note(OPERATOR if n % 2 else SYSTEM, "export", f"answers-{n}.csv", rows=n)
    finally:
        await store.close()


async def _done(url: str, statements: list[str]) -> None:
    database = await Database.open(url)
    try:
        async with database.writing() as connection:
            for statement in statements:
                await connection.execute(text(statement.replace(":", "\\:")))
    finally:
        await database.close()


@pytest.fixture
def noted(database_url: str) -> None:
    """A log of ROWS rows."""
    asyncio.run(_noted(database_url))


Audit = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def audit(capsys: pytest.CaptureFixture[str]) -> Audit:
    """`python -m bot audit …`: the exit code and the lines printed."""

    def typed(*arguments: str) -> tuple[int, list[str]]:
        capsys.readouterr()
        return run(["audit", *arguments]), capsys.readouterr().out.splitlines()

    return typed


def test_the_log_is_printed_one_line_a_row(noted: None, audit: Audit) -> None:
    code, lines = audit()
    assert code == 0
    assert len(lines) == ROWS + 1
    assert [line.split("  ")[0] for line in lines[:-1]] == [str(n) for n in range(1, ROWS + 1)]
    assert lines[2].split("  ")[2:] == ["operator", "export", "answers-3.csv", "rows=3"]
    assert lines[-1] == "Every row is as it was noted."


def test_the_time_is_that_of_thailand(
    database_url: str, audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SystemClock, "now", lambda _: HandClock().now())  # 03:00 UTC
    asyncio.run(_noted(database_url))
    assert audit()[1][0].split("  ")[1] == "2026-11-24 10:00:00"


def test_an_exported_link_is_verified_and_what_came_after_it_is_printed(
    noted: None, audit: Audit, database_url: str
) -> None:
    (head,) = audit("--head")[1]
    assert len(head) == 64
    assert audit("--since", head) == (0, ["Every row is as it was noted."])
    asyncio.run(_noted(database_url))
    code, lines = audit("--since", head)
    assert (code, len(lines), lines[0].split("  ")[0]) == (0, ROWS + 1, str(ROWS + 1))
    assert audit("--since", "0" * 64)[0] == FOUND
    assert audit("--since", "ก" * 64)[0] == UNUSABLE


def test_an_empty_log(audit: Audit) -> None:
    assert audit() == (0, ["Every row is as it was noted."])
    assert audit("--head") == (0, [""])


@pytest.mark.parametrize("what", TAMPERINGS)
def test_a_log_that_was_changed_names_the_first_row(
    noted: None, audit: Audit, database_url: str, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    statements, row = TAMPERINGS[what]
    (head,) = audit("--head")[1]
    asyncio.run(_done(database_url, statements))
    code, lines = audit("--since", head)
    assert (code, lines[-1].split()[:2]) == (FOUND, ["Row", str(row)])
    code, lines = audit()
    if what.startswith(
        "truncate"
    ):  # a log cut at its end is whole in itself: only the exported link shows it
        assert (code, lines[-1]) == (0, "Every row is as it was noted.")
    else:
        assert (code, lines[-1].split()[:2]) == (FOUND, ["Row", str(row)])
    # Without the chain nobody would know.
    monkeypatch.setattr(Trail, "first_fault", _trusting)
    assert audit("--since", head)[0] == 0


async def _trusting(_: Trail, deeds, head: str = "") -> None:
    async for _deed in deeds:
        pass


def test_what_somebody_writes_into_a_row_stays_on_its_line(
    noted: None, audit: Audit, database_url: str
) -> None:
    asyncio.run(_done(database_url, ["UPDATE audit SET subject = 'a\n9  \x1b[31m\u2028b' WHERE seq = 8"]))
    code, lines = audit()
    assert (code, len(lines)) == (FOUND, ROWS + 1)
    assert "\x1b" not in "".join(lines)


async def test_a_thousand_changes_at_random_all_show(store: Store) -> None:
    """Each a row edited, dropped, doubled, moved, or the end cut off."""
    trail, chance = Trail(store.audit, read_key(KEY), SystemClock()), random.Random(32)
    for n in range(40):
        await trail.note(OPERATOR, "export", f"answers-{n}.csv", rows=n)
    async with aclosing(store.audit.read()) as deeds:
        whole = [deed async for deed in deeds]

    async def told(changed: list[Deed]):
        for deed in changed:
            yield deed

    for changed in _changed(whole, chance, 1_000):
        pairs = enumerate(zip_longest(changed, whole), 1)
        first = next(n for n, (deed, was) in pairs if deed != was)
        assert await trail.first_fault(told(changed), whole[-1].link) == first


def _changed(whole: list[Deed], chance: random.Random, times: int) -> Iterator[list[Deed]]:
    for _ in range(times):
        rows, at = list(whole), chance.randrange(len(whole))
        match chance.randrange(5):
            case 0:
                field = chance.choice(("actor", "act", "subject", "link"))
                rows[at] = replace(rows[at], **{field: getattr(rows[at], field)[:-1] + "x"})
            case 1:
                del rows[at]
            case 2:
                rows.insert(chance.randrange(len(rows) + 1), rows[at])
            case 3:
                other = (at + chance.randrange(1, len(rows))) % len(rows)
                rows[at], rows[other] = rows[other], rows[at]
            case _:
                del rows[at:]
        yield rows
