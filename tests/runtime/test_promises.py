"""A number that people were promised may become stricter from one start to the next, and never looser."""

import pytest
from msgspec.structs import replace

from bot.dialogue import Erase, Scope
from bot.errors import SettingsError
from bot.library import Draft, load
from bot.library.model import Anonymity
from bot.runtime.promises import check_promises, keep_promises
from bot.store import Store
from tests.runtime.fakes import HandClock
from tests.store import values
from tests.store.look import column


@pytest.fixture(scope="module")
def shipped() -> Draft:
    return load().draft


def promising(draft: Draft, smallest: int = 10, linked_days: int = 30) -> Draft:
    return replace(draft, anonymity=Anonymity(smallest=smallest, linked_days=linked_days))


async def started(store: Store, draft: Draft, clock: HandClock) -> str:
    """What stops a start with this draft; "" when it starts. The doctor says the same."""
    told = []
    for one in (check_promises(store, draft), keep_promises(store, draft, clock)):
        try:
            await one
            told.append("")
        except SettingsError as error:
            told.append(str(error))
    assert told[0] == told[1]
    return told[0]


@pytest.mark.parametrize(
    "record", [values.answer("line:1/r0"), values.suggestion("line:1/r0")], ids=["answer", "suggestion"]
)
async def test_once_somebody_answered_a_promise_becomes_only_stricter(
    store: Store, database_url: str, shipped: Draft, clock: HandClock, record
) -> None:
    for draft in (promising(shipped), promising(shipped, 5, 60), promising(shipped, 10, 30)):
        assert await started(store, draft, clock) == "", "nobody has answered: anything may be said"
    await values.take_in(store, values.commit("line:1", record))
    assert await started(store, promising(shipped), clock) == ""

    clock.move(days=3)
    looser = await started(store, promising(shipped, 9, 31), clock)
    assert "anonymity.smallest is 9; since 2026-11-24 the promise is 10" in looser
    assert "write 10 or more in the draft.yaml of opdc-2566-2570" in looser
    assert "anonymity.linked_days is 31; since 2026-11-24 the promise is 30" in looser
    assert "write 30 or less" in looser
    only = await started(store, promising(shipped, 20, 31), clock)
    assert "smallest" not in only
    assert await column(database_url, "promises", "value") == [30, 10], "nothing of a refused start is kept"

    assert await started(store, promising(shipped, 20, 30), clock) == ""
    assert await started(store, promising(shipped, 20, 7), clock) == ""
    assert "since 2026-11-27 the promise is 20" in await started(store, promising(shipped, 10, 7), clock)
    assert "the promise is 7" in await started(store, promising(shipped, 20, 30), clock)


async def test_a_promise_to_nobody_any_more_binds_nobody(
    store: Store, shipped: Draft, clock: HandClock
) -> None:
    await started(store, promising(shipped), clock)
    await values.take_in(store, values.commit("line:1", values.answer("line:1/r0")))
    assert await started(store, promising(shipped, 5), clock) != ""
    await values.take_in(store, values.commit("line:2", erase=Erase(Scope.EVERYTHING)))
    assert await started(store, promising(shipped, 5), clock) == ""


async def test_who_answered_before_promises_were_kept_is_promised_what_is_said_now(
    store: Store, shipped: Draft, clock: HandClock
) -> None:
    await values.take_in(store, values.commit("line:1", values.answer("line:1/r0")))
    assert await started(store, promising(shipped), clock) == ""
    assert await started(store, promising(shipped, 5), clock) != ""


async def test_a_refusal_changes_no_promise_and_checking_makes_none(
    store: Store, database_url: str, shipped: Draft
) -> None:
    await check_promises(store, promising(shipped))
    assert await column(database_url, "promises", "value") == []
