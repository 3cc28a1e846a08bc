"""The inbox and a suggestion as their readers meet them: found, read, marked, tagged, replied to, hidden."""

import html
import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote, unquote

import pytest

from bot.dialogue import Attachment, Erase, Scope, SuggestionStatus
from bot.secretariat.console.policy import Role
from bot.secretariat.replying import Replying
from bot.store import StoredFile
from bot.store.states import Flag
from tests.secretariat.console.conftest import Browser, Desk, SignIn
from tests.store.look import column
from tests.store.values import commit, person, suggestion, take_in

AT = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)  # already the 24th in Thailand
FAIR = "เราส่งข้อเสนอนี้ให้คณะอนุกรรมการอ่านแล้ว\nยังไม่มีข้อสรุป"
PRESSING = "ข้อเสนอของคุณจะถูกนำไปใช้แน่นอน"
#: What a page must show as text: markup, an attribute's end, a template, a script's end, text turned round.
HOSTILE = (
    "<script>window.xss=1</script>",
    "<img src=x onerror=window.xss=1>",
    "\" autofocus onfocus=window.xss=1 x='",
    "</textarea></title><svg onload=window.xss=1>",
    "{{ 7*7 }}{% raw %}",
    "javascript:window.xss=1",
)


async def sent(desk: Desk, receipt: str, who: str = "p1", **fields: Any) -> None:
    channel = fields.pop("channel", "line")
    restricted = fields.pop("restricted", False)
    somebody = person(who, restricted=restricted)
    record = suggestion(f"e-{receipt}/r0", receipt=receipt, channel=channel, **{"at": AT} | fields)
    await take_in(desk.office.store, commit(f"e-{receipt}", record, who=somebody))


async def deeds(desk: Desk) -> list[tuple[str, str]]:
    return [(deed.act, deed.subject) async for deed in desk.office.store.audit.read()]


async def detail(desk: Desk) -> str:
    """Everything the trail says, to search."""
    return "".join([repr(deed) async for deed in desk.office.store.audit.read()])


def shown(page: str) -> str:
    """What a reader sees of a page."""
    return html.unescape(re.sub(r"<[^>]+>", " ", page.split("<main", 1)[1]))


@pytest.fixture
async def analyst(sign_in: SignIn) -> Browser:
    return await sign_in(Role.ANALYST, name="mali")


# The inbox


async def test_an_empty_inbox_says_so(analyst: Browser) -> None:
    assert "ยังไม่มีข้อเสนอ" in (await analyst.get("/suggestions")).text
    assert "ไม่มีข้อเสนอตามตัวกรองนี้" in (await analyst.get("/suggestions?status=answered")).text


async def test_a_row_says_what_there_is(desk: Desk, analyst: Browser) -> None:
    file = Attachment("f1", "a" * 64, "application/pdf", 4)
    await sent(desk, "B-2345678", clause="3.5", tell=True, attachments=(file,), text="ลดขั้นตอน " * 60)
    await analyst.post("/suggestions/B-2345678/tag", tag=" ขั้น  ตอน ", act="add")
    text = shown((await analyst.get("/suggestions")).text)
    for told in ("B-2345678", "24/11/2569", "3.5", "ประชาชน", "LINE", "ไฟล์แนบ 1 ไฟล์", "รับเรื่อง", "ขั้น ตอน"):
        assert told in text, told
    assert "ขอให้แจ้งเมื่อมีคำตอบ" in text.split("B-2345678")[1]
    assert text.count("ลดขั้นตอน") < 40


async def test_filters_are_kept_on_the_way_through_the_pages(desk: Desk, analyst: Browser) -> None:
    for n in range(60):
        at = AT + timedelta(minutes=n)
        text = "ขอให้ลดเอกสาร" if n % 2 else "อื่น ๆ"
        await sent(desk, f"B-{n:07}", f"p{n}", at=at, text=text, clause="")
    path: str | None = "/suggestions?" + "words=" + quote("ลดเอกสาร") + "&status=received&clause=-"
    seen: list[str] = []
    while path:
        page = (await analyst.get(path)).text
        assert "30 ข้อเสนอ" in page
        assert 'value="ลดเอกสาร"' in page
        seen += re.findall(r">(B-\d{7})</a>", page)
        older = re.search(r'rel="next" href="/secretariat([^"]+)"', page)
        path = html.unescape(older[1]) if older else None
    assert seen == [f"B-{n:07}" for n in range(59, 0, -2)]


@pytest.mark.parametrize(
    "query",
    [
        "status=withdrawn&clause=zz&group=zz&channel=zz&after=zz",
        "after=%00&words=%00&tag=%00",
        "words=%F0%9F&tag=%ED%A0%80&tell=%",
        "words=" + "%25" * 900,
        "status[]=x&lang=zz&after=" + "B" * 900,
    ],
)
async def test_no_address_makes_it_fail(desk: Desk, analyst: Browser, query: str) -> None:
    await sent(desk, "B-2345678")
    assert (await analyst.get(f"/suggestions?{query}")).status_code == 200


async def test_restricted_ones_are_counted_and_not_shown(desk: Desk, analyst: Browser) -> None:
    await sent(desk, "B-2345678", "p1", restricted=True, text="เก็บไว้เท่านั้น")
    page = (await analyst.get("/suggestions")).text
    assert "อีก 1 ข้อเสนอไม่แสดง" in page
    assert "เก็บไว้เท่านั้น" not in page


# One suggestion


@pytest.mark.parametrize("how", ["erased", "taken back", "restricted", "never there", "\0"])
async def test_what_is_gone_is_gone_for_every_act(desk: Desk, analyst: Browser, how: str) -> None:
    await sent(desk, "B-2345678", "p1", tell=True, restricted=how == "restricted")
    erase = {"erased": Erase(Scope.EVERYTHING), "taken back": Erase(Scope.RECEIPT, "B-2345678")}.get(how)
    if erase:
        await take_in(desk.office.store, commit("e2", who=person("p1"), erase=erase))
    there = how in ("erased", "taken back", "restricted")
    path = "/suggestions/" + ("B-2345678" if there else quote(how, safe=""))
    answers = [
        await analyst.get(path),
        await analyst.get(f"{path}/files/{'a' * 64}"),
        await analyst.post(f"{path}/mark", status="considering"),
        await analyst.post(f"{path}/tag", tag="ก", act="add"),
        await analyst.post(f"{path}/flag", flag="hidden", reason="ก"),
        await analyst.post(f"{path}/check", text=FAIR),
        await analyst.post(f"{path}/reply", text=FAIR),
    ]
    assert [answer.status_code for answer in answers] == [404] * 7
    assert all("ไม่มีข้อเสนอนี้ให้แสดง" in answer.text for answer in answers)
    noted = {act for act, _ in await deeds(desk)}
    assert noted == {"account made", "view"}


@pytest.mark.parametrize("text", HOSTILE)
async def test_what_people_typed_is_text(desk: Desk, analyst: Browser, text: str) -> None:
    file = Attachment("f1", "a" * 64, "application/pdf", 4, name=text)
    fields = {"organisation": text, "name_shown": True, "attachments": (file,), "text": text}
    await sent(desk, "B-2345678", **fields)
    path = "/suggestions/B-2345678"
    await analyst.post(f"{path}/tag", tag=text[:40], act="add")
    await analyst.post(f"{path}/flag", flag="hidden", reason=text)
    await analyst.post(f"{path}/flag", flag="cleared", reason=text)
    pages = [
        await analyst.get("/suggestions?words=" + quote(text) + "&tag=" + quote(text)),
        await analyst.get("/suggestions"),
        await analyst.get(path),
        await analyst.post(f"{path}/reply", text=text * 30),
        await analyst.post(f"{path}/check", text=text),
    ]
    for answer in pages:
        assert text not in answer.text or not set("<\"'") & set(text)
    assert shown(pages[2].text).count(text) >= 4
    desk.console._frame._templates.autoescape = False
    desk.console._frame._templates.cache.clear()  # type: ignore[union-attr]
    assert text in (await analyst.get(path)).text


async def test_text_that_turns_round_is_shown_as_it_stands(desk: Desk, analyst: Browser) -> None:
    await sent(desk, "B-2345678", text="จ่าย\u202e001\u202c บาท")
    for path in ("/suggestions", "/suggestions/B-2345678"):
        page = (await analyst.get(path)).text
        assert "จ่าย⟦RLO⟧001⟦PDF⟧ บาท" in page and "\u202e" not in page


async def test_the_organisation_is_named_only_with_its_consent(desk: Desk, analyst: Browser) -> None:
    await sent(desk, "B-2345678", "p1", organisation="สมาคมตัวอย่าง", name_shown=True)
    await sent(desk, "B-3456789", "p2", organisation="สมาคมลับ", name_shown=False)
    assert "สมาคมตัวอย่าง" in (await analyst.get("/suggestions/B-2345678")).text
    assert "สมาคมลับ" not in (await analyst.get("/suggestions/B-3456789")).text


async def test_earlier_versions_are_there_and_earlier_texts_taken_back_are_not(
    desk: Desk, analyst: Browser
) -> None:
    old = suggestion("e1/r0", receipt="B-2345678", text="ฉบับแรก", replaced_at=AT)
    lost = suggestion("e2/r0", receipt="B-2345678", text="ฉบับที่ถอน", source="m2", replaced_at=AT)
    new = suggestion("e3/r0", receipt="B-2345678", text="ฉบับใหม่", source="m3")
    await take_in(desk.office.store, commit("e1", old, lost, new))
    await take_in(desk.office.store, commit("e4", erase=Erase(Scope.MESSAGE, "m2")))
    text = shown((await analyst.get("/suggestions/B-2345678")).text)
    assert text.index("ฉบับใหม่") < text.index("ฉบับก่อนแก้ 1 ฉบับ") < text.index("ฉบับแรก")
    assert "ฉบับที่ถอน" not in text


# Files


async def attached(desk: Desk, content: bytes, name: str, media_type: str = "application/pdf") -> str:
    digest = sha256(content).hexdigest()
    await sent(
        desk,
        "B-2345678",
        attachments=(Attachment("f1", digest, media_type, len(content), name=name),),
    )
    stored = StoredFile(
        id="f1", participant="p1", sha256=digest, media_type=media_type, size=len(content),
        content=content, created_at=AT,
    )  # fmt: skip
    await desk.office.store.files.put(stored)
    return f"/suggestions/B-2345678/files/{digest}"


@pytest.mark.parametrize(
    "name", ["แผน งาน.pdf", 'a"; filename=x.html', "a\r\nX-Evil: 1.pdf", "../../etc/passwd"]
)
async def test_a_file_is_a_download_and_noted(desk: Desk, analyst: Browser, name: str) -> None:
    content = b"%PDF-<script>window.xss=1</script>"
    path = await attached(desk, content, name)
    page = (await analyst.get("/suggestions/B-2345678")).text
    assert path in page and sha256(content).hexdigest() in page and "application/pdf" in page
    got = await analyst.get(path)
    assert (got.status_code, got.content) == (200, content)
    assert got.headers["content-type"] == "application/pdf"
    assert got.headers["x-content-type-options"] == "nosniff"
    kind, _, given = got.headers["content-disposition"].partition("; filename*=UTF-8''")
    assert kind == "attachment" and unquote(given) == name and set(given) & set("\"'/; \r\n") == set()
    assert "x-evil" not in got.headers
    assert (await deeds(desk))[-1] == ("view", "attachment")


async def test_only_files_of_that_suggestion_are_handed_out(desk: Desk, analyst: Browser) -> None:
    path = await attached(desk, b"%PDF-1", "a.pdf")
    await sent(desk, "B-3456789", "p2")
    assert (await analyst.get(path.replace("B-2345678", "B-3456789"))).status_code == 404
    assert (await analyst.get(path[:-1])).status_code == 404


# Status, tags, flags


async def test_how_far_it_is(desk: Desk, analyst: Browser) -> None:
    await sent(desk, "B-2345678")
    path = "/suggestions/B-2345678"
    assert (await analyst.post(f"{path}/mark", status="considering")).status_code == 303
    assert "กำลังพิจารณา" in (await analyst.get(path)).text
    for status in ("answered", "withdrawn", "x", ""):
        assert (await analyst.post(f"{path}/mark", status=status)).status_code == 422
    found = await desk.office.store.people.load("p1")
    assert found and found.suggestions[0].status is SuggestionStatus.CONSIDERING


async def test_tags_say_who_gave_them(desk: Desk, analyst: Browser, sign_in: SignIn) -> None:
    await sent(desk, "B-2345678")
    path = "/suggestions/B-2345678"
    for tag in ("", "   ", "ก" * 41):
        assert "แท็กต้องมี 1 ถึง 40" in (await analyst.post(f"{path}/tag", tag=tag, act="add")).text
    await analyst.post(f"{path}/tag", tag="ขั้นตอน", act="add")
    page = (await analyst.get(path)).text
    assert "mali · 24/11/2569" in shown(page)
    assert (
        '<option value="ขั้นตอน">' in page
        and '<option value="ขั้นตอน">' in (await analyst.get("/suggestions")).text
    )
    reader = await sign_in(Role.DPO)
    assert "เพิ่มแท็ก" not in (await reader.get(path)).text
    await analyst.post(f"{path}/tag", tag="ขั้นตอน", act="remove")
    assert "ยังไม่มีแท็ก" in (await analyst.get(path)).text


async def test_a_flag_hides_the_text_behind_a_link_and_nothing_else(desk: Desk, analyst: Browser) -> None:
    await sent(desk, "B-2345678", text="มีชื่อคนอยู่")
    path, store = "/suggestions/B-2345678", desk.office.store
    before = await store.people.load("p1"), await store.counts()
    assert "เหตุผลต้องมี" in (await analyst.post(f"{path}/flag", flag="hidden", reason=" ")).text
    assert (await analyst.post(f"{path}/flag", flag="x", reason="ก")).status_code == 422
    assert (await analyst.post(f"{path}/flag", flag="hidden", reason="มีชื่อบุคคลอื่น")).status_code == 303
    page = (await analyst.get(path)).text
    assert "มีชื่อคนอยู่" not in page and "มีชื่อบุคคลอื่น" in page
    assert "มีชื่อคนอยู่" not in (await analyst.get("/suggestions")).text
    link = re.search(r'href="/secretariat([^"]+show[^"]*)"', page)
    assert link and "มีชื่อคนอยู่" in (await analyst.get(link[1])).text
    await analyst.post(f"{path}/flag", flag="cleared", reason="ตรวจแล้ว")
    assert "มีชื่อคนอยู่" in (await analyst.get(path)).text
    assert (await store.people.load("p1"), await store.counts()) == before
    assert [line.flag for line in await store.moderations.of("B-2345678")] == [Flag.HIDDEN, Flag.CLEARED]


# Replying


async def test_a_reply_reaches_whoever_asked_on_each_channel_and_nobody_else(
    desk: Desk, analyst: Browser, database_url: str
) -> None:
    for n, (channel, tell) in enumerate(
        [(channel, tell) for channel in ("line", "telegram", "web") for tell in (True, False)]
    ):
        await sent(desk, f"B-{n}345678", f"{channel}-{tell}", channel=channel, tell=tell)
    for n in range(6):
        path = f"/suggestions/B-{n}345678"
        answer = await analyst.post(f"{path}/reply", text=FAIR.replace("\n", "\r\n"))
        assert answer.status_code == 303
        told = shown((await analyst.get(answer.headers["location"].removeprefix("/secretariat"))).text)
        assert ("ส่งข้อความถึงเจ้าของข้อเสนอตามที่ขอไว้" in told) == (n % 2 == 0)
        assert ("ไม่ได้ส่งข้อความ เพราะเจ้าของไม่ได้ขอให้แจ้ง" in told) == (n % 2 == 1)
    to = zip(
        await column(database_url, "outbox", "participant"),
        await column(database_url, "outbox", "channel"),
        await column(database_url, "outbox", "state"),
        strict=True,
    )
    assert list(to) == [
        ("line-True", "line", "waiting"),
        ("telegram-True", "telegram", "waiting"),
        ("web-True", "web", "kept"),
    ]
    for number, messages in zip((0, 2, 4), await column(database_url, "outbox", "messages"), strict=True):
        assert isinstance(messages, tuple)
        (message,) = messages
        assert f"B-{number}345678" in message.text and FAIR in message.text
    for who in ("line-False", "web-True"):
        found = await desk.office.store.people.load(who)
        assert found and found.suggestions[0].reply == FAIR


async def test_pressure_is_refused_with_its_finding_and_the_text_is_not_lost(
    desk: Desk, analyst: Browser, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sent(desk, "B-2345678", tell=True)
    path = "/suggestions/B-2345678/reply"
    refused = await analyst.post(path, text=PRESSING)
    assert refused.status_code == 422
    text = shown(refused.text)
    assert "ยังไม่ได้ส่ง มีถ้อยคำที่ต้องแก้ก่อน" in text and "W24" in text and "เราสัญญาแทนผู้ตัดสินใจไม่ได้" in text
    assert f"{PRESSING}</textarea>" in refused.text
    assert (await deeds(desk))[-1] == ("view", "suggestion")
    for text in ("", " \n", "ก" * 1001):
        assert "คำตอบต้องมี 1 ถึง 1000 ตัวอักษร" in (await analyst.post(path, text=text)).text
    assert await column(database_url, "outbox", "id") == []
    assert await column(database_url, "replies", "id") == []
    monkeypatch.setattr(Replying, "findings", lambda *_: ())
    assert (await analyst.post(path, text=PRESSING)).status_code == 303
    assert len(await column(database_url, "outbox", "id")) == 1


async def test_a_button_pressed_twice_sends_once(desk: Desk, analyst: Browser, database_url: str) -> None:
    await sent(desk, "B-2345678", tell=True)
    path = "/suggestions/B-2345678"
    page = (await analyst.get(path)).text
    once = re.search(r'name="once" value="([0-9a-f]{32})"', page)
    assert once
    for _ in range(2):
        assert (await analyst.post(f"{path}/reply", text=FAIR, once=once[1])).status_code == 303
    assert len(await column(database_url, "outbox", "id")) == 1
    await analyst.post(f"{path}/reply", text=FAIR + "ครับ", once=once[1])
    await analyst.post(f"{path}/reply", text=FAIR)
    assert len(await column(database_url, "replies", "id")) == 3


async def test_the_preview_is_what_is_sent(desk: Desk, analyst: Browser, database_url: str) -> None:
    await sent(desk, "B-2345678", "p1", tell=True)
    await sent(desk, "B-3456789", "p2")
    path = "/suggestions/B-2345678"
    checked = await analyst.web.post(
        f"/secretariat{path}/check",
        data={"csrf": analyst.csrf, "text": FAIR},
        headers={"Sec-Fetch-Site": "same-origin", "HX-Request": "true"},
    )
    assert "<html" not in checked.text and "ถ้อยคำผ่านการตรวจ" in checked.text
    await analyst.post(f"{path}/reply", text=FAIR)
    ((message,),) = await column(database_url, "outbox", "messages")  # type: ignore[misc]
    preview = html.unescape(re.sub(r"<[^>]+>", "", checked.text))
    for line in (*message.lines, *(button.label for button in (*message.options, *message.exits))):
        assert line in preview
    whole = await analyst.post("/suggestions/B-3456789/check", text=FAIR)
    assert "<html" in whole.text and f"คำตอบจากเจ้าหน้าที่: {FAIR}" in html.unescape(whole.text)


async def test_whoever_sends_letters_is_woken_for_a_letter_only(desk: Desk) -> None:
    woken: list[str] = []
    office = desk.office
    replying = Replying(
        office.store,
        office.library,
        office.rules,
        office.trail,
        desk.clock,
        ["web"],
        lambda: woken.append("!"),
    )
    await sent(desk, "B-2345678", "p1", tell=True)
    await sent(desk, "B-3456789", "p2")
    await replying.send("B-3456789", FAIR, "มาลี")
    assert woken == []
    await replying.send("B-2345678", FAIR, "มาลี")
    assert woken == ["!"]


# The trail


async def test_the_trail_names_no_receipt_and_nothing_that_was_said(desk: Desk, analyst: Browser) -> None:
    await sent(desk, "B-2345678", tell=True, text="ลับมาก")
    path = "/suggestions/B-2345678"
    await analyst.get(path)
    await analyst.post(f"{path}/mark", status="considering")
    await analyst.post(f"{path}/tag", tag="แท็กลับ", act="add")
    await analyst.post(f"{path}/tag", tag="แท็กลับ", act="remove")
    await analyst.post(f"{path}/flag", flag="hidden", reason="เหตุลับ")
    await analyst.post(f"{path}/reply", text=FAIR, once="a" * 32)
    (reply,) = await desk.office.store.replies.of("B-2345678")
    (line,) = await desk.office.store.moderations.of("B-2345678")
    assert (await deeds(desk))[1:] == [
        ("view", "suggestion"),
        ("suggestion marked", ""),
        ("tag added", ""),
        ("tag removed", ""),
        ("text hidden", line.id),
        ("reply", reply.id),
    ]
    said = await detail(desk)
    for secret in ("B-2345678", "e-B-", "p1", "ลับ", FAIR):
        assert secret not in said
