"""Content being edited: one draft a file and author, and nothing changes but from what was seen."""

import asyncio
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from bot.store import Store
from bot.store.staff import Account
from bot.store.wordings import Wording, WordingState

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def wording(id_: str = "w1", author: str = "มาลี", **changes: object) -> Wording:
    made = Wording(
        id=id_,
        file="labels.yaml",
        base="0" * 64,
        content="stop: หยุด\n",
        state=WordingState.WRITING,
        author=author,
        created_at=AT,
        changed_at=AT,
    )
    return replace(made, **changes)


async def test_a_draft_comes_back_as_it_was(store: Store) -> None:
    kept = await store.wordings.begin(wording())
    assert await store.wordings.get("w1") == kept == wording()
    assert await store.wordings.get("w2") is None


async def test_an_author_has_one_open_draft_of_a_file(store: Store) -> None:
    begun = await asyncio.gather(*[store.wordings.begin(wording(f"w{n}")) for n in range(4)])
    assert len({one.id for one in begun}) == 1
    assert (await store.wordings.begin(wording("other", author="มานะ"))).id == "other"
    given_up = replace(begun[0], state=WordingState.GIVEN_UP)
    assert await store.wordings.change(begun[0], given_up)
    assert (await store.wordings.begin(wording("again"))).id == "again"
    assert {one.id for one in await store.wordings.open()} == {"other", "again"}


async def test_of_two_changes_of_one_draft_one_does_nothing(store: Store) -> None:
    seen = await store.wordings.begin(wording())
    done = await asyncio.gather(
        *[store.wordings.change(seen, replace(seen, content=f"stop: {n}\n")) for n in range(5)]
    )
    assert sorted(done) == [False, False, False, False, True]


async def test_what_fails_meanwhile_leaves_the_draft_as_it_was(store: Store) -> None:
    sent = await store.wordings.begin(wording(state=WordingState.SENT))

    def fail() -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await store.wordings.change(sent, replace(sent, state=WordingState.APPROVED), fail)
    assert await store.wordings.get("w1") == sent
    stale = replace(sent, content="seen before")
    assert not await store.wordings.change(stale, replace(sent, state=WordingState.APPROVED), fail)


async def test_the_first_signing_key_of_an_account_stays(store: Store) -> None:
    account = Account(id="a1", name="วิชัย", roles=("reviewer",), created_at=AT)
    await store.staff.keep(account)
    kept = await asyncio.gather(*[store.staff.give_key("a1", bytes([n])) for n in range(4)])
    assert len(set(kept)) == 1
    found = await store.staff.named("วิชัย")
    assert found and found.signing_key == kept[0]
