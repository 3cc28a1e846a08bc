"""An official reply passes the gate, and a citizen on each channel gets what they asked for and no more."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.dialogue import Action, Verb
from bot.library import Library, admit
from bot.library.rulebook import load_rulebook
from bot.runtime.clock import SystemClock
from bot.runtime.trail import Trail
from bot.secretariat.replying import LIMIT, Gone, Refused, Replying
from bot.store import Store
from bot.store.replying import Reply
from tests.store.look import column
from tests.store.values import commit, person, suggestion, take_in

CONTENT = Path(__file__).parents[2] / "content"
AT = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def library() -> Library:
    return admit()


@pytest.fixture
def replying(store: Store, library: Library) -> Replying:
    rules, _ = load_rulebook(CONTENT / "wording")
    clock = SystemClock()
    return Replying(store, library, rules, Trail(store.audit, b"k" * 32, clock), clock, ["web"], lambda: None)


async def test_a_fair_reply_is_sent_and_noted(store: Store, replying: Replying, database_url: str) -> None:
    await take_in(store, commit("e1", suggestion("e1/r0", receipt="B-2345678", tell=True)))
    sent = await replying.send("B-2345678", "เราส่งข้อเสนอนี้ให้คณะอนุกรรมการอ่านแล้ว\nยังไม่มีข้อสรุป", "มาลี")
    assert isinstance(sent, Reply) and sent.told
    [messages] = await column(database_url, "outbox", "messages")
    assert "B-2345678" in messages[0].text and "ยังไม่มีข้อสรุป" in messages[0].text
    assert Action(Verb.TELL, ("B-2345678", "off")).token() in {b.token for b in messages[0].options}
    deed = await store.audit.head()
    assert deed and (deed.actor, deed.act, deed.subject) == ("มาลี", "reply", sent.id)


@pytest.mark.parametrize(
    ("text", "families"),
    [
        ("ข้อเสนอของคุณจะถูกนำไปใช้แน่นอน", {"PROMISE"}),
        ("ถ้าคุณไม่ตอบกลับ อาจถูกตัดสิทธิ์", {"THREAT"}),
        ("ขอบคุณค่ะ คนไทยที่รักชาติต้องไม่เพิกเฉยแบบคุณ", {"GUILT"}),
    ],
)
async def test_pressure_is_refused_and_nothing_is_sent(
    store: Store, replying: Replying, database_url: str, text: str, families: set[str]
) -> None:
    await take_in(store, commit("e1", suggestion("e1/r0", receipt="B-2345678", tell=True)))
    refused = await replying.send("B-2345678", text, "มาลี")
    assert isinstance(refused, Refused)
    assert families <= {finding.family for finding in refused.findings}
    assert await column(database_url, "outbox", "id") == []
    assert await column(database_url, "replies", "id") == []


async def test_too_much_too_little_and_nobody_there(replying: Replying) -> None:
    assert await replying.send("B-2345678", " ", "มาลี") == Refused(length=0)
    assert await replying.send("B-2345678", "ก" * (LIMIT + 1), "มาลี") == Refused(length=LIMIT + 1)
    assert await replying.send("B-9999999", "อ่านแล้ว", "มาลี") == Gone()


async def test_who_did_not_ask_is_not_written_to(store: Store, replying: Replying, database_url: str) -> None:
    await take_in(store, commit("e1", suggestion("e1/r0", receipt="B-2345678"), who=person("p1")))
    sent = await replying.send("B-2345678", "อ่านแล้ว ยังไม่มีข้อสรุป", "มาลี")
    assert isinstance(sent, Reply) and not sent.told
    assert await column(database_url, "outbox", "id") == []
