"""The overview: figures with what they are out of, the moment they are of, and nothing nobody can know."""

import asyncio
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from msgspec.structs import replace

from bot.dialogue import Outcome
from bot.errors import UnavailableError
from bot.library import Library
from bot.secretariat.console.figures import overview
from bot.secretariat.console.pages import overview as page
from bot.secretariat.console.pages.overview import FRESH
from bot.secretariat.console.policy import Role
from bot.store import Store
from bot.store.counts import LeftOut
from bot.store.tallies import Outcomes, Reached, Tallies, Tally, Turnout
from tests.secretariat.console.conftest import Desk
from tests.secretariat.console.crowd import fill
from tests.store.values import NOW, answer, commit, person, suggestion, take_in

XSS = '"><script>window.__xss=1</script>'
NOTHING = LeftOut(
    answers_withdrawn=0, suggestions_withdrawn=0, answers_restricted=0, suggestions_restricted=0
)


def seen(html: str) -> str:
    """What a reader sees: text without tags, one space for each gap."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def counted(*reached: Reached, outcomes: tuple[Outcomes, ...] = ()) -> Tally:
    turnout = tuple(Turnout(line.group, "line", NOW.date(), line.accounts) for line in reached)
    return Tally(turnout=turnout, outcomes=outcomes, reached=reached, suggestions={}, left_out=NOTHING)


@pytest.fixture
def library(desk: Desk) -> Library:
    return desk.office.library


async def said(store: Store, who: str, *records: Any, **fields: Any) -> None:
    await take_in(store, commit(f"{who}:{records[0].id}", *records, who=person(who, **fields)))


async def test_an_empty_store_says_so_without_a_percentage(desk: Desk, sign_in) -> None:
    page = await (await sign_in(Role.AUTHOR)).get()
    assert page.status_code == 200
    assert "0 บัญชีที่ตอบ" in seen(page.text)
    assert " %" not in seen(page.text).replace("\xa0", " ")


async def test_numbers_come_with_what_they_are_out_of(desk: Desk, sign_in, library: Library) -> None:
    question = library.questions["3.5-c1"]
    for n in range(4):
        outcome = Outcome.ANSWERED if n else Outcome.SKIPPED
        given = answer(f"a{n}", question=question.id, clause="3.5", version=question.version, outcome=outcome)
        await said(desk.office.store, f"p{n}", given)
    await said(desk.office.store, "p9", suggestion("s", group="civil"))
    text = seen((await (await sign_in(Role.AUTHOR)).get()).text)
    assert "5 บัญชีที่ตอบ เลือกไม่ตอบ หรือส่งข้อเสนอ" in text
    assert "ประชาชน 4 80 % (n = 5)" in text
    assert f"3.5-c1 {question.stem} 4 3 75 % (n = 4)" in text
    assert "ผู้ตอบเลือกตอบเอง และบัญชีไม่ใช่คน" in text
    assert "ระบบไม่เก็บว่าใครเห็นคำถาม" in text
    for share in re.findall(r"\d+ %(.{0,8})", text):
        assert share.startswith(" (n = "), "a percentage without its n"


async def test_every_chart_has_a_title_and_the_numbers_of_its_table(desk: Desk, sign_in) -> None:
    await fill(desk.office.store, desk.office.library, 500)
    html = (await (await sign_in(Role.ANALYST)).get()).text
    charts = re.findall(r"<svg class=\"chart.*?</svg>", html, re.S)
    assert len(charts) > 20
    assert all('role="img"' in chart and "<title>" in chart for chart in charts)
    days = next(chart for chart in charts if "columns" in chart)
    table = html.split("</figure>")[1].split("</table>")[0]
    drawn = re.findall(r"<title>(\d\d/\d\d/\d{4}): ([\d,]+)</title>", days)
    assert drawn == re.findall(r'<th scope="row">([\d/]+)</th><td class="number">([\d,]+)</td>', table)


async def test_words_of_the_store_are_text(desk: Desk, sign_in) -> None:
    hostile = answer("a", question=XSS, clause=XSS, group=XSS, channel=XSS)
    await said(desk.office.store, "p1", hostile)
    page = await (await sign_in(Role.ANALYST)).get()
    assert page.status_code == 200
    assert "<script>window" not in page.text
    assert "&lt;script&gt;window" in page.text


async def test_only_whoever_may_read_answers_is_led_there(desk: Desk, sign_in) -> None:
    assert "/answers?clause=3.5" in (await (await sign_in(Role.EXPORTER)).get()).text
    assert "/answers" not in (await (await sign_in(Role.AUTHOR)).get()).text


async def test_figures_are_counted_once_for_all_and_say_when(desk: Desk, sign_in, monkeypatch) -> None:
    counts = 0
    count = Tallies.count

    async def counting(self: Tallies) -> Tally:
        nonlocal counts
        counts += 1
        return await count(self)

    monkeypatch.setattr(Tallies, "count", counting)
    monkeypatch.setattr(page, "PATIENCE", 60.0)
    somebody = await sign_in(Role.AUTHOR)
    first, *_ = await asyncio.gather(*(somebody.get() for _ in range(5)))
    assert counts == 1
    await said(desk.office.store, "p1", answer("a"))
    desk.clock.moment += FRESH / 2
    assert "0 บัญชีที่ตอบ" in seen((await somebody.get()).text)
    assert counts == 1
    desk.clock.moment += FRESH
    second = await somebody.get()
    assert "1 บัญชีที่ตอบ" in seen(second.text)
    said_at = [re.search(r"ตัวเลข ณ ([\d/ :]+)<", page.text) for page in (first, second)]
    assert all(said_at) and said_at[0][1] != said_at[1][1]


async def test_nobody_waits_for_a_count(desk: Desk, sign_in, monkeypatch) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    count = Tallies.count

    async def slowly(self: Tallies) -> Tally:
        begun.set()
        await go_on.wait()
        return await count(self)

    monkeypatch.setattr(Tallies, "count", slowly)
    somebody = await sign_in(Role.AUTHOR)
    nothing_yet = seen((await somebody.get()).text)
    assert "กำลังนับตัวเลขใหม่" in nothing_yet and "บัญชีที่ตอบ" not in nothing_yet
    assert begun.is_set()
    monkeypatch.setattr(page, "PATIENCE", 60.0)
    go_on.set()
    assert "0 บัญชีที่ตอบ" in seen((await somebody.get()).text)

    await said(desk.office.store, "p1", answer("a"))
    desk.clock.moment += 10 * FRESH
    monkeypatch.setattr(page, "PATIENCE", 0.0)
    meanwhile = seen((await somebody.get()).text)
    assert "กำลังนับตัวเลขใหม่" in meanwhile and "0 บัญชีที่ตอบ" in meanwhile
    monkeypatch.setattr(page, "PATIENCE", 60.0)
    after = seen((await somebody.get()).text)
    assert "กำลังนับ" not in after and "1 บัญชีที่ตอบ" in after


async def test_a_count_that_fails_is_tried_again(desk: Desk, sign_in, monkeypatch) -> None:
    async def failing(_: Tallies) -> Tally:
        raise UnavailableError("no database")

    somebody = await sign_in(Role.AUTHOR)
    with monkeypatch.context() as broken:
        broken.setattr(Tallies, "count", failing)
        with pytest.raises(UnavailableError):
            await somebody.get()
    assert "0 บัญชีที่ตอบ" in seen((await somebody.get()).text)


def test_finished_is_all_that_a_group_is_asked(library: Library) -> None:
    """A citizen and a firm are asked other questions of one clause."""
    clause = library.clauses["3.5"]
    citizen, business = (frozenset(q.id for q in library.asked_of(clause, g)) for g in (None, "business"))
    assert citizen != business
    tally = counted(
        Reached("3.5", "citizen", citizen, 5),
        Reached("3.5", "business", citizen, 2),
        Reached("3.5", "", frozenset({"3.5-c1"}), 3),
        Reached("3.5", "citizen", frozenset({"3.5-k1", "3.5-c1"}), 4),
    )
    line = next(line for line in overview(tally, library).clauses if line.id == "3.5")
    assert (line.began, line.finished, line.unfinished) == (14, 5, 9)
    stopped = {question.id: question.stopped for question in line.questions if question.stopped}
    assert stopped == {"3.5-c1": 3, "3.5-k1": 4, "3.5-k2": 2}
    assert line.most_stopped and line.most_stopped.id == "3.5-k1"


def test_what_is_asked_no_more_is_still_counted(library: Library) -> None:
    outcomes = (Outcomes("3.5", "3.5-old", Outcome.ANSWERED, 2), Outcomes("9.9", "x", Outcome.ANSWERED, 1))
    old = frozenset({"3.5-old"})
    tally = counted(Reached("3.5", "", old, 2), Reached("9.9", "", frozenset({"x"}), 1), outcomes=outcomes)
    lines = {line.id: line for line in overview(tally, library).clauses}
    assert lines["3.5"].questions[-1].id == "3.5-old"
    assert lines["3.5"].questions[-1].stopped == 2
    assert (lines["9.9"].title, lines["9.9"].began, lines["9.9"].finished) == ("", 1, 0)
    assert list(lines)[-1] == "9.9"


def test_days_have_no_gap(library: Library) -> None:
    turnout = tuple(Turnout("", "line", NOW.date() + timedelta(n), 1) for n in (0, 3))
    told = overview(replace(counted(), turnout=turnout), library).days
    assert [count for _, count in told] == [1, 0, 0, 1]
