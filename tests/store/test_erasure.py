"""Every scope of erasure takes what it names, in the batch that asks, and nothing of anyone else."""

from typing import Any

import pytest

from bot.dialogue import Erase, Fetch, Purpose, RequestKind, Scope, SuggestionDraft, SuggestionStatus
from bot.store import LetterState, NewEvent, Quarantined, Settlement, Store, WrappedKey
from tests.store.look import column, everything
from tests.store.rows import lease, lease_fetches, settle
from tests.store.values import (
    NOW,
    address,
    answer,
    at,
    attachment,
    commit,
    consent,
    file,
    mark,
    message,
    person,
    request,
    suggestion,
    take_in,
)

SECRET = "ความลับของฉัน"
MINE, YOURS = "my-own-pseudonym", "another-pseudonym"


async def lived(store: Store, who: str, prefix: str) -> None:
    """Everything a person can leave behind; every text contains SECRET and every tap "o1"."""
    me = person(who, draft=SuggestionDraft(clause="c1", text=SECRET, source="m8"))
    await store.files.put(file(f"{prefix}-f1", "m1", who))
    await store.files.put(file(f"{prefix}-f2", "m2", who))
    await take_in(
        store,
        commit(
            f"{prefix}1",
            consent(f"{prefix}1/r0"),
            answer(f"{prefix}1/r1", text=SECRET + "เก่า", source="m1", replaced_at=at(1)),
            answer(f"{prefix}1/r2", text=SECRET, source="m2"),
            suggestion(
                f"{prefix}1/r3",
                text=SECRET,
                organisation=SECRET,
                source="m1",
                attachments=(attachment(f"{prefix}-f1", "m1"),),
            ),
            suggestion(
                f"{prefix}1/r4",
                text=SECRET + "สอง",
                receipt="S-2",
                source="m3",
                attachments=(attachment(f"{prefix}-f1", "m1"), attachment(f"{prefix}-f2", "m2")),
            ),
            request(f"{prefix}1/r5", RequestKind.COPY),
            who=me,
            messages=(message(SECRET),),
            fetches=(Fetch("ref", SECRET, "m1"), Fetch("ref", SECRET, "m2")),
        ),
    )
    [letter] = [x for x in await lease(store, NOW, 10, 0) if x.id == f"{prefix}1"]
    parked = Settlement(id=letter.id, attempt=letter.attempt, state=LetterState.PARKED, sent=0)
    await settle(store, [parked], NOW)  # a parked letter keeps its words for the operator
    await take_in(store, commit(f"{prefix}2", who=me, messages=(message(f"บันทึกแล้ว “{SECRET}” ยังไม่ส่ง"),)))
    broken = Quarantined(
        id=f"{prefix}3", channel="line", participant=who, at=NOW, error="KeyError", sealed=SECRET.encode()
    )
    async with store.transaction() as tx:
        await tx.quarantine([broken])


async def test_everything_leaves_no_trace_of_the_person(store: Store, database_url: str) -> None:
    await lived(store, MINE, "e")
    receipt = commit(
        "e9",
        request("e9/r0"),
        who=person(MINE),
        messages=(message("ลบแล้ว"),),
        erase=Erase(Scope.EVERYTHING),
    )
    await take_in(store, receipt)
    assert await store.people.load(MINE) == person(MINE)
    left = await everything(database_url)
    assert SECRET not in left
    assert repr(SECRET.encode())[2:-1] not in left
    assert await column(database_url, "requests", "participant") == [None, None]
    assert await column(database_url, "events", "participant") == [None] * 3

    [letter] = await lease(store, NOW, 10, 30)  # the receipt still goes out
    assert (letter.messages, letter.address) == ((message("ลบแล้ว"),), address(MINE))
    await settle(store, [Settlement(id="e9", attempt=letter.attempt, state=LetterState.SENT, sent=1)], NOW)
    assert await store.people.load(MINE) is None
    left = [row.split(":")[0] for row in (await everything(database_url)).splitlines()]
    assert MINE not in await everything(database_url)
    assert set(left) == {"events", "outbox", "requests", "erasures", "withdrawals"}
    assert await column(database_url, "erasures", "mark") == [mark(MINE)]


async def test_an_erasure_that_says_nothing_keeps_no_address(store: Store, database_url: str) -> None:
    await take_in(store, commit("e1"))
    await take_in(store, commit("e2", erase=Erase(Scope.EVERYTHING)))
    for table, column_ in (("addresses", "sealed"), ("data_keys", "wrapped"), ("participants", "id")):
        assert await column(database_url, table, column_) == []


async def test_who_comes_back_after_everything_can_be_reached_again(store: Store, database_url: str) -> None:
    await take_in(
        store, commit("e1", erase=Erase(Scope.EVERYTHING), messages=(message("ลบแล้ว"),)), commit("e2")
    )
    [letter] = await lease(store, NOW, 1, 30)
    await settle(store, [Settlement(id=letter.id, attempt=1, state=LetterState.SENT, sent=1)], NOW)
    assert await column(database_url, "addresses", "sealed") == [b"sealed"]
    assert await column(database_url, "data_keys", "wrapped") == [b"wrapped"]
    assert await store.people.load("p1") == person()


async def test_everything_in_the_middle_of_a_batch_takes_what_came_before_it(store: Store) -> None:
    after = answer("e3/r0", question="q3")
    await take_in(
        store,
        commit("e1", consent("e1/r0"), answer("e1/r1"), messages=(message("ก่อน"),)),
        commit("e2", request("e2/r0"), messages=(message("ลบแล้ว"),), erase=Erase(Scope.EVERYTHING)),
        commit("e3", after, messages=(message("หลัง"),)),
    )
    loaded = await store.people.load("p1")
    assert loaded
    assert (loaded.consents, loaded.answers) == ((), (after,))
    assert [x.messages[0].text for x in await lease(store, NOW, 10, 30)] == ["ลบแล้ว"]


async def test_typed_takes_every_text_and_leaves_the_choices(store: Store, database_url: str) -> None:
    await lived(store, MINE, "e")
    await take_in(store, commit("e9", who=person(MINE), erase=Erase(Scope.TYPED)))
    answers = [a async for _, a in store.answers.export(history=True)]
    assert [(a.text, a.source, a.chosen) for a in answers] == [(None, "", ("o1",))] * 2
    suggestions = [s async for _, s in store.suggestions.export(history=True)]
    assert [(s.text, s.organisation, s.attachments, s.source) for s in suggestions] == [
        ("", None, (), "")
    ] * 2
    assert {s.status for s in suggestions} == {SuggestionStatus.WITHDRAWN}
    assert [s.receipt for s in suggestions] == ["S-2345678", "S-2"]
    counts = await store.counts()
    assert (counts.files, counts.fetches, counts.quarantined) == (0, 0, 0)
    loaded = await store.people.load(MINE)
    assert loaded
    assert [c.purpose for c in loaded.consents] == [Purpose.TYPED_TEXT]
    [letter] = await lease(store, NOW, 10, 30)
    assert letter.messages == (message("บันทึกแล้ว “…” ยังไม่ส่ง"),)  # still to go, and it goes
    assert SECRET not in await everything(database_url)


async def test_message_takes_what_came_from_it_and_no_more(store: Store) -> None:
    await lived(store, MINE, "e")
    await take_in(store, commit("e9", who=person(MINE), erase=Erase(Scope.MESSAGE, "m1")))
    old, current = [a async for _, a in store.answers.export(history=True)]
    assert (old.text, current.text) == (None, SECRET)
    taken, kept = [s async for _, s in store.suggestions.export()]
    assert (taken.text, taken.attachments, taken.status) == ("", (), SuggestionStatus.WITHDRAWN)
    assert (kept.text, kept.status) == (SECRET + "สอง", SuggestionStatus.RECEIVED)
    assert kept.attachments == (attachment("e-f2", "m2"),)
    assert await store.files.get("e-f1") is None
    assert await store.files.get("e-f2") == file("e-f2", "m2", MINE)
    assert [f.message for f in await lease_fetches(store, NOW, 10, 30)] == ["m2"]
    assert (await store.counts()).quarantined == 0


async def test_receipt_takes_every_version_of_one_suggestion(store: Store, database_url: str) -> None:
    await take_in(
        store,
        commit(
            "e1",
            suggestion("e1/r0", text=SECRET, organisation=SECRET, replaced_at=at(1)),
            suggestion("e1/r1", text=SECRET),
            suggestion("e1/r2", text="อีกเรื่อง", receipt="S-2"),
        ),
    )
    await take_in(store, commit("e2", erase=Erase(Scope.RECEIPT, "S-2345678")))
    texts = [(s.text, s.status) async for _, s in store.suggestions.export(history=True)]
    gone = ("", SuggestionStatus.WITHDRAWN)
    assert texts == [gone, gone, ("อีกเรื่อง", SuggestionStatus.RECEIVED)]
    assert SECRET not in await everything(database_url)


async def test_a_message_without_an_id_takes_nothing(store: Store) -> None:
    await take_in(store, commit("e1", answer("e1/r0", text=SECRET)))  # source: ""
    await take_in(store, commit("e2", erase=Erase(Scope.MESSAGE, "")))
    [(_, kept)] = [row async for row in store.answers.export()]
    assert kept.text == SECRET


@pytest.mark.parametrize(
    "erase", [Erase(Scope.EVERYTHING), Erase(Scope.TYPED), Erase(Scope.MESSAGE, "m1")], ids=lambda e: e.scope
)
async def test_nobody_elses_is_touched(store: Store, database_url: str, erase: Erase) -> None:
    await lived(store, YOURS, "y")
    before = set((await everything(database_url)).splitlines())
    async with store.transaction() as tx:  # the same ids of messages, another person
        await tx.claim([NewEvent("e9", MINE, NOW)], NOW)
        await tx.apply([commit("e9", who=person(MINE), erase=erase)])
    assert before <= set((await everything(database_url)).splitlines())


async def test_the_key_of_before_goes_with_everything(store: Store, database_url: str) -> None:
    await take_in(store, commit("e1"))
    anew = WrappedKey("p1", b"another", "00000000")
    erasing = commit("e2", messages=(message("ลบแล้ว"),), erase=Erase(Scope.EVERYTHING), key=anew)
    await take_in(store, erasing, commit("e3", key=anew))
    assert await column(database_url, "data_keys", "wrapped") == [b"another"]


async def test_a_page_that_has_read_the_last_letter_is_forgotten(store: Store, database_url: str) -> None:
    page: dict[str, Any] = {"who": person("w1"), "pulls": True, "address": b""}
    await take_in(store, commit("web:1", answer("web:1/r0"), messages=(message("ก่อน"),), **page))
    await take_in(store, commit("web:2", messages=(message("ลบแล้ว"),), erase=Erase(Scope.EVERYTHING), **page))
    [farewell] = await store.outbox.since("w1", 0)
    await store.outbox.confirm("w1", farewell.seq - 1)  # not read yet
    assert await store.people.load("w1") == person("w1")
    assert await store.outbox.since("w1", 0) == [farewell]
    await store.outbox.confirm("w1", farewell.seq)
    assert await store.people.load("w1") is None
    assert "w1" not in await everything(database_url)
    assert "ลบแล้ว" not in await everything(database_url)


async def test_a_page_that_comes_back_before_reading_stays(store: Store) -> None:
    page: dict[str, Any] = {"who": person("w1"), "pulls": True, "address": b""}
    await take_in(store, commit("web:1", messages=(message("ลบแล้ว"),), erase=Erase(Scope.EVERYTHING), **page))
    await take_in(store, commit("web:2", answer("web:2/r0"), messages=(message("หลัง"),), **page))
    newest = (await store.outbox.since("w1", 0))[-1]
    await store.outbox.confirm("w1", newest.seq)
    assert await store.people.load("w1") is not None
    assert await store.outbox.latest("w1") == newest


async def test_the_ledger_keeps_the_newest_erasure(store: Store) -> None:
    for n in (1, 2):
        gone = commit(f"e{n}", who=person("p1", acted_at=at(n)), erase=Erase(Scope.EVERYTHING))
        await take_in(store, gone)
    assert await store.erasures.ledger() == {mark("p1"): at(2)}
    async with store.transaction() as tx:
        assert await tx.erased([mark("p1"), mark("p2")]) == {mark("p1"): at(2)}


async def test_the_ledger_erases_again(store: Store, database_url: str) -> None:
    """An older copy gets the ledger of a newer database: who is in it goes, and nobody else."""
    await lived(store, MINE, "m")
    await lived(store, YOURS, "y")
    yours = {row for row in (await everything(database_url)).splitlines() if YOURS in row}
    await store.files.put(file("f9", owner="only-a-file"))
    newer = {mark(MINE): NOW, mark("only-a-file"): NOW, mark("somebody-unknown-here"): NOW}
    assert await store.erasures.reapply(newer, mark) == 2
    assert await store.erasures.ledger() == newer
    left = await everything(database_url)
    assert MINE not in left
    assert "only-a-file" not in left
    assert yours <= set(left.splitlines())
    assert await store.people.load(MINE) is None


async def test_who_had_come_back_is_not_erased_anew(store: Store) -> None:
    """The copy was made after the erasure: its own ledger says so. A later erasure is another matter."""
    await take_in(store, commit("e1", who=person(acted_at=at(1)), erase=Erase(Scope.EVERYTHING)))
    await take_in(store, commit("e2", answer("e2/r0")))
    assert await store.erasures.reapply({mark("p1"): at(1)}, mark) == 0
    assert (await store.counts()).answers == 1
    assert await store.erasures.reapply({mark("p1"): at(2)}, mark) == 1
    assert (await store.counts()).answers == 0
    assert await store.erasures.ledger() == {mark("p1"): at(2)}


async def test_words_kept_for_a_page_go_too(store: Store, database_url: str) -> None:
    kept = answer("web:1/r0", text=SECRET, source="m1")
    await take_in(store, commit("web:1", kept, messages=(message(SECRET),), pulls=True))
    await take_in(
        store,
        commit("web:2", messages=(message("ลบแล้ว"),), pulls=True, erase=Erase(Scope.TYPED)),
    )
    assert [k.messages for k in await store.outbox.since("p1", 0)] == [(message("…"),), (message("ลบแล้ว"),)]
    assert SECRET not in await everything(database_url)
