"""A reply reaches exactly the person who asked to be told, and whoever asks reads it."""

from datetime import UTC, datetime
from typing import Any

from bot.dialogue import Erase, Scope, SuggestionStatus
from bot.store import LetterState, Store
from bot.store.replying import Reply
from tests.store.look import column
from tests.store.values import commit, message, person, suggestion, take_in

AT = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
LETTER = (message("มีคำตอบแล้ว"),)


def reply(receipt: str = "S-1", id_: str = "r1") -> Reply:
    return Reply(id=id_, receipt=receipt, text="เราส่งเรื่องต่อแล้ว", author="มาลี", at=AT)


async def sent(store: Store, receipt: str, who: str, **fields: Any) -> None:
    record = suggestion(f"e-{who}/r0", receipt=receipt, **fields)
    await take_in(store, commit(f"e-{who}", record, who=person(who)))


async def test_whoever_asked_is_written_to_and_nobody_else(store: Store, database_url: str) -> None:
    await sent(store, "S-1", "p1", tell=True)
    await sent(store, "S-2", "p2", tell=False)
    told = await store.replies.add(reply("S-1"), LETTER, pulling=["web"])
    silent = await store.replies.add(reply("S-2", "r2"), LETTER, pulling=["web"])
    assert (told and told.told, silent and silent.told) == (True, False)
    assert await column(database_url, "outbox", "participant") == ["p1"]
    assert await column(database_url, "outbox", "state") == [LetterState.WAITING]
    for who in ("p1", "p2"):
        found = await store.people.load(who)
        assert found and found.suggestions[0].reply == "เราส่งเรื่องต่อแล้ว"
        assert found.suggestions[0].status is SuggestionStatus.ANSWERED
    assert [r.author for r in await store.replies.of("S-1")] == ["มาลี"]


async def test_a_letter_on_the_web_waits_to_be_read(store: Store, database_url: str) -> None:
    await sent(store, "S-1", "p1", tell=True)
    await store.replies.add(reply(), LETTER, pulling=["line"])
    assert await column(database_url, "outbox", "state") == [LetterState.KEPT]


async def test_what_was_taken_back_is_not_replied_to(store: Store, database_url: str) -> None:
    await sent(store, "S-1", "p1", tell=True)
    await take_in(store, commit("e2", who=person("p1"), erase=Erase(Scope.EVERYTHING)))
    assert await store.replies.add(reply(), LETTER, pulling=[]) is None
    assert await store.replies.mark("S-1", SuggestionStatus.CONSIDERING) is False
    assert await column(database_url, "replies", "id") == []


async def test_how_far_it_is_is_told(store: Store) -> None:
    await sent(store, "S-1", "p1")
    assert await store.replies.mark("S-1", SuggestionStatus.CONSIDERING)
    found = await store.people.load("p1")
    assert found and found.suggestions[0].status is SuggestionStatus.CONSIDERING
