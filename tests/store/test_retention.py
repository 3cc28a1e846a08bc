"""What is old goes, what is a moment younger stays, and what somebody still holds stays however old it is."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from bot.dialogue import Erase, Fetch, ForAnswer, HeldText, Scope, SuggestionDraft
from bot.store import Kept, LetterState, Quarantined, Settlement, Store, retention
from tests.store.look import column, everything
from tests.store.rows import lease, settle
from tests.store.values import (
    NOW,
    at,
    attachment,
    commit,
    file,
    message,
    person,
    suggestion,
    take_in,
)

SECRET = "ความลับของฉัน"
HELD = HeldText(SECRET, ForAnswer("q1", "v1"), "m1")
DRAFT = SuggestionDraft("c35", SECRET, (attachment("f-draft", "m1"),))


def quarantined(id_: str, second: float) -> Quarantined:
    return Quarantined(id=id_, channel="line", participant=None, at=at(second), error="KeyError", sealed=b"x")


async def old_and_new(store: Store, kept: Kept) -> None:
    """One of a kind from NOW, and one from a second later."""
    for n in range(2):
        who, now = person(f"p{n}"), at(n)
        match kept:
            case Kept.QUARANTINED:
                async with store.transaction() as tx:
                    await tx.quarantine([quarantined(f"line:{n}", n)])
            case Kept.HELD:
                await take_in(store, commit(f"line:{n}", who=replace(who, held=HELD), now=now))
            case Kept.DRAFTS:
                await take_in(store, commit(f"line:{n}", who=replace(who, draft=DRAFT), now=now))
            case Kept.WORDS:
                said = (message(SECRET),)
                await take_in(store, commit(f"web:{n}", who=who, messages=said, pulls=True, now=now))
            case Kept.EVENTS:
                await take_in(store, commit(f"line:{n}", who=who))
            case Kept.FETCHES:
                await take_in(store, commit(f"line:{n}", who=who, fetches=(Fetch("r"),), now=now))
            case Kept.FILES:
                await store.files.put(replace(file(f"f{n}"), created_at=now))


@pytest.mark.parametrize("kept", [kept for kept in Kept if kept is not Kept.EVENTS])
async def test_what_is_old_goes_and_what_is_younger_stays(store: Store, kept: Kept) -> None:
    await old_and_new(store, kept)
    assert await store.retention.count(kept, NOW) == 0
    for _ in range(2):
        before = at(1)
        expected = await store.retention.count(kept, before)
        assert await store.retention.purge(kept, before) == expected
    assert await store.retention.count(kept, before) == 0
    assert await store.retention.count(kept, at(2)) == 1


async def test_an_event_is_known_as_long_as_its_id_is_kept(store: Store, database_url: str) -> None:
    """Its age is by our clock: a platform may deliver very late."""
    await old_and_new(store, Kept.EVENTS)
    assert await store.retention.purge(Kept.EVENTS, NOW) == 0
    assert await store.retention.purge(Kept.EVENTS, at(1)) == 2
    assert await column(database_url, "events", "id") == []


async def test_many_go_a_batch_a_transaction(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 3)
    await take_in(store, *(commit(f"line:{n}", who=person(f"p{n}", held=HELD)) for n in range(10)))
    for kept in (Kept.EVENTS, Kept.HELD):
        assert await store.retention.purge(kept, at(1)) == 10


async def test_of_somebody_only_the_text_goes_and_every_letter_that_may_quote_it(
    store: Store, database_url: str
) -> None:
    who = person(held=HELD, draft=replace(DRAFT, text="ร่าง"), notice="n1", acted_at=NOW)
    await take_in(store, commit("web:1", who=who, messages=(message(SECRET),), pulls=True))
    assert SECRET in await everything(database_url)
    assert await store.retention.purge(Kept.HELD, at(1)) == 1
    assert SECRET not in await everything(database_url)
    assert await store.people.load("p1") == replace(who, held=None)
    assert await store.retention.count(Kept.DRAFTS, at(1)) == 1, "its age did not begin anew"


async def test_what_only_looks_like_a_held_text_is_none(store: Store) -> None:
    """The state is searched as text: a person's own words must not be taken for a field of it."""
    told = '{"held":{"text":"x"}} "draft":{'
    await take_in(store, commit("line:1", who=person(notice=told, source=told)))
    for kept in (Kept.HELD, Kept.DRAFTS):
        assert await store.retention.count(kept, at(1)) == 0
        assert await store.retention.purge(kept, at(1)) == 0


async def test_a_text_no_database_can_hold_is_found_too(store: Store) -> None:
    await take_in(store, commit("line:1", who=person(held=replace(HELD, text="x\ud800"))))
    assert await store.retention.purge(Kept.HELD, at(1)) == 1


async def test_a_letter_that_is_still_to_be_sent_keeps_its_words(store: Store, database_url: str) -> None:
    await take_in(store, commit("line:1", messages=(message(),)))
    assert await store.retention.purge(Kept.WORDS, at(9)) == 0
    [letter] = await lease(store, NOW, 1, 30)
    await settle(store, [Settlement(id=letter.id, attempt=1, state=LetterState.PARKED, sent=0)], NOW)
    assert await store.outbox.parked() == 1
    assert await store.retention.purge(Kept.WORDS, at(9)) == 1
    assert await column(database_url, "outbox", "messages") == [None]
    assert await store.outbox.parked() == 1, "that it was not sent is still told"


async def test_an_erased_person_goes_with_the_last_letter_nobody_read(
    store: Store, database_url: str
) -> None:
    await take_in(
        store,
        commit("web:1", pulls=True),
        commit("web:2", messages=(message(),), pulls=True, erase=Erase(Scope.EVERYTHING)),
    )
    assert await column(database_url, "participants", "forget") == [True]
    assert await store.retention.purge(Kept.WORDS, at(1)) == 1
    for table, key in (("participants", "id"), ("data_keys", "participant")):
        assert await column(database_url, table, key) == []


async def test_a_file_that_is_held_stays(store: Store) -> None:
    sent = suggestion("line:1/r0", attachments=(attachment("f-sent", "m1"),))
    old = suggestion("line:1/r1", attachments=(attachment("f-old", "m1"),), replaced_at=at(1))
    who = person(draft=DRAFT)
    for name in ("f-sent", "f-old", "f-draft", "f-nobody's", "f-sen", "f_sent"):
        await store.files.put(file(name))
    await store.files.put(file("f-another's", owner="p2"))
    await take_in(store, commit("line:1", sent, old, who=who), commit("line:2", who=person("p2")))
    assert await store.retention.purge(Kept.FILES, at(1)) == 4
    assert all([await store.files.get(name) for name in ("f-sent", "f-old", "f-draft")])
    assert await store.retention.purge(Kept.DRAFTS, at(1)) == 1
    assert await store.retention.purge(Kept.FILES, at(1)) == 1, "it goes with the draft"


async def test_who_acts_between_the_search_and_the_purge_loses_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await take_in(store, commit("line:1", who=person(held=HELD)))
    searched = await store.retention._old(Kept.HELD, at(1))
    assert searched == ["p1"]
    await take_in(store, commit("line:2", who=person(held=HELD), now=NOW + timedelta(seconds=2)))

    async def found(kept: Kept, before: object) -> list[str]:
        return ["p1"]

    monkeypatch.setattr(store.retention, "_old", found)
    assert await store.retention.purge(Kept.HELD, at(1)) == 0
    left = await store.people.load("p1")
    assert left
    assert left.held == HELD
