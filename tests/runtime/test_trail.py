"""The audit trail shows every later change: an edit, a deletion, another order, an insertion, a cut."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from bot.runtime.trail import OPERATOR, SYSTEM, Trail
from bot.store import Deed, Store


class Clock:
    def now(self) -> datetime:
        return datetime(2026, 11, 25, 3, 0, tzinfo=UTC)


@pytest.fixture
def trail(store: Store) -> Trail:
    return Trail(store.audit, b"k" * 32, Clock())


async def noted(store: Store, trail: Trail) -> list[Deed]:
    for n in range(5):
        await trail.note(OPERATOR if n % 2 else SYSTEM, "export", f"answers-{n}.csv", rows=n)
    async with aclosing(store.audit.read()) as deeds:
        return [deed async for deed in deeds]


async def told(deeds: list[Deed]) -> AsyncIterator[Deed]:
    for deed in deeds:
        yield deed


async def test_what_was_noted_is_whole(store: Store, trail: Trail) -> None:
    deeds = await noted(store, trail)
    assert [deed.seq for deed in deeds] == [1, 2, 3, 4, 5]
    assert deeds[3].detail == {"rows": "3"}
    assert await trail.first_fault(told(deeds)) is None
    assert await trail.first_fault(told(deeds), deeds[-1].link) is None
    assert await store.audit.head() == deeds[-1]


async def test_another_key_confirms_nothing(store: Store, trail: Trail) -> None:
    deeds = await noted(store, trail)
    assert await Trail(store.audit, b"x" * 32, Clock()).first_fault(told(deeds)) == 1


async def test_every_change_shows(store: Store, trail: Trail) -> None:
    deeds = await noted(store, trail)
    again = replace(deeds[2], seq=6)
    changes = {
        "an edit": ([*deeds[:2], replace(deeds[2], actor=SYSTEM, subject="other.csv"), *deeds[3:]], 3),
        "a deletion": ([*deeds[:2], *deeds[3:]], 3),
        "another order": ([deeds[0], deeds[2], deeds[1], *deeds[3:]], 2),
        "an insertion": ([*deeds, again], 6),
        "a cut": (deeds[:-1], 5),
    }
    for what, (changed, seq) in changes.items():
        assert await trail.first_fault(told(changed), deeds[-1].link) == seq, what
    assert await trail.first_fault(told(deeds[:-1])) is None  # a cut shows only against an exported head
