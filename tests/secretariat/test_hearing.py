"""The hearing report says what the store says, to the person and to the word, and nothing that it must not."""

import io
import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

import docx
import msgspec
import pytest
import typst
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.dialogue import ShownOption, Typed, Verb
from bot.errors import SettingsError
from bot.library import Library, admit
from bot.runtime.trail import OPERATOR, Trail
from bot.secretariat.paper import FORMS, typeface
from bot.secretariat.paper.blocks import (
    Cover,
    Document,
    Fields,
    Heading,
    Paragraph,
    Points,
    Quote,
    Result,
    ResultRow,
    Segment,
    Signatures,
    Table,
    Together,
)
from bot.secretariat.reports import hearing as reports
from bot.secretariat.reports.hearing import composed, hearing, tally
from bot.secretariat.reports.hearing.case import Case
from bot.secretariat.reports.hearing.facts import gather
from bot.secretariat.reports.hearing.protecting import Shown, protected, several
from bot.secretariat.reports.hearing.words import load_words
from bot.store import Store
from bot.store.office import moderations, tags
from bot.store.replying import Reply
from bot.store.states import Flag
from bot.verbs import UNUSABLE, run
from tests.secretariat.heard import HOSTILE, Hearing, done, press, read, squeezed, texts_of
from tests.store.values import answer, at, commit, message, person, take_in

CONTENT = Path(__file__).parents[2] / "content"
SCALE, MULTIPLE, CHANGE, KEEP = "3.5-c1", "1.7-b1", "3.5-k1", "3.5-k2"


class Day:
    """A clock that stands."""

    def __init__(self, *day: int) -> None:
        self._now = datetime(*day, tzinfo=UTC)  # type: ignore[arg-type]  # a year, a month, a day …

    def now(self) -> datetime:
        """Always the same."""
        return self._now


TODAY = Day(2026, 12, 1, 4)


@pytest.fixture(scope="module")
def library() -> Library:
    return admit()


@pytest.fixture
def heard(store: Store, library: Library) -> Hearing:
    return Hearing(store, library)


def trail(store: Store) -> Trail:
    return Trail(store.audit, b"k" * 32, TODAY)


async def made(store: Store, library: Library, form: str = "pdf", clock: Day = TODAY) -> bytes:
    return await hearing(store, library, CONTENT, trail(store), clock, form)


async def case_of(store: Store, library: Library) -> Case:
    words = load_words(CONTENT / reports.WORDS)
    return Case(library, words, await gather(store, CONTENT, trail(store)))


async def document(store: Store, library: Library) -> Document:
    return composed(await case_of(store, library), TODAY)


def quotes(of: Document) -> list[Quote]:
    """What is quoted of people."""
    blocks = [
        inner for block in of.blocks for inner in (block.blocks if isinstance(block, Together) else [block])
    ]
    return [block for block in blocks if isinstance(block, Quote) and block.by != "มติให้จัดประชุม"]


async def voted(heard: Hearing) -> None:
    """42 people meet the scale question, 11 of whom skip it; 12 meet one that only a business is asked."""
    n = 0
    for option, people in (("a", 21), ("e", 10), ("sk", 11)):
        for _ in range(people):
            n += 1
            await heard.answers(f"U{n}", SCALE, option)
    for n in range(12):
        await heard.answers(
            f"B{n}", MULTIPLE, "a", *(["b"] if n < 11 else []), group="business", channel="web"
        )


# Numbers


async def test_the_numbers_are_those_of_the_store(
    store: Store, heard: Hearing, library: Library, tmp_path: Path
) -> None:
    await voted(heard)
    found = tally.numbers(
        case := await case_of(store, library),
        library.questions[SCALE],
        library.questions[SCALE].version,
        tally.by_question(case.facts.heard.responses)[SCALE],
    )
    assert (found.n, dict(found.options), found.exits["skipped"]) == (31, {"a": 21, "e": 10}, 11)
    assert (found.no_answer, found.other_group) == (0, 12)
    text = read(await made(store, library), tmp_path, "-layout")
    part = text[text.rindex("คุณพอใจหรือไม่พอใจกับการใช้งบของรัฐ", 0, text.rindex("ส่วนที่ 6")) :]
    for row in (r"ร้อยละของ 31 คน", r"พอใจมาก\s+21\s+67\.7", r"ไม่พอใจมาก\s+10\s+32\.3", r"ข้าม\s+11\n"):
        assert re.search(row, part), row
    assert re.search(r"ประชาชน\s+42\n", text) and re.search(r"ภาคธุรกิจ\s+12\n", text)
    assert re.search(r"LINE\s+42\n", text) and re.search(r"เว็บ\s+12\n", text)
    assert re.search(r"ผู้ตอบ\s+54 คน", text)
    assert "1 ธันวาคม 2569" in text and "24 พฤศจิกายน 2569" in text


async def test_no_percentage_is_without_its_number(store: Store, heard: Hearing, library: Library) -> None:
    await voted(heard)
    blocks = (await document(store, library)).blocks
    results = [
        b for block in blocks if isinstance(block, Together) for b in block.blocks if isinstance(b, Result)
    ]
    assert len(results) == 2
    for result in results:
        of = re.search(r"\d+", result.head[2])
        assert of, result.head
        for row in result.rows:
            shown = int(row.people.replace(",", "")) if row.people.isdigit() else None
            assert row.percent == ("–" if shown is None else f"{100 * shown / int(of[0]):.1f}")


async def test_an_option_of_few_people_is_hidden_and_cannot_be_worked_out(
    store: Store, heard: Hearing, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(40):
        await heard.answers(f"U{n}", SCALE, "b" if n < 3 else "a" if n < 15 else "e")

    async def told() -> dict[str, str]:
        blocks = (await document(store, library)).blocks
        [result] = [b for t in blocks if isinstance(t, Together) for b in t.blocks if isinstance(b, Result)]
        return {row.label: row.people for row in (*result.rows, *result.rest)}

    assert await told() == {
        "พอใจมาก": "ปกปิด", "ค่อนข้างพอใจ": "ปกปิด", "กลาง ๆ": "0", "ค่อนข้างไม่พอใจ": "0", "ไม่พอใจมาก": "25",
        "ไม่แน่ใจ": "0", "ข้าม": "0", "ไม่มีคำตอบ": "0", "รวมช่องที่ปกปิด": "15",
    }  # fmt: skip
    monkeypatch.setattr(tally, "protected", lambda counts, k: Shown(dict(counts), sum(counts.values()), 0))
    assert (await told())["ค่อนข้างพอใจ"] == "3"


@given(st.dictionaries(st.integers(), st.integers(0, 40), max_size=8), st.integers(5, 20))
def test_protected_numbers_are_never_of_fewer_than_k(counts: dict[int, int], k: int) -> None:
    told = protected(counts, k)
    hidden = sum(counts[c] for c, n in told.classes.items() if n is None)
    assert all(n is None or n == counts[c] for c, n in told.classes.items())
    assert not any(n is not None and 0 < n < k for n in told.classes.values())
    if told.total is None:
        assert sum(counts.values()) < k
    else:
        assert told.total == sum(counts.values())
        assert hidden == 0 or hidden >= k
        assert told.whole or sum(n is None for n in told.classes.values()) > 1 or hidden >= k


async def test_a_question_of_few_people_has_no_number(store: Store, heard: Hearing, library: Library) -> None:
    for n in range(9):
        await heard.answers(f"U{n}", SCALE, "a")
    for n in range(20):
        await heard.answers(f"B{n}", MULTIPLE, "a", group="business")
    of = await document(store, library)
    said = [
        b.text for t in of.blocks if isinstance(t, Together) for b in t.blocks if isinstance(b, Paragraph)
    ]
    assert "ผู้ตอบข้อนี้น้อยกว่า 10 คน จึงไม่แสดงตัวเลข" in said
    assert of.cover.fields[2][1] == "29 คน"


def test_options_of_which_each_may_be_chosen_hide_the_few_on_either_side() -> None:
    assert dict(several({"a": 40, "b": 4, "c": 20, "d": 0}, 44, 10).classes) == {
        "a": None, "b": None, "c": 20, "d": 0,
    }  # fmt: skip
    assert several({"a": 3}, 9, 10).classes == {"a": None}


async def test_who_asked_for_restriction_or_left_is_not_counted(
    store: Store, heard: Hearing, library: Library
) -> None:
    await voted(heard)
    await heard.does("U1", press(Verb.RESTRICT))
    await heard.does("U2", press(Verb.ERASE), Typed(library.labels["erase_now"], ""))
    case = await case_of(store, library)
    assert case.groups == Counter({"citizen": 40, "business": 12})
    assert (case.facts.left_out.answers_withdrawn, case.facts.left_out.answers_restricted) == (1, 1)


async def test_a_person_is_in_the_group_they_named_last(
    store: Store, heard: Hearing, library: Library
) -> None:
    await heard.answers("U1", SCALE, "a")
    await heard.answers("U1", MULTIPLE, "a", group="business")
    assert (await case_of(store, library)).groups == Counter({"business": 1})


async def test_an_earlier_wording_is_told_in_its_own_words(store: Store, library: Library) -> None:
    shown = (ShownOption("b", "ข"), ShownOption("a", "ก"))
    for n in range(12):
        old = answer(
            f"e{n}/r0",
            question=SCALE,
            version="0" * 12,
            clause="3.5",
            stem="ถามแบบเดิม",
            options=shown,
            chosen=("a",),
        )
        await take_in(store, commit(f"e{n}", old, who=person(f"p{n}")))
    text = json.dumps(msgspec.to_builtins(await document(store, library)), ensure_ascii=False)
    assert text.count("ถามแบบเดิม") == 3  # as asked, its result, and the annex of changes
    assert "รุ่นก่อน 000000000000" in text
    assert "ไม่พบบันทึกการอนุมัติของรุ่นนี้" in text


# Words


async def test_hostile_words_stay_words(
    store: Store, heard: Hearing, library: Library, tmp_path: Path
) -> None:
    await heard.types("U1", CHANGE, HOSTILE)
    await heard.suggests("U2", "1.2", f"ข้อเสนอ {HOSTILE}")
    text = squeezed(read(await made(store, library), tmp_path))
    assert text.count(squeezed(HOSTILE)) == 2
    words = list(texts_of(await made(store, library, "docx")))
    assert f"(1)\u00a0 {HOSTILE}" in words or f"(2)\u00a0 {HOSTILE}" in words


@pytest.mark.parametrize("form", ["pdf", "docx"])
def test_every_block_shows_text_as_it_is(form: str, tmp_path: Path) -> None:
    said = HOSTILE + " @ref"
    row = ResultRow("1", said, "1", said, "1F5673", 1.0)
    blocks = (
        *(Heading(1, said), Paragraph(said), Points((said,)), Fields(((said, said), ("", (said, said))))),
        Table((said,), ((said,),), (1.0,), caption=said),
        Result((said, said, said), (row,), (row,), (Segment("1", said, 1, "1F5673"),)),
        *(Quote(1, said, said), Signatures(((said,),)), Together((Paragraph(said, quiet=True),))),
    )
    cover = Cover(said, said, said, ((said, said),), said)
    content = FORMS[form](Document(TODAY.now(), "th", said, said, said, cover, blocks))
    shown = read(content, tmp_path) if form == "pdf" else "\n".join(texts_of(content))
    assert squeezed(shown).count(squeezed(said)) >= 29  # each place of each block


@pytest.mark.parametrize("text", ['#eval("1+1")', "*bold*", "_x_", "$x^2$", "a \\ b", "`code`"])
def test_the_same_words_as_source_would_be_markup(text: str, tmp_path: Path) -> None:
    """What the report would show if texts were written into its source instead of handed over as data."""
    (tmp_path / "s.typ").write_text(text, "utf-8")
    assert text not in read(typst.compile(tmp_path / "s.typ"), tmp_path)


async def test_words_are_quoted_to_the_letter(
    store: Store, heard: Hearing, library: Library, tmp_path: Path
) -> None:
    said = "ขั้นตอนนี้ซ้ำซ้อน ตั้งแต่ชั้นต้นถึงชั้นสูง ทั้งที่น้ำท่วมซ้ำทุกปี\nขึ้นอยู่กับผู้ใหญ่ ฝั่งนั้นสั่งแล้วสิ้นเรื่อง"
    await heard.types("U1", KEEP, said)
    assert squeezed(said) in squeezed(read(await made(store, library), tmp_path))
    plain = reports.FORMS["pdf"]  # and what happens with the marks set the usual way
    source = (Path(reports.__file__).parents[2] / "paper" / "paper.typ").read_text("utf-8")
    assert "features: (mark: 0, mkmk: 0)" in source
    folder = tmp_path / "usual"
    folder.mkdir()
    (folder / "paper.typ").write_text(
        source.replace("features: (mark: 0, mkmk: 0)", "features: (:)"), "utf-8"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_module("bot.secretariat.paper.pdf"), "files", lambda _: folder)
        usual = plain(await document(store, library))
    assert squeezed(said) not in squeezed(read(usual, tmp_path))


async def test_what_the_typeface_lacks_is_named(
    store: Store, heard: Hearing, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await heard.types("U1", CHANGE, "ดี 👍 \u202eกลับ 中 é")
    text = read(await made(store, library), tmp_path)
    assert "ดี [thumbs up sign] กลับ [U+4E2D] é" in text
    assert "(1)\u00a0 ดี 👍 \u202eกลับ 中 é" in list(texts_of(await made(store, library, "docx")))
    monkeypatch.setattr(typeface, "shown", lambda text: text)
    with pytest.raises(typst.TypstError, match="could not be displayed"):
        await made(store, library)


@pytest.mark.parametrize("run_on", ["a" * 400, "ก" * 400, "กขคง" * 100, "https://example.go.th/" + "x" * 300])
async def test_no_line_runs_off_the_page(
    sqlite_store: Store, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_on: str
) -> None:
    await Hearing(sqlite_store, library).types("U1", CHANGE, run_on)

    async def right_edge() -> float:
        boxes = read(await made(sqlite_store, library), tmp_path, "-bbox")
        return max(float(x) for x in re.findall(r'xMax="([\d.]+)"', boxes))

    margin = 595 - 2.3 / 2.54 * 72
    assert await right_edge() <= margin + 2
    monkeypatch.setattr(typeface, "breakable", lambda text: text)
    assert await right_edge() > margin + 2


async def test_personal_data_is_covered(
    store: Store, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "โทรหา นายสมชาย ใจดี ที่ 081-234-5678 ได้ทุกวัน"
    kept = answer(
        "e1/r0",
        question=CHANGE,
        clause="3.5",
        version=library.questions[CHANGE].version,
        chosen=(),
        text=text,
    )
    await take_in(store, commit("e1", kept))
    [quote] = quotes(await document(store, library))
    assert quote.text == "โทรหา [ปกปิด] ที่ [ปกปิด] ได้ทุกวัน"
    told = read(await made(store, library), tmp_path)
    assert "081-234-5678" not in told and "สมชาย" not in told
    monkeypatch.setattr("bot.secretariat.reports.hearing.case.find", lambda text, signs: ())
    assert "081-234-5678" in read(await made(store, library), tmp_path)


async def test_samples_are_evenly_spaced_in_each_group_and_nobody_chooses(
    store: Store, library: Library
) -> None:
    version = library.questions[CHANGE].version
    for n in range(9):
        kept = answer(
            f"e{n}/r0", question=CHANGE, clause="3.5", version=version, chosen=(), text=f"คนที่ {n}", at=at(n)
        )
        await take_in(store, commit(f"e{n}", kept, who=person(f"p{n}")))
    lone = answer(
        "x/r0",
        question=CHANGE,
        clause="3.5",
        version=version,
        chosen=(),
        text="เสียงเดียว",
        group="civil",
        at=at(99),
    )
    await take_in(store, commit("x", lone, who=person("px")))
    said = [quote.text for quote in quotes(await document(store, library))]
    assert said == ["คนที่ 2", "คนที่ 6", "เสียงเดียว"]  # 9/4 and 27/4, rounded down; and all there is of a group


async def test_a_subject_of_one_has_the_room_of_a_subject_of_many(
    store: Store, heard: Hearing, library: Library
) -> None:
    for n in range(12):
        receipt = await heard.suggests(f"U{n}", "1.2", f"ลดเอกสารแบบที่ {n}")
        await heard.notes(tags, receipt=receipt, tag="เอกสาร")
    receipt = await heard.suggests("V", "1.2", "ทางลาดสำหรับรถเข็น")
    await heard.notes(tags, receipt=receipt, tag="ผู้พิการ")
    of = await document(store, library)
    said = [quote.text for quote in quotes(of)]
    assert len(said) == 3
    assert "ทางลาดสำหรับรถเข็น" in said
    text = json.dumps(msgspec.to_builtins(of), ensure_ascii=False)
    assert text.count("ไม่แสดงจำนวน เพราะน้อยกว่า 10 คน หรือคิดย้อนได้") == 4  # the 12 would tell of the one
    assert not re.search("1[12] (?:ข้อเสนอ|คน)", text)
    assert '["ข้อ 1.2 พื้นที่ทดลองกฎ","0","0","0","13"]' in text.replace('", "', '","')  # of all its subjects
    assert "ผู้พิการ ในข้อ 1.2" in text and "เอกสาร ในข้อ 1.2" not in text


async def test_what_the_staff_hide_counts_and_is_not_quoted(
    store: Store, heard: Hearing, library: Library
) -> None:
    receipt = await heard.suggests("U1", "1.2", "ข้อความที่ปิดไว้")
    await heard.notes(moderations, id="m1", subject=receipt, flag=Flag.HIDDEN, reason="มีชื่อคน")
    of = await document(store, library)
    assert quotes(of) == []
    assert "ยังนับอยู่ แต่ไม่ยกมา: 1 ข้อความ" in json.dumps(msgspec.to_builtins(of), ensure_ascii=False)
    later = TODAY.now() + timedelta(seconds=1)
    await heard.notes(moderations, id="m2", subject=receipt, flag=Flag.CLEARED, reason="อ่านซ้ำแล้ว", at=later)
    assert [quote.text for quote in quotes(await document(store, library))] == ["ข้อความที่ปิดไว้"]


async def test_replies_stand_with_their_subject_and_silence_is_said(
    store: Store, heard: Hearing, library: Library, tmp_path: Path
) -> None:
    for n, (tag, reply) in enumerate((("เอกสาร", "เราส่งให้คณะอนุกรรมการอ่านแล้ว"), ("ถ้อยคำของคำถาม", ""))):
        receipt = await heard.suggests(f"U{n}", "1.2", f"ข้อเสนอที่ {n}")
        await heard.notes(tags, receipt=receipt, tag=tag)
        if reply:
            kept = Reply(id="r1", receipt=receipt, text=reply, author="มาลี", at=TODAY.now())
            await store.replies.add(kept, (message(),), ["web"])
    text = read(await made(store, library), tmp_path)
    seventh = text[text.rindex("ส่วนที่ 7 คำตอบ") : text.rindex("ส่วนที่ 8")]
    assert "เราส่งให้คณะอนุกรรมการอ่านแล้ว" in seventh
    assert seventh.count("ยังไม่มีคำตอบ\n") == 1
    assert "มาลี" not in text
    eleventh = text[text.rindex("ส่วนที่ 11") : text.rindex("ภาคผนวก ก ")]
    assert "(1)" in eleventh or "(2)" in eleventh
    eighth = text[text.rindex("ส่วนที่ 8") : text.rindex("ส่วนที่ 9")]
    original = squeezed(library.clauses["end"].original)
    assert original in squeezed(eighth)
    assert "รายงานการประชุมไม่ได้บอก" in eighth


# The document


async def test_a_store_with_nobody_in_it(store: Store, library: Library, tmp_path: Path) -> None:
    text = read(await made(store, library), tmp_path)
    assert "ยังไม่มีผู้ตอบ" in text
    words = "\n".join(texts_of(await made(store, library, "docx")))
    for part in (text, words):
        for n in range(1, 12):
            assert f"ส่วนที่ {n} " in part
        for question in library.questions.values():
            assert squeezed(question.stem) in squeezed(part), question.id
            assert question.version in part
        for option in (o for q in library.questions.values() for o in q.options):
            assert squeezed(option.label) in squeezed(part)


@pytest.mark.parametrize("form", ["pdf", "docx"])
async def test_the_same_store_gives_the_same_bytes_on_the_same_day(
    sqlite_store: Store, library: Library, form: str
) -> None:
    heard = Hearing(sqlite_store, library)
    await heard.types("U1", CHANGE, "ควรเปิดเผยรายจ่าย")
    first = await made(sqlite_store, library, form)
    assert await made(sqlite_store, library, form, Day(2026, 12, 1, 9, 30)) == first
    assert await made(sqlite_store, library, form, Day(2026, 12, 2, 4)) != first


async def test_both_databases_give_the_same_report(
    sqlite_url: str, postgresql_url: str, library: Library
) -> None:
    found = []
    for url in (sqlite_url, postgresql_url):
        store = await Store.open(url)
        try:
            heard = Hearing(store, library)
            await voted(heard)
            await heard.types("U1", CHANGE, "ก")
            await heard.notes(tags, receipt=await heard.suggests("U2", "1.2", "ข"), tag="ค")
            found.append(await document(store, library))
        finally:
            await store.close()
    assert found[0] == found[1]


async def test_the_pdf_is_tagged_titled_and_kept_for_good(
    store: Store, library: Library, tmp_path: Path
) -> None:
    content = await made(store, library)
    (tmp_path / "r.pdf").write_bytes(content)
    told = done("pdfinfo", "r.pdf", folder=tmp_path)
    assert re.search(r"Title:\s+รายงานสรุปผลการรับฟังความคิดเห็น ร่างกรอบ", told)
    assert re.search(r"Tagged:\s+yes", told)
    assert b"pdfaid:part>2<" in content and b"pdfaid:conformance>B<" in content
    assert b"pdfuaid:part>1<" in content
    fonts = done("pdffonts", "r.pdf", folder=tmp_path)
    assert {line.split()[0].partition("+")[2][:7] for line in fonts.splitlines()[2:]} == {"Sarabun"}


async def test_pages_are_numbered_headed_and_not_empty(
    store: Store, heard: Hearing, library: Library, tmp_path: Path
) -> None:
    await voted(heard)
    pages = read(await made(store, library), tmp_path).split("\f")[:-1]
    for n, page in enumerate(pages[1:], 1):
        assert f"หน้า {n} / {len(pages) - 1}" in page
        assert page.startswith("รายงานสรุปผลการรับฟังความคิดเห็น · ร่างกรอบ")
        assert len(page.splitlines()) > 4
    assert pages[1].count("ส่วนที่") == 11 and pages[1].count("ภาคผนวก") == 4
    done("pdftoppm", "-r", "20", "-png", "r.pdf", "p", folder=tmp_path)
    from PIL import Image

    pictures = sorted(tmp_path.glob("p-*.png"))
    assert len(pictures) == len(pages)
    for picture in pictures:
        with Image.open(picture) as image:
            assert len(image.convert("L").getcolors() or ()) > 8, picture.name


async def test_the_docx_has_headings_tables_and_a_thai_font(
    store: Store, heard: Hearing, library: Library
) -> None:
    await voted(heard)
    opened = docx.Document(io.BytesIO(await made(store, library, "docx")))
    titles = [p.text for p in opened.paragraphs if p.style and p.style.name == "Heading 1"]
    assert [t.split()[0] for t in titles] == ["ส่วนที่"] * 11 + ["ภาคผนวก"] * 4
    rows = [[cell.text for cell in row.cells] for table in opened.tables for row in table.rows]
    assert ["1", "พอใจมาก", "21", "67.7"] in rows
    fonts = opened.styles["Normal"].element.rPr.rFonts
    name = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    assert {fonts.get(f"{name}{script}") for script in ("cs", "ascii", "hAnsi")} == {"TH Sarabun New"}
    assert opened.styles["Normal"].element.rPr.find(f"{name}szCs").get(f"{name}val") == "32"
    shades = opened.element.xpath("//w:tcPr/w:shd/@w:fill")
    assert {"1F5673", "9A6B1F"} <= set(shades)
    assert opened.core_properties.title.startswith("รายงานสรุปผล")


def test_every_word_of_the_report_is_there_and_used() -> None:
    words = load_words(CONTENT / reports.WORDS)
    source = "\n".join(path.read_text("utf-8") for path in Path(reports.__file__).parent.glob("*.py"))
    said = set(re.findall(r'"([a-z_]+)"', source))
    formed = {"results_not_applicable", "results_dont_know", "results_skipped"}
    assert set(words.texts) - said - formed == set()
    named = set(re.findall(r'say\(\s*"([a-z_]+)"', source))
    assert named - set(words.texts) == set()
    assert set(words.lists) == set(re.findall(r'points\(\s*"([a-z_]+)"', source))


async def test_a_changed_audit_log_is_told(store: Store, library: Library, tmp_path: Path) -> None:
    deed = await trail(store).note(OPERATOR, "export")
    assert "บันทึกการใช้งาน 1 รายการแล้ว ไม่พบการแก้" in read(await made(store, library), tmp_path)
    await store.audit.add(replace(deed, actor="somebody"), lambda previous, _: previous)
    assert "บันทึกการใช้งานถูกแก้ตั้งแต่ลำดับที่ 2" in read(await made(store, library), tmp_path)


async def test_another_form_is_refused(sqlite_store: Store, library: Library) -> None:
    with pytest.raises(SettingsError, match="pdf, docx"):
        await made(sqlite_store, library, "odt")


@pytest.mark.parametrize("form", ["pdf", "docx"])
def test_the_verb_writes_a_file_and_notes_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, form: str
) -> None:
    from bot.settings import describe

    for variable in describe():
        monkeypatch.delenv(variable.name, raising=False)
    monkeypatch.chdir(tmp_path)
    assert run(["migrate"]) == 0
    out = tmp_path / f"report.{form}"
    assert run(["report", "hearing", "--out", str(out)]) == 0
    assert out.read_bytes()[:2] == {"pdf": b"%P", "docx": b"PK"}[form]
    assert run(["report", "privacy"]) == 0
    assert f"| operator | report hearing | report.{form} | form={form} |" in capsys.readouterr().out
    for refused in ([], ["--out", "report.odt"]):
        assert run(["report", "hearing", *refused]) == UNUSABLE
        assert ".pdf or .docx" in capsys.readouterr().err
