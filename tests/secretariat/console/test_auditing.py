"""The audit log in the console: newest first, verified on demand without keeping anybody waiting, copied."""

import asyncio
import gc
import re
import sys
import time

import msgspec
import pytest
from msgspec.structs import asdict
from sqlalchemy import Text, delete, insert, type_coerce, update

from bot.secretariat.console.pages import auditing
from bot.secretariat.console.policy import Role
from bot.store import Deed
from bot.store.bookkeeping import audit
from tests.secretariat.console.conftest import Browser, Desk

HOSTILE = '<script>window.__xss=1</script>\u202e"'


async def notes(desk: Desk, count: int, actor: str = "มาลี", act: str = "export") -> None:
    for n in range(count):
        await desk.office.trail.note(actor, act, f"{n}.csv", rows=n)


async def many(desk: Desk, count: int) -> None:
    """A chain of so many deeds, written at once."""
    rows, previous = [], ""
    for seq in range(1, count + 1):
        deed = Deed(at=desk.clock.now(), actor="มาลี", act="view", subject="suggestions", seq=seq)
        deed = msgspec.structs.replace(deed, link=desk.office.trail._link(previous, deed))
        previous = deed.link
        rows.append(asdict(deed))
    async with desk.office.store._database.writing() as connection:
        for start in range(0, count, 5_000):
            await connection.execute(insert(audit), rows[start : start + 5_000])


async def changed(desk: Desk, statement) -> None:
    async with desk.office.store._database.writing() as connection:
        await connection.execute(statement)


async def check(somebody: Browser, kept: str = "") -> str:
    answer = await somebody.post("/audit/check", kept=kept)
    assert answer.status_code == 200
    return answer.text


async def test_newest_first_a_page_at_a_time(desk: Desk, sign_in) -> None:
    await notes(desk, auditing.PAGE + 5)
    somebody = await sign_in(Role.DPO)
    page = (await somebody.get("/audit")).text
    rows = [int(part.split("<")[0]) for part in page.split('<th scope="row" class="number">')[1:]]
    newest = (await desk.office.store.audit.head()).seq
    assert rows == list(range(newest, newest - auditing.PAGE, -1))
    older = page.split('href="/secretariat/audit?before=')[1].split('"')[0]
    rest = (await somebody.get(f"/audit?before={older}")).text
    assert rest.count('<th scope="row"') == newest - auditing.PAGE
    assert "before=" not in rest


async def test_filters_by_who_and_what(desk: Desk, sign_in) -> None:
    await notes(desk, 3)
    await notes(desk, 60, actor="สมชาย", act="view")
    somebody = await sign_in(Role.ADMINISTRATOR)
    page = (await somebody.get("/audit?actor=มาลี")).text
    assert page.count('<th scope="row"') == 3
    page = (await somebody.get("/audit?actor=สมชาย&act=view")).text
    assert page.count('<th scope="row"') == auditing.PAGE and "actor=%E0" in page
    assert (await somebody.get("/audit?actor=มาลี&act=view")).text.count('<th scope="row"') == 0
    for query in ("before=x", "before=²", "before=-1", "before=" + "9" * 40, "actor=%00&act=nobody"):
        assert (await somebody.get(f"/audit?{query}")).status_code == 200


async def test_a_whole_chain_is_whole_and_every_change_shows(desk: Desk, sign_in) -> None:
    await notes(desk, 5)
    somebody = await sign_in(Role.DPO)
    assert "ไม่พบการแก้" in await check(somebody)
    kept = (await desk.office.store.audit.head()).link
    assert "ไม่พบการแก้" in await check(somebody, kept)
    await changed(desk, update(audit).where(audit.c.seq == 3).values(actor="nobody"))
    assert "รายการที่ 3 ถูกแก้" in await check(somebody)
    await changed(desk, delete(audit).where(audit.c.seq == 2))
    assert "รายการที่ 2 ถูกแก้" in await check(somebody)


async def test_a_log_that_was_cut_shows_only_against_a_link_that_was_kept(desk: Desk, sign_in) -> None:
    somebody = await sign_in(Role.DPO)
    await notes(desk, 5)
    head = await desk.office.store.audit.head()
    await changed(desk, delete(audit).where(audit.c.seq == head.seq))
    assert "ไม่พบการแก้" in await check(somebody)
    assert "ท้ายบันทึกถูกตัด" in await check(somebody, head.link)


async def test_what_is_no_link_is_not_looked_for(desk: Desk, sign_in) -> None:
    somebody = await sign_in(Role.DPO)
    answer = await somebody.post("/audit/check", kept="abc")
    assert answer.status_code == 422 and "64" in answer.text


async def test_checking_is_noted(desk: Desk, sign_in) -> None:
    somebody = await sign_in(Role.DPO, name="dpo")
    await check(somebody)
    deed = await desk.office.store.audit.head()
    assert (deed.actor, deed.act, deed.detail["fault"]) == ("dpo", "audit checked", "none")


async def test_the_copy_is_every_deed_and_its_chain_holds(desk: Desk, sign_in) -> None:
    await notes(desk, 5)
    somebody = await sign_in(Role.DPO)
    answer = await somebody.post("/audit/copy")
    assert "attachment" in answer.headers["content-disposition"]
    deeds = [msgspec.json.decode(line, type=Deed) for line in answer.content.splitlines()]
    assert deeds == [deed async for deed in desk.office.store.audit.read()]
    assert deeds[-1].act == "audit copied"

    async def each():
        for deed in deeds:
            yield deed

    assert await desk.office.trail.first_fault(each(), deeds[-1].link) is None


async def test_what_somebody_wrote_into_a_row_is_text(desk: Desk, sign_in) -> None:
    somebody = await sign_in(Role.DPO)
    await desk.office.trail.note(HOSTILE, HOSTILE, HOSTILE, a=HOSTILE)
    await changed(desk, update(audit).where(audit.c.seq == 1).values(actor="changed"))
    page = (await somebody.get("/audit")).text
    assert "<script>window" not in page and "⟦RLO⟧" in page
    assert "\u202e" not in re.sub(r'value="[^"]*"', "", page), "what a filter sends back is the name as it is"
    await changed(desk, update(audit).where(audit.c.seq == 1).values(link="\x01<script>"))
    assert "<script>" not in (await somebody.get("/audit")).text.replace("<script src", "")


async def test_a_row_that_nobody_can_read_is_told(desk: Desk, sign_in) -> None:
    somebody = await sign_in(Role.DPO)
    await notes(desk, 2)
    unreadable = {audit.c.detail: type_coerce("not JSON", Text)}
    await changed(desk, update(audit).where(audit.c.seq == 2).values(unreadable))
    page = (await somebody.get("/audit")).text
    assert "อ่านไม่ได้" in page
    assert "รายการที่ 2 ถูกแก้" in await check(somebody)


async def test_a_hundred_thousand_rows_keep_nobody_waiting(desk: Desk, sign_in) -> None:
    """The event loop is never held for as long as a webhook may take; one check runs at a time."""
    await many(desk, 100_000)
    somebody = await sign_in(Role.DPO)
    [page] = [page for page in desk.console.pages if page.name == "audit-check"]
    longest, going = 0.0, True

    async def beat() -> None:
        nonlocal longest
        while going:
            began = time.thread_time()  # not what other processes take
            await asyncio.sleep(0)
            longest = max(longest, time.thread_time() - began)

    gc.collect()
    gc.freeze()  # what the other tests left behind is not looked through meanwhile
    beating = asyncio.create_task(beat())
    began = time.perf_counter()
    first = asyncio.create_task(somebody.post("/audit/check"))
    while not page.handler.__self__._checking.locked():
        await asyncio.sleep(0)
    second = await somebody.post("/audit/check")
    assert (second.status_code, "กำลังตรวจอยู่แล้ว" in second.text) == (409, True)
    checked = await first
    took, going = time.perf_counter() - began, False
    await beating
    gc.unfreeze()
    assert "ตรวจแล้ว 100001 รายการ" in checked.text
    sys.stdout.write(
        f"100,000 rows checked in {took:.2f} s, the loop held for {longest * 1000:.0f} ms at most"
    )
    assert longest < 0.25


@pytest.mark.parametrize("role", [Role.ANALYST, Role.EXPORTER, Role.AUTHOR])
async def test_others_do_not_even_check(desk: Desk, sign_in, role: Role) -> None:
    somebody = await sign_in(role)
    assert (await somebody.post("/audit/check")).status_code == 403
