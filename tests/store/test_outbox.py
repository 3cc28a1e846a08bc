"""Letters: in order for each person, in one pair of hands at a time, and gone once said."""

import asyncio
from typing import Any

import pytest

from bot.store import LetterState, Settlement, Store, Terms, Via
from tests.store.look import column
from tests.store.rows import lease, next_due, settle
from tests.store.values import NOW, address, at, commit, message, person, take_in


def settled(id_: str, state: LetterState = LetterState.SENT, attempt: int = 1, **fields: Any) -> Settlement:
    """What became of a letter of one message."""
    return Settlement(id=id_, attempt=attempt, state=state, sent=1, **fields)


async def letters(store: Store, *who: str) -> None:
    """A letter for each, as events e0, e1, …"""
    await take_in(
        store,
        *(commit(f"e{n}", who=person(id_), messages=(message(f"ข้อความ {n}"),)) for n, id_ in enumerate(who)),
    )


async def test_a_letter_arrives_whole(store: Store) -> None:
    await letters(store, "p1")
    [letter] = await lease(store, NOW, 10, 30)
    assert (letter.id, letter.participant, letter.channel, letter.address) == ("e0", "p1", "line", address())
    assert (letter.messages, letter.reply, letter.sent, letter.attempt) == (
        (message("ข้อความ 0"),),
        "token",
        0,
        1,
    )
    assert letter.created_at == NOW


async def test_only_the_oldest_unsettled_letter_of_each_person_is_leased(store: Store) -> None:
    await letters(store, "p1", "p1", "p2", "p1", "p2")
    assert [leased.id for leased in await lease(store, NOW, 10, 30)] == ["e0", "e2"]
    assert await lease(store, NOW, 10, 30) == []
    await settle(store, [settled("e0")], NOW)
    assert [leased.id for leased in await lease(store, NOW, 10, 30)] == ["e1"]


async def test_the_limit_is_kept_oldest_first(store: Store) -> None:
    await letters(store, "p1", "p2", "p3")
    assert [leased.id for leased in await lease(store, NOW, 2, 30)] == ["e0", "e1"]
    assert [leased.id for leased in await lease(store, NOW, 2, 30)] == ["e2"]


async def test_workers_never_hold_one_letter_or_one_person_twice(store: Store) -> None:
    await letters(store, *(f"p{n % 7}" for n in range(70)))
    held: set[str] = set()
    sent: list[str] = []

    async def work() -> None:
        while len(sent) < 70:
            leased = await lease(store, NOW, 3, 30)
            for letter in leased:
                assert letter.participant not in held
                held.add(letter.participant)
            await asyncio.sleep(0)  # let another worker run while these are in our hands
            for letter in leased:
                held.remove(letter.participant)
                sent.append(letter.id)
            await settle(store, [settled(letter.id) for letter in leased], NOW)

    await asyncio.gather(*(work() for _ in range(4)))
    assert len(sent) == len(set(sent)) == 70
    for n in range(7):
        mine = [int(id_[1:]) for id_ in sent if int(id_[1:]) % 7 == n]
        assert mine == sorted(mine)


async def test_a_letter_to_try_again_waits_and_holds_back_the_next_one(store: Store) -> None:
    await letters(store, "p1", "p1")
    await lease(store, NOW, 1, 30)
    again = settled("e0", LetterState.WAITING, retry_at=at(60), detail="HTTP 500")
    await settle(store, [again], NOW)
    assert await next_due(store, NOW) == at(60)
    assert await lease(store, at(59), 10, 30) == []
    [letter] = await lease(store, at(60), 10, 30)
    assert (letter.id, letter.attempt, letter.sent, letter.reply) == ("e0", 2, 1, "token")


async def test_a_lost_lease_runs_out_and_its_worker_has_no_say_any_more(store: Store) -> None:
    await letters(store, "p1")
    await lease(store, NOW, 1, 30)
    [second] = await lease(store, at(30), 1, 30)
    assert second.attempt == 2
    await settle(store, [settled("e0", LetterState.WAITING, retry_at=at(31))], at(31))
    assert await lease(store, at(31), 1, 30) == []
    await settle(store, [settled("e0", attempt=2)], at(32))
    assert await next_due(store, at(32)) is None


@pytest.mark.parametrize(
    "state", [LetterState.SENT, LetterState.UNKNOWN, LetterState.GONE, LetterState.PARKED]
)
async def test_a_settled_letter_is_never_leased_again(store: Store, state: LetterState) -> None:
    await letters(store, "p1", "p1")
    await lease(store, NOW, 1, 30)
    await settle(store, [settled("e0", state, detail="HTTP 400", via="push")], NOW)
    await settle(store, [], NOW)
    assert await store.outbox.parked() == (await store.counts()).parked == (state is LetterState.PARKED)
    assert [leased.id for leased in await lease(store, at(999), 10, 30)] == ["e1"]


async def test_next_due_is_now_when_something_waits_already(store: Store) -> None:
    assert await next_due(store, at(5)) is None
    await letters(store, "p1")
    assert await next_due(store, at(5)) == at(5)
    await lease(store, at(5), 1, 30)
    assert await next_due(store, at(5)) == at(35)


async def test_kept_letters_are_read_in_order_and_confirmed(store: Store) -> None:
    said = [message(text) for text in ("หนึ่ง", "สอง", "สาม")]
    await take_in(
        store,
        *(commit(f"web:{n}", messages=(said[n],), pulls=True, address=b"") for n in range(3)),
        commit("web:9", who=person("p2"), messages=(message("ของคนอื่น"),), pulls=True, address=b""),
    )
    assert await lease(store, at(99), 10, 30) == []
    assert await next_due(store, NOW) is None
    kept = await store.outbox.since("p1", 0)
    assert [(letter.id, letter.messages) for letter in kept] == [(f"web:{n}", (said[n],)) for n in range(3)]
    assert await store.outbox.since("p1", kept[1].seq) == kept[2:]
    assert await store.outbox.latest("p1") == kept[2]
    assert await store.outbox.latest("stranger") is None
    await store.outbox.confirm("p1", kept[1].seq)
    assert await store.outbox.since("p1", 0) == kept[2:]
    await store.outbox.confirm("p1", kept[2].seq)
    assert await store.outbox.since("p1", 0) == kept[2:]  # the newest stays for a page that remembers nothing
    assert len(await store.outbox.since("p2", 0)) == 1


async def test_what_was_sent_is_not_kept(store: Store, database_url: str) -> None:
    await letters(store, "p1")
    await lease(store, NOW, 1, 30)
    await settle(store, [settled("e0", via="reply")], NOW)
    assert await column(database_url, "outbox", "messages") == [None]
    assert await column(database_url, "outbox", "reply") == [None]
    assert await column(database_url, "outbox", "via") == ["reply"]


async def test_an_attempt_that_nobody_settled_leaves_a_doubt(store: Store) -> None:
    await letters(store, "p1", "p2")
    [_, pushed] = await lease(store, NOW, 2, 30)
    await settle(store, [settled(pushed.id, LetterState.WAITING, retry_at=NOW, via=Via.PUSH)], NOW)
    [again] = await lease(store, NOW, 2, 30)
    assert again.via == Via.PUSH
    lost = await lease(store, at(31), 2, 30)
    # What has a retry key can be asked for again whatever became of it.
    assert [letter.via for letter in lost] == [Via.DOUBT, Via.PUSH]


async def test_what_is_too_old_for_a_reply_is_leased_to_be_pushed(store: Store) -> None:
    await letters(store, "p1", "p2")
    [letter, _] = await lease(store, NOW, 2, 30)
    terms = Terms("line", 2, 30, push_before=at(10))
    await settle(store, [settled(letter.id, LetterState.WAITING, retry_at=NOW, via=Via.REPLY)], NOW)
    [surely_unseen], _ = await store.outbox.turn_over([], at(1), terms)
    assert (surely_unseen.id, surely_unseen.via) == (letter.id, Via.PUSH)
    lost, _ = await store.outbox.turn_over([], at(31), terms)
    assert sorted(letter.via for letter in lost) == [Via.DOUBT, Via.PUSH], (
        "the other may have been replied to"
    )
