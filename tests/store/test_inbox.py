"""The inbox finds what is wanted and nothing that was taken back; tags and flags never touch a record."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from bot.dialogue import Erase, Scope, SuggestionStatus
from bot.store import Store, inbox
from bot.store.inbox import Tag, Wanted
from bot.store.moderation import Moderation
from bot.store.replying import Reply
from bot.store.schema import suggestions
from bot.store.states import Flag
from tests.store.look import column
from tests.store.values import answer, at, commit, person, suggestion, take_in

AT = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
TAG = Tag(tag="ขั้นตอน", author="มาลี", at=AT)


async def sent(store: Store, receipt: str, n: int = 0, who: str = "", **fields: Any) -> None:
    """A suggestion of somebody of their own, `n` seconds later."""
    who = who or f"p-{receipt}"
    record = suggestion(f"e-{receipt}-{n}/r0", receipt=receipt, at=at(n), **fields)
    await take_in(store, commit(f"e-{receipt}-{n}", record, who=person(who)))


async def found(store: Store, **wanted: Any) -> list[str]:
    sheet = await store.inbox.page(Wanted(**wanted), "", 25)
    receipts = [one.receipt for one in sheet.suggestions]
    assert sheet.total == len(receipts)
    return receipts


def flagged(flag: Flag = Flag.HIDDEN, id_: str = "f1", subject: str = "B-1") -> Moderation:
    return Moderation(id=id_, subject=subject, flag=flag, reason="มีชื่อคน", author="มาลี", at=AT)


async def test_each_filter_finds_its_own(store: Store) -> None:
    await sent(store, "B-1", 1, clause="", group=None, channel="web", tell=True)
    await sent(store, "B-2", 2, status=SuggestionStatus.ANSWERED, group="business")
    await sent(store, "B-3", 3, clause="c11", group="citizen", channel="telegram")
    assert await store.inbox.tag("B-3", TAG)
    assert await found(store) == ["B-3", "B-2", "B-1"]
    for wanted, receipts in (
        ({"status": SuggestionStatus.ANSWERED}, ["B-2"]),
        ({"clause": ""}, ["B-1"]),
        ({"clause": "c11"}, ["B-3"]),
        ({"group": ""}, ["B-1"]),
        ({"group": "business"}, ["B-2"]),
        ({"channel": "web"}, ["B-1"]),
        ({"tag": "ขั้นตอน"}, ["B-3"]),
        ({"tell": True}, ["B-1"]),
        ({"words": "b-2"}, ["B-2"]),
        ({"clause": "c11", "channel": "web"}, []),
    ):
        assert await found(store, **wanted) == receipts, wanted


@pytest.mark.parametrize(
    ("text", "words", "other"),
    [
        ("ลด 100% ภายในปี", "100%", "ลด 1000 บาท"),
        ("ไฟล์ a_b.pdf", "a_b", "ไฟล์ axb.pdf"),
        ("ทาง C:\\ข้อมูล", "c:\\ข", "ทาง C:ข้อมูล"),
        ("ใช้ SMS แจ้ง", "sms", "ใช้อีเมล"),
        ("อยากให้ลดขั้นตอน", "ให้ลด", "อยากลด"),
        ("it's ' OR 1=1 --", "' OR 1=1 --", "ทุกอย่าง"),
    ],
)
async def test_words_are_looked_for_letter_by_letter(
    store: Store, monkeypatch: pytest.MonkeyPatch, text: str, words: str, other: str
) -> None:
    await sent(store, "B-1", text=text)
    await sent(store, "B-2", text=other)
    assert await found(store, words=words) == ["B-1"]


async def test_without_the_escape_a_sign_would_be_any_text(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sent(store, "B-2", text="ลด 1000 บาท")
    assert await found(store, words="100%") == []
    monkeypatch.setattr(inbox, "_SIGNS", ())
    assert await found(store, words="100%") == ["B-2"]


async def test_pages_follow_each_other_although_moments_are_shared(store: Store) -> None:
    """After the link is destroyed a crowd shares a day."""
    for n in range(7):
        await sent(store, f"B-{n}", 0)
    seen: list[str] = []
    after = ""
    for _ in range(4):
        sheet = await store.inbox.page(Wanted(), after, 2)
        seen += [one.receipt for one in sheet.suggestions]
        after = seen[-1]
        assert sheet.total == 7
        assert sheet.more == (len(seen) < 7)
    assert sorted(seen) == [f"B-{n}" for n in range(7)]
    again = await store.inbox.page(Wanted(), "B-nothing", 2)
    assert [one.receipt for one in again.suggestions] == seen[:2]


async def test_what_was_taken_back_is_gone_and_what_is_restricted_is_only_counted(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sent(store, "B-1", 1)
    await sent(store, "B-2", 2)
    await sent(store, "B-3", 3)
    await take_in(store, commit("x1", who=person("p-B-1"), erase=Erase(Scope.EVERYTHING)))
    await take_in(store, commit("x2", who=person("p-B-2"), erase=Erase(Scope.RECEIPT, "B-2")))
    await take_in(store, commit("x3", who=person("p-B-3", restricted=True)))
    sheet = await store.inbox.page(Wanted(), "", 25)
    assert (sheet.suggestions, sheet.total, sheet.restricted) == ([], 0, 1)
    assert await store.moderations.add(flagged(subject="B-2")) is None
    reply = Reply(id="r1", receipt="B-3", text="อ่านแล้ว", author="มาลี", at=AT)
    for receipt in ("B-1", "B-2", "B-3"):
        assert await store.inbox.versions(receipt) == []
        assert await store.inbox.tag(receipt, TAG) is False
        assert await store.replies.mark(receipt, SuggestionStatus.CONSIDERING) is False
    assert await store.replies.add(reply, (), pulling=[]) is None
    unguarded = select(*inbox._SUGGESTION, suggestions.c.participant).where(suggestions.c.receipt == "B-3")
    monkeypatch.setattr(inbox, "_CURRENT", unguarded)
    assert [one.receipt for one in await store.inbox.versions("B-3")] == ["B-3"]


async def test_a_rewritten_one_is_once_in_the_list_with_its_history(store: Store) -> None:
    await sent(store, "B-1", 1, "p1", text="เดิม", replaced_at=at(2))
    await sent(store, "B-1", 2, "p1", text="ใหม่")
    await sent(store, "B-2", 3, "p2", text="ของคนอื่น")
    assert await found(store) == ["B-2", "B-1"]
    assert [one.text for one in await store.inbox.versions("B-1")] == ["ใหม่", "เดิม"]
    assert await found(store, words="เดิม") == []


async def test_a_tag_is_given_once_and_taken_again(store: Store) -> None:
    await sent(store, "B-1")
    other = Tag(tag="กฎหมาย", author="มานะ", at=AT)
    for tag in (TAG, other, Tag(tag="ขั้นตอน", author="มานะ", at=AT)):
        assert await store.inbox.tag("B-1", tag)
    assert await store.inbox.tags("B-1") == sorted([TAG, other], key=lambda tag: tag.tag)
    assert (await store.inbox.page(Wanted(), "", 25)).tags == {"B-1": ["กฎหมาย", "ขั้นตอน"]}
    assert set(await store.inbox.known_tags(9)) == {"กฎหมาย", "ขั้นตอน"}
    assert await store.inbox.untag("B-1", "กฎหมาย") is True
    assert await store.inbox.untag("B-1", "กฎหมาย") is False
    assert await store.inbox.tags("B-1") == [TAG]


async def test_the_newest_flag_holds_and_nothing_is_lost_by_it(store: Store, database_url: str) -> None:
    await sent(store, "B-1", text="มีชื่อคนอยู่")
    before = await store.inbox.versions("B-1"), await store.counts()
    for n, flag in enumerate((Flag.HIDDEN, Flag.CLEARED, Flag.HIDDEN)):
        kept = await store.moderations.add(flagged(flag, f"f{9 - n}"))
        assert kept and kept.flag is flag
        assert (await store.moderations.hidden(["B-1", "B-2"]) == {"B-1"}) == (flag is Flag.HIDDEN)
        assert (await store.inbox.versions("B-1"), await store.counts()) == before
    assert [line.id for line in await store.moderations.of("B-1")] == ["f9", "f8", "f7"]
    assert await store.moderations.hidden([]) == set()
    assert await store.moderations.add(flagged(subject="B-2")) is None
    assert len(await column(database_url, "moderations", "id")) == 3


@pytest.mark.parametrize(
    "erase",
    [
        Erase(Scope.EVERYTHING),
        Erase(Scope.TYPED),
        Erase(Scope.RECEIPT, "B-1"),
        Erase(Scope.MESSAGE, "m1"),
    ],
)
async def test_what_the_staff_wrote_of_it_goes_with_it(store: Store, database_url: str, erase: Erase) -> None:
    """A reply may quote the suggestion, and the receipt of one that is gone is drawn anew by nobody."""
    await sent(store, "B-1", who="p1")
    await sent(store, "B-2", who="p2", source="m1")
    for receipt in ("B-1", "B-2"):
        reply = Reply(id=f"r-{receipt}", receipt=receipt, text="อ่านแล้ว", author="มาลี", at=AT)
        assert await store.replies.add(reply, (), pulling=[])
        assert await store.inbox.tag(receipt, TAG)
        assert await store.moderations.add(flagged(id_=f"f-{receipt}", subject=receipt))
    await take_in(store, commit("x1", who=person("p1"), erase=erase))
    for table, name in (("replies", "receipt"), ("tags", "receipt"), ("moderations", "subject")):
        assert await column(database_url, table, name) == ["B-2"]


async def test_the_flag_of_an_answer_goes_with_the_person(store: Store, database_url: str) -> None:
    await take_in(store, commit("e1", answer("a1"), who=person("p1")))
    assert await store.moderations.add(flagged(subject="a1"))
    await take_in(store, commit("x1", who=person("p1"), erase=Erase(Scope.EVERYTHING)))
    assert await column(database_url, "moderations", "id") == []
