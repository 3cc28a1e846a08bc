"""A batch of events: claimed once, loaded, applied in order, all or nothing."""

import asyncio

import pytest

from bot.dialogue import Expects, ForAnswer, Group, Purpose, SuggestionDraft
from bot.errors import StoreError
from bot.store import NewEvent, Quarantined, Store
from tests.store.rows import lease
from tests.store.values import (
    NOW,
    answer,
    at,
    commit,
    consent,
    file,
    message,
    person,
    suggestion,
    take_in,
)


async def test_an_event_is_claimed_once(store: Store) -> None:
    one, two = NewEvent("line:1", "p1", NOW), NewEvent("line:2", None, NOW)
    async with store.transaction() as tx:
        assert await tx.claim([one, two, one], NOW) == {"line:1", "line:2"}
        assert await tx.claim([one], NOW) == set()
    async with store.transaction() as tx:
        assert await tx.claim([two, one, NewEvent("line:3", "p1", NOW)], NOW) == {"line:3"}
        assert await tx.claim([], NOW) == set()


async def test_of_64_identical_claims_at_once_one_wins(store: Store) -> None:
    async def claim() -> set[str]:
        async with store.transaction() as tx:
            return await tx.claim([NewEvent("line:1", "p1", NOW)], NOW)

    won = await asyncio.gather(*(claim() for _ in range(64)))
    assert sorted(map(len, won)) == [0] * 63 + [1]


async def test_claims_that_overlap_in_any_order_never_deadlock(store: Store) -> None:
    events = [NewEvent(f"line:{n}", None, NOW) for n in range(256)]

    async def claim(shift: int) -> set[str]:
        async with store.transaction() as tx:
            return await tx.claim(events[shift:] + events[:shift], NOW)

    won = await asyncio.gather(*(claim(shift) for shift in range(0, 256, 32)))
    assert sum(map(len, won)) == 256


async def test_a_person_comes_back_as_they_were_left(store: Store) -> None:
    left = person(
        group=Group.BUSINESS,
        adult=True,
        expects=Expects(text=ForAnswer("q1", "v1")),
        draft=SuggestionDraft(clause="c35", text="ร่าง"),
        acted_at=NOW,
    )
    given, said, sent = consent("line:1/r0"), answer("line:1/r1"), suggestion("line:1/r2", name_shown=True)
    await take_in(store, commit("line:1", given, said, sent, who=left))
    async with store.transaction() as tx:
        people = await tx.participants(["p1", "stranger"])
    assert list(people) == ["p1"]
    loaded = people["p1"]
    assert (loaded.consents, loaded.answers, loaded.suggestions) == ((given,), (said,), (sent,))
    assert (loaded.group, loaded.adult, loaded.expects, loaded.draft, loaded.acted_at) == (
        left.group, left.adult, left.expects, left.draft, left.acted_at,
    )  # fmt: skip
    assert await store.people.load("p1") == loaded
    assert await store.people.load("stranger") is None


async def test_chained_turns_of_one_batch_leave_the_last_state(store: Store) -> None:
    await take_in(
        store,
        commit("line:1", answer("line:1/r0"), who=person(clause="c1")),
        commit("line:2", answer("line:2/r0", question="q2"), who=person(clause="c2")),
        commit("line:3", who=person("p2", clause="c9")),
    )
    one, two = await store.people.load("p1"), await store.people.load("p2")
    assert one
    assert two
    assert (one.clause, [a.question for a in one.answers]) == ("c2", ["q1", "q2"])
    assert (two.clause, two.answers) == ("c9", ())


@pytest.mark.parametrize("batches", [1, 2])
async def test_a_replaced_answer_stays_as_history(store: Store, batches: int) -> None:
    old, new = answer("line:1/r0"), answer("line:2/r0", chosen=("o2",), at=at(9))
    replaced = answer("line:1/r0", replaced_at=at(9))
    turns = [commit("line:1", old), commit("line:2", new, replaced)]  # the order in the turn does not matter
    for batch in [turns] if batches == 1 else [turns[:1], turns[1:]]:
        await take_in(store, *batch)
    loaded = await store.people.load("p1")
    assert loaded
    assert loaded.answers == (new,)
    assert [a async for _, a in store.answers.export(history=True)] == [replaced, new]


async def test_two_current_answers_to_one_question_are_refused(store: Store) -> None:
    await take_in(store, commit("line:1", answer("line:1/r0", text="ความลับ")))
    with pytest.raises(StoreError) as refusal:
        await take_in(store, commit("line:2", answer("line:2/r0", text="ความลับ")))
    assert "ความลับ" not in repr(refusal.value)
    assert refusal.value.__cause__ is None
    loaded = await store.people.load("p1")
    assert loaded
    assert [a.id for a in loaded.answers] == ["line:1/r0"]


async def test_a_record_with_a_known_id_is_updated_in_place(store: Store) -> None:
    await take_in(store, commit("line:1", suggestion("line:1/r0")))
    named = suggestion("line:1/r0", name_shown=False, organisation="บริษัท ก")
    await take_in(store, commit("line:2", named))
    assert [s async for _, s in store.suggestions.export(history=True)] == [named]


async def test_the_newest_choice_of_each_purpose_is_current(store: Store) -> None:
    newest = consent("line:3/r0", given=False, at=at(2))
    news = consent("line:4/r0", purpose=Purpose.NEWS, at=at(1))
    await take_in(
        store,
        commit("line:1", consent("line:1/r0", at=at(0))),
        commit("line:3", newest),
        commit("line:2", consent("line:2/r0", at=at(1))),  # late
        commit("line:4", news),
    )
    loaded = await store.people.load("p1")
    assert loaded
    assert loaded.consents == (news, newest)


async def test_a_transaction_that_is_left_by_an_error_leaves_nothing(store: Store) -> None:
    async def fail() -> None:
        async with store.transaction() as tx:
            await tx.claim([NewEvent("line:1", "p1", NOW)], NOW)
            await tx.apply([commit("line:1", answer("line:1/r0"), messages=(message(),))])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await store.people.load("p1") is None
    await take_in(store, commit("line:1"))


async def test_a_transaction_that_is_cancelled_leaves_nothing_and_the_store_goes_on(store: Store) -> None:
    inside = asyncio.Event()

    async def hang() -> None:
        async with store.transaction() as tx:
            await tx.claim([NewEvent("line:1", "p1", NOW)], NOW)
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await take_in(store, commit("line:1"))


async def test_two_batches_of_one_new_person_lose_no_update(store: Store) -> None:
    """Both find nobody at first; the second must wait and then see what the first has stored."""

    async def count_up(event: str) -> None:
        async with store.transaction() as tx:
            await tx.claim([NewEvent(event, "p1", NOW)], NOW)
            known = (await tx.participants(["p1"])).get("p1", person(source="0"))
            await tx.apply([commit(event, who=person(source=str(int(known.source) + 1)))])

    await asyncio.gather(*(count_up(f"line:{n}") for n in range(20)))
    loaded = await store.people.load("p1")
    assert loaded
    assert loaded.source == "20"


async def test_discarded_files_go_but_only_ones_own(store: Store) -> None:
    await store.files.put(file("f1"))
    await store.files.put(file("f2", owner="p2"))
    await store.files.put(file("f1", source="a second put changes nothing"))
    kept = await store.files.get("f1")
    assert kept == file("f1")
    await take_in(store, commit("line:1", discards=("f1", "f2")))
    assert await store.files.get("f1") is None
    assert await store.files.get("f2") == file("f2", owner="p2")


async def test_broken_events_are_kept_once(store: Store) -> None:
    broken = Quarantined(
        id="line:1", channel="line", participant=None, at=NOW, error="ValueError", sealed=b"raw"
    )
    for _ in range(2):
        async with store.transaction() as tx:
            await tx.quarantine([broken])
            await tx.quarantine([])
    assert (await store.counts()).quarantined == 1


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("ก\u0e49\u0e49\u0e49👩‍👩‍👧‍👦𐍈", "ก\u0e49\u0e49\u0e49👩‍👩‍👧‍👦𐍈"),
        ("a\0b", "ab"),
        ("\ud83d", "\ufffd"),
        ("\ud83d\ude00", "😀"),
        ("'; DROP TABLE answers; --", "'; DROP TABLE answers; --"),
        ("ก" * 10_000, "ก" * 10_000),
    ],
    ids=["emoji", "nul", "half a pair", "two halves", "sql", "long"],
)
async def test_any_text_is_stored_and_spoils_no_batch(store: Store, typed: str, stored: str) -> None:
    await take_in(
        store,
        commit(
            "line:1",
            answer("line:1/r0", text=typed, source=typed),
            suggestion("line:1/r1", text=typed, organisation=typed),
            who=person(draft=SuggestionDraft(clause="c1", text=typed)),
            messages=(message(typed),),
        ),
    )
    loaded = await store.people.load("p1")
    assert loaded
    assert loaded.draft
    assert (
        loaded.answers[0].text == loaded.suggestions[0].text == loaded.suggestions[0].organisation == stored
    )
    assert loaded.draft.text.replace("\0", "") == stored  # JSON can hold a NUL
    [letter] = await lease(store, NOW, 1, 30)
    assert letter.messages[0].text.replace("\0", "") == stored
