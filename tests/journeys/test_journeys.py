"""A signed LINE webhook, a Telegram update and the web page each complete a journey, into the CSV."""

import asyncio
import re
import uuid
from collections.abc import Callable

import httpx2

from tests.journeys.conftest import Bot

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


async def until(condition: Callable[[], object], seconds: float = 10) -> None:
    """Wait for what another process does."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


async def on_line(bot: Bot, user: str, *steps: str) -> None:
    """Tap labels, or type what begins with a space, each after the answer to the one before."""
    for step in steps:
        before = len(bot.line.shown[user])
        act = bot.line.send_text(user, step.strip()) if step.startswith(" ") else bot.line.tap(user, step)
        assert (await act).status_code == 200
        await until(lambda seen=before: len(bot.line.shown[user]) > seen)


async def on_telegram(bot: Bot, user: int, *steps: str) -> None:
    """The same on Telegram, where an answer is several messages: a label is tapped once it is there."""
    for step in steps:
        if step.startswith(" "):
            assert (await bot.telegram.send_text(user, step.strip())).status_code == 200
        else:
            await until(lambda label=step: bot.telegram.named(user, label))
            assert (await bot.telegram.tap(user, step)).status_code == 200


async def test_a_citizen_on_line(bot: Bot) -> None:
    """Journey A: the first answer on the third tap, no text without consent, everything by free replies."""
    assert (await bot.line.follow("U1")).status_code == 200
    await until(lambda: bot.line.shown["U1"])
    await on_line(bot, "U1", "เลือกเรื่อง", "วัดผลการใช้งบ", "ค่อนข้างไม่พอใจ")
    assert "บันทึกแล้ว แก้ได้จนถึงวันปิดรับ" in bot.line.texts("U1")[-1]
    await on_line(bot, "U1", "ข้อต่อไป", "1 ใช่", "2 ไม่ยินยอม", "ข้อต่อไป", "ประชาชน")
    assert not bot.line.pushes
    (row,) = await bot.answers()
    assert row["stem"] == "คุณพอใจหรือไม่พอใจกับการใช้งบของรัฐ"
    assert (row["chosen_labels"], row["outcome"], row["group"]) == ("ค่อนข้างไม่พอใจ", "answered", "citizen")
    assert row["order"] in ("forward", "reversed")
    assert row["options_shown"].count("|") == 6
    assert (row["channel"], row["clause"], row["current"]) == ("line", "3.5", "yes")
    assert "U1" not in "".join(row.values())


async def test_a_redelivered_webhook_changes_nothing(bot: Bot) -> None:
    await bot.line.follow("U2")
    await until(lambda: bot.line.shown["U2"])
    await on_line(bot, "U2", "เลือกเรื่อง", "พื้นที่ทดลองกฎ", "กลาง ๆ")
    seen = len(bot.line.shown["U2"])
    assert (await bot.line.redeliver()).status_code == 200
    await on_line(bot, "U2", " ข้อมูลของฉัน")
    assert len(bot.line.shown["U2"]) - seen <= 2
    assert len(await bot.answers()) == 1


async def test_a_business_sends_a_suggestion_with_a_file(bot: Bot) -> None:
    """Journey B, with a file that LINE would soon delete."""
    await bot.line.follow("U3")
    await until(lambda: bot.line.shown["U3"])
    await on_line(bot, "U3", "ภาคธุรกิจ", "ส่งข้อเสนอ", "พื้นที่ทดลองกฎ", "1 ใช่", "1 ยินยอม")
    await on_line(bot, "U3", " อยากให้ทดลองผ่อนข้อกำหนดเรื่องเอกสารกระดาษ")
    seen = len(bot.line.shown["U3"])
    assert (await bot.line.send_file("U3", PDF, "แผน.pdf")).status_code == 200
    await until(lambda: len(bot.line.shown["U3"]) > seen)
    assert "แนบไฟล์ 1 ไฟล์" in bot.line.texts("U3")[-1]
    seen = len(bot.line.shown["U3"])
    await bot.line.send_file("U3", b"MZ\x90\x00 not a document", "x.pdf")
    await until(lambda: len(bot.line.shown["U3"]) > seen)
    assert "เรารับเฉพาะ PDF" in bot.line.texts("U3")[-1]
    await on_line(bot, "U3", " ส่ง", "ไม่แสดงชื่อ")
    assert "ได้รับแล้ว เลขรับ B-" in bot.line.texts("U3")[-1]


async def test_civil_society_on_telegram(bot: Bot) -> None:
    """Journey C: the tapped message shows what was chosen; everything can be erased."""
    assert (await bot.telegram.start(7)).status_code == 200
    await until(lambda: bot.telegram.texts(7))
    await on_telegram(bot, 7, "ภาคประชาสังคม", "ส่วนตัว", "อ่านร่าง")
    await until(lambda: any(b.label.startswith("✓") for b in bot.telegram.named(7, "อ่านร่าง")))
    await on_telegram(bot, 7, "ส่งคำตอบ")
    await until(lambda: "บันทึกแล้ว 1 ขั้น คือ อ่านร่าง" in bot.telegram.texts(7)[-1])
    (row,) = await bot.answers()
    assert (row["group"], row["capacity"], row["chosen_labels"]) == ("civil", "self", "อ่านร่าง")
    assert row["stem"] == "คุณอยากร่วมในขั้นใด เลือกได้หลายข้อ"
    await on_telegram(bot, 7, " /mydata", " ลบข้อมูลของฉัน", "ลบ")
    await until(lambda: "ลบแล้ว เลขรับคำขอ D-" in bot.telegram.texts(7)[-1])
    assert await bot.answers() == []
    assert len(bot.telegram.answered) == 5  # every press was confirmed, or the phone would spin for ever
    assert not bot.telegram.spec_faults


async def test_the_wrong_signature_and_the_wrong_secret(bot: Bot) -> None:
    assert (await bot.line.post_raw(b'{"destination":"U","events":[]}', "AAAA")).status_code == 401
    assert (await bot.line.post_raw(b'{"destination":"U","events":[]}')).status_code == 200
    bot.telegram.secret, right = "wrong", bot.telegram.secret
    assert (await bot.telegram.send_text(8, "สวัสดี")).status_code == 401
    bot.telegram.secret = right


async def test_the_web_page(bot: Bot) -> None:
    """The same journey over what the page itself calls; a retried request is the same act."""
    headers = {"Origin": bot.url, "Sec-Fetch-Site": "same-origin"}
    async with httpx2.AsyncClient(base_url=bot.url, headers=headers, timeout=40) as web:
        assert (await web.get("/chat")).status_code == 200
        seq = 0

        async def act(kind: str, *, again: bool = False, **what: str) -> list[dict]:
            nonlocal seq
            event = {"id": str(uuid.uuid4()), "kind": kind, **what}
            for _ in range(2 if again else 1):
                assert (await web.post("/chat/events", json=event)).status_code == 200
            letters = (await web.get("/chat/letters", params={"after": seq})).json()
            letters = letters["letters"] if isinstance(letters, dict) else letters
            seq = letters[-1]["seq"]
            return letters[-1]["messages"]

        await act("opened")
        await act("typed", text="เลือกเรื่อง")
        await act("typed", text="วัดผลการใช้งบ")
        (_, saved) = await act("typed", text="ไม่พอใจมาก", again=True)
        assert saved["lines"] == ["บันทึกแล้ว แก้ได้จนถึงวันปิดรับ"]
    (row,) = await bot.answers()
    assert (row["channel"], row["chosen_labels"]) == ("web", "ไม่พอใจมาก")


async def test_an_official_reply_reaches_whoever_asked_for_it(bot: Bot) -> None:
    """The letter goes out by itself: nothing else happens that could have taken it along."""
    for user in ("U5", "U6"):
        await bot.line.follow(user)
        await until(lambda who=user: bot.line.shown[who])
        await on_line(bot, user, "ภาคธุรกิจ", "ส่งข้อเสนอ", "พื้นที่ทดลองกฎ", "1 ใช่", "1 ยินยอม")
        await on_line(bot, user, f" อยากให้ลดเอกสาร {user}", " ส่ง", "ไม่แสดงชื่อ")
    await on_line(bot, "U5", "แจ้งเมื่อมีคำตอบ")
    seen = len(bot.line.shown["U6"])
    headers = {"Origin": bot.url, "Sec-Fetch-Site": "same-origin"}
    async with httpx2.AsyncClient(headers=headers, timeout=40, follow_redirects=True) as web:
        assert (await web.post(bot.console)).status_code == 200
        inbox = (await web.get(f"{bot.url}/secretariat/suggestions")).text
        for user in ("U5", "U6"):
            receipt = re.findall(r">(B-[0-9A-Z]{7})</a>", inbox.split(f"อยากให้ลดเอกสาร {user}")[0])[-1]
            path = f"{bot.url}/secretariat/suggestions/{receipt}"
            page = (await web.get(path)).text
            token = re.search(r'name="csrf" value="([0-9a-f]+)"', page)
            assert token
            form = {"csrf": token[1], "text": f"เราอ่านข้อเสนอ {user} แล้ว ยังไม่มีข้อสรุป"}
            assert (await web.post(f"{path}/reply", data=form)).status_code == 200
    await until(lambda: bot.line.pushes)
    assert "เราอ่านข้อเสนอ U5 แล้ว" in bot.line.texts("U5")[-1]
    assert (len(bot.line.pushes), len(bot.line.shown["U6"])) == (1, seen)
