"""Answers: every filter in the address, bars by wording, texts as text, and flags that take nothing away."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from bot.dialogue import Outcome, ShownOption
from bot.secretariat.console.pages import answers as page_module
from bot.secretariat.console.policy import Role
from bot.secretariat.console.sift import LAST_PAGE, Sift
from bot.store import Store
from bot.store.answering import PAGE
from bot.store.states import Flag
from tests.secretariat.console.conftest import Desk
from tests.secretariat.console.crowd import fill
from tests.secretariat.console.test_overview import seen
from tests.store.values import answer, at, commit, person, take_in

#: The first of them are what a browser would run; the others what a template or a query would.
HOSTILE = (
    "<script>window.__xss=1</script>",
    '"><img src=x onerror=alert(1)>',
    "</bdi></blockquote><svg onload=alert(1)>",
    "javascript:alert(1)//' onmouseover='alert(1)",
    "{{ 7 * 7 }}{% include 'base.html' %}",
    "<!--<textarea autofocus onfocus=alert(1)>",
)
SECRET = "ความลับที่ไม่ควรเห็น"


async def said(store: Store, who: str, *records: Any, **fields: Any) -> None:
    await take_in(store, commit(f"{who}:{records[0].id}", *records, who=person(who, **fields)))


def given(desk: Desk, id_: str, question: str = "3.5-k1", **fields: Any) -> Any:
    """An answer to a question of the library as it is now."""
    asked = desk.office.library.questions[question]
    shown = tuple(ShownOption(option.id, option.label) for option in asked.options)
    told = {"version": asked.version, "clause": asked.clause, "stem": asked.stem, "options": shown}
    return answer(id_, question=question, **{**told, "chosen": (), **fields})


class Parsed(HTMLParser):
    """What a browser makes of a page: its tags, their attributes, and the text between."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.said = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.said += data


async def deed(desk: Desk) -> tuple[str, str]:
    head = await desk.office.store.audit.head()
    assert head
    return head.act, head.subject


async def test_an_empty_store_has_a_page(desk: Desk, sign_in) -> None:
    page = await (await sign_in(Role.ANALYST)).get("/answers")
    assert page.status_code == 200
    assert "0 ข้อความ" in page.text


async def test_without_a_clause_the_first_is_meant_and_an_empty_one_is_every(desk: Desk, sign_in) -> None:
    await said(desk.office.store, "p1", given(desk, "a", text="ตอบข้อสามห้า"))
    analyst = await sign_in(Role.ANALYST)
    assert "ตอบข้อสามห้า" not in (await analyst.get("/answers")).text
    for query in ("?clause=", "?clause=3.5", "?clause=&question=3.5-k1", "?clause=none"):
        assert "ตอบข้อสามห้า" in (await analyst.get(f"/answers{query}")).text, query


@pytest.mark.parametrize(
    ("query", "shows"),
    [
        ("question=3.5-k1", "ab"),
        ("question=3.5-k2", "c"),
        ("question=1.1-k1", "abc"),
        ("question=3.5-k1&version=old", "b"),
        ("version=old", "abc"),
        ("group=civil", "b"),
        ("group=-", "c"),
        ("channel=web", "c"),
        ("since=2026-11-25", "bc"),
        ("since=2569-11-25", "bc"),
        ("before=2026-11-25", "a"),
        ("contains=ALPHA", "a"),
        ("contains=แมว", "b"),
        ("contains=%25", "c"),
        ("group=none&channel=none", "abc"),
    ],
)
async def test_filters(desk: Desk, sign_in, query: str, shows: str) -> None:
    store = desk.office.store
    day = 86_400
    await said(store, "p1", given(desk, "a", text="คำตอบเอ alpha"))
    await said(store, "p2", given(desk, "b", text="คำตอบบี แมว", version="old", group="civil", at=at(day)))
    c = given(desk, "c", "3.5-k2", text="คำตอบซี 100%", group=None, channel="web", at=at(day))
    await said(store, "p3", c)
    text = (await (await sign_in(Role.ANALYST)).get(f"/answers?clause=3.5&{query}")).text
    names = {"a": "คำตอบเอ", "b": "คำตอบบี", "c": "คำตอบซี"}
    assert "".join(id_ for id_, name in names.items() if name in text) == shows


@pytest.mark.parametrize(
    "query",
    [
        "clause=%00&question=%ff&version=%f0%9f&group=%00&channel=%00&since=x&before=%00&contains=%00&page=-1",
        "page=99999999999999999999&since=0001-01-01&before=9999-12-31",
        "page=٣&contains=" + "x" * 2_000,
        "clause=3.5&clause=1.1&page=1&page=2&since=2569-02-30&show=%ff",
        f"clause=3.5&page={LAST_PAGE + 1}&contains=%25_%5C/'%22;--",
    ],
)
async def test_nothing_in_an_address_makes_the_page_fail(desk: Desk, sign_in, query: str) -> None:
    assert (await (await sign_in(Role.ANALYST)).get(f"/answers?{query}")).status_code == 200


async def test_a_date_that_is_none_is_told(desk: Desk, sign_in) -> None:
    page = await (await sign_in(Role.ANALYST)).get("/answers?since=tomorrow")
    assert "อ่านวันที่ในช่อง ตั้งแต่วันที่ ไม่ได้" in page.text


def test_what_is_read_from_an_address_is_what_it_says(desk: Desk) -> None:
    library = desk.office.library
    sift = Sift.read({"clause": "3.5", "question": "3.5-k1", "contains": "ก & ข?", "page": "3"}, library)
    assert dict(re.findall(r"(\w+)=([^&]+)", sift.query(3)))["page"] == "3"
    from urllib.parse import parse_qsl

    again = Sift.read(dict(parse_qsl(sift.query(3)[1:])), library)
    assert (again.chosen, again.page) == (sift.chosen, 3)


async def test_a_scale_in_its_order_with_the_ways_out_apart(desk: Desk, sign_in) -> None:
    store = desk.office.store
    options = desk.office.library.questions["3.5-c1"].options
    for n, chosen in enumerate(("e", "e", "a", "c", "sk", "dk")):
        outcome = {"sk": Outcome.SKIPPED, "dk": Outcome.DONT_KNOW}.get(chosen, Outcome.ANSWERED)
        await said(store, f"p{n}", given(desk, f"a{n}", "3.5-c1", chosen=(chosen,), outcome=outcome))
    html = (await (await sign_in(Role.ANALYST)).get("/answers?clause=3.5&question=3.5-c1")).text
    card = html.split('<section class="card">')[1].split("</section>")[0]
    stacked = re.search(r"<title>3.5-c1[^<]*</title>", card)
    assert stacked
    shares = [("a", 25), ("b", 0), ("c", 25), ("d", 0), ("e", 50)]
    labels = {option.id: option.label for option in options}
    drawn = ", ".join(f"{labels[id_]} {share} % (n = 4)" for id_, share in shares)
    assert drawn in seen(stacked[0].replace("<title>", "").replace("</title>", "")).replace("\xa0", " ")
    rows = re.findall(r'<th scope="row">(.*?)</th><td class="number">(\d+)</td>', card, re.S)
    assert [(seen(name).strip(), int(n)) for name, n in rows] == [
        (labels[id_], n)
        for id_, n in (("a", 1), ("b", 0), ("c", 1), ("d", 0), ("e", 2), ("dk", 1), ("sk", 1))
    ]
    assert "17 % (n = 6)" in seen(card).replace("\xa0", " "), (
        "a way out is a share of all who met the question"
    )


async def test_wordings_are_never_added_up(desk: Desk, sign_in) -> None:
    store = desk.office.store
    old = (ShownOption("b", "ป้ายเก่าบี"), ShownOption("a", "ป้ายเก่าเอ"), ShownOption("sk", "ข้ามเก่า"))
    await said(store, "p1", given(desk, "a", "3.5-c1", chosen=("a",)))
    earlier = {"version": "v-old", "options": old, "stem": "ถ้อยคำเดิม"}
    await said(store, "p2", given(desk, "b", "3.5-c1", chosen=("a",), **earlier))
    analyst = await sign_in(Role.ANALYST)
    html = (await analyst.get("/answers?clause=3.5&question=3.5-c1")).text
    now, before = (seen(card.split("</section>")[0]) for card in html.split('<section class="card">')[1:])
    assert "ตอบ n = 1 จาก" in now and "ตอบ n = 1 จาก" in before
    assert "ถ้อยคำเดิม" in before and "ฉบับก่อน" in before and "ถ้อยคำเดิม" not in now
    assert before.index("ป้ายเก่าเอ") < before.index("ป้ายเก่าบี") < before.index("ข้ามเก่า"), "as on the scale"
    only = await analyst.get("/answers?clause=3.5&question=3.5-c1&version=v-old")
    assert only.text.count('<section class="card">') == 1


async def test_several_choices_are_each_a_share_of_those_who_answered(desk: Desk, sign_in) -> None:
    await said(desk.office.store, "p1", given(desk, "a", "2.2-c1", chosen=("a", "b")))
    await said(desk.office.store, "p2", given(desk, "b", "2.2-c1", chosen=("a",)))
    text = seen((await (await sign_in(Role.ANALYST)).get("/answers?clause=2.2&question=2.2-c1")).text)
    assert "100 % (n = 2)" in text and "50 % (n = 2)" in text and "เลือกได้หลายอย่าง" in text


async def test_a_card_says_what_was_asked_by_whom_and_when(desk: Desk, sign_in) -> None:
    await said(desk.office.store, "p1", given(desk, "a", text="ตอบ", stem="คำถามอย่างที่ถาม", group="official"))
    html = (await (await sign_in(Role.EXPORTER)).get("/answers?clause=3.5")).text
    card = seen(html.split("<article")[1].split("</article>")[0])
    assert "3.5-k1 คำถามอย่างที่ถาม เจ้าหน้าที่รัฐ · LINE · 24/11/2569 ตอบ" in card


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_what_people_typed_is_text(desk: Desk, sign_in, hostile: str) -> None:
    store = desk.office.store
    shown = (ShownOption("x", hostile), ShownOption("y", hostile))
    a = given(
        desk, "a", text=hostile, stem=hostile, options=shown, chosen=("x",), version=hostile, group=None
    )
    await said(store, "p1", a)
    analyst = await sign_in(Role.ANALYST)
    await flag(analyst, "a", reason=hostile)
    query = {"clause": "3.5", "question": "3.5-k1", "contains": hostile, "version": hostile, "show": hostile}
    page = await analyst.web.get("/secretariat/answers", params={**query, "contains": ""})
    searched = await analyst.web.get("/secretariat/answers", params=query)
    for html in (page.text, searched.text):
        parsed = Parsed()
        parsed.feed(html)
        assert not parsed.tags & {"img", "textarea", "include"} and html.count("<script") == 1
        assert not [name for name in parsed.attributes if name.startswith("on")]
        assert hostile in parsed.said
    assert "49" not in seen(page.text.split("<article")[1].split("</article>")[0])


async def test_what_turns_the_direction_is_named(desk: Desk, sign_in) -> None:
    await said(desk.office.store, "p1", given(desk, "a", text="ก\u202eข"))
    text = (await (await sign_in(Role.ANALYST)).get("/answers?clause=3.5")).text
    assert "ก⟦RLO⟧ข" in text and "\u202e" not in text


# Flags


async def flag(
    somebody: Any, answer_id: str, act: str = "hidden", reason: str = "มีชื่อคนอื่น", **more: str
) -> Any:
    return await somebody.post("/answers/flag", answer=answer_id, flag=act, reason=reason, **more)


@pytest.fixture
async def secret(desk: Desk) -> Desk:
    """A desk with one typed answer."""
    await said(desk.office.store, "p1", given(desk, "line:e1/r0", "3.5-k1", text=SECRET))
    return desk


async def test_a_flag_hides_a_text_with_its_reason_and_a_link_shows_it(secret: Desk, sign_in) -> None:
    analyst = await sign_in(Role.ANALYST)
    assert (await flag(analyst, "line:e1/r0")).headers["location"] == "/secretariat/answers?clause=1.1"
    act, id_ = await deed(secret)
    assert act == "text hidden" and id_ and "line" not in id_, "no id of an answer in the trail"
    hidden = (await analyst.get("/answers?clause=3.5")).text
    assert SECRET not in hidden and "มีชื่อคนอื่น" in hidden and "analyst ซ่อนข้อความนี้" in hidden
    link = re.search(r'href="/secretariat(/answers\?[^"#]*show=[^"#]*)', hidden)
    assert link
    assert SECRET in (await analyst.get(link[1].replace("&amp;", "&"))).text
    assert await deed(secret) == ("view hidden", id_)
    assert SECRET not in (await analyst.get("/answers?clause=3.5&show=line:e1/r0")).text


async def test_it_is_hidden_because_of_the_flag(secret: Desk, sign_in, monkeypatch) -> None:
    """Were flags not looked at, the text would be there."""
    analyst = await sign_in(Role.ANALYST)
    await flag(analyst, "line:e1/r0")

    async def none(*_: object) -> dict[str, object]:
        return {}

    monkeypatch.setattr(secret.office.store.moderations, "newest", none)
    assert SECRET in (await analyst.get("/answers?clause=3.5")).text


async def test_a_flag_is_taken_back_with_a_reason_and_the_log_keeps_both(secret: Desk, sign_in) -> None:
    analyst, dpo = await sign_in(Role.ANALYST), await sign_in(Role.DPO)
    await flag(analyst, "line:e1/r0")
    await flag(dpo, "line:e1/r0", "cleared", "ไม่มีชื่อใคร")
    assert SECRET in (await analyst.get("/answers?clause=3.5")).text
    log = await secret.office.store.moderations.of("line:e1/r0")
    assert [(line.flag, line.author, line.reason) for line in log] == [
        (Flag.HIDDEN, "analyst", "มีชื่อคนอื่น"),
        (Flag.CLEARED, "dpo", "ไม่มีชื่อใคร"),
    ]


async def test_a_flag_takes_nothing_out_of_any_count(secret: Desk, sign_in) -> None:
    analyst = await sign_in(Role.ANALYST)
    before = (await analyst.get("/answers?clause=3.5")).text, await secret.office.store.tallies.count()
    await flag(analyst, "line:e1/r0")
    after = (await analyst.get("/answers?clause=3.5")).text, await secret.office.store.tallies.count()
    assert before[1] == after[1]
    for count in ("1 ข้อความ", "ตอบ n = 1 จาก"):
        assert count in before[0] and count in after[0]


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"reason": ""}, 422),
        ({"reason": " \u200b\n"}, 422),
        ({"reason": "ก" * (page_module.REASON + 1)}, 422),
        ({"act": "deleted"}, 422),
        ({"answer_id": "none"}, 404),
        ({"answer_id": ""}, 404),
    ],
)
async def test_a_flag_needs_an_answer_and_a_reason(secret: Desk, sign_in, form: Any, status: int) -> None:
    refused = await flag(await sign_in(Role.ANALYST), **{"answer_id": "line:e1/r0", **form})
    assert refused.status_code == status
    assert await secret.office.store.moderations.of("line:e1/r0") == []


async def test_an_exporter_reads_and_flags_nothing(secret: Desk, sign_in) -> None:
    exporter = await sign_in(Role.EXPORTER)
    page = (await exporter.get("/answers?clause=3.5")).text
    assert SECRET in page and "answers/flag" not in page
    assert (await flag(exporter, "line:e1/r0")).status_code == 403


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example/?clause=3.5", "clause=3.5\r\nX: y"])
async def test_a_form_leads_back_to_the_answers_and_nowhere_else(secret: Desk, sign_in, back: str) -> None:
    analyst = await sign_in(Role.ANALYST)
    sent = await flag(analyst, "line:e1/r0", back=back)
    assert re.fullmatch(r"/secretariat/answers\?[\w=.&%-]*", sent.headers["location"])
    kept = await flag(analyst, "line:e1/r0", back="clause=3.5&group=civil&page=2")
    assert kept.headers["location"] == "/secretariat/answers?clause=3.5&group=civil&page=2"


async def test_many_texts_are_turned_by_pages_that_keep_the_filters(desk: Desk, sign_in) -> None:
    await fill(desk.office.store, desk.office.library, 1_500)
    analyst = await sign_in(Role.ANALYST)
    page = await analyst.get("/answers?clause=&group=citizen")
    seen_texts: list[str] = []
    while True:
        found = re.findall(r"<bdi>(.*?)</bdi>", page.text)
        assert 0 < len(found) <= PAGE
        seen_texts += found
        older = re.search(r'href="/secretariat(/answers\?[^"#]*page=[^"#]*)#typed">เก่ากว่า', page.text)
        if not older:
            break
        assert "group=citizen" in older[1]
        page = await analyst.get(older[1].replace("&amp;", "&"))
    assert len(seen_texts) == len(set(seen_texts)) > PAGE
    total = re.search(r"([\d,]+) ข้อความ ใหม่", page.text)
    assert total and int(total[1].replace(",", "")) == len(seen_texts)
