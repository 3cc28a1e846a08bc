"""The checker never raises, never dawdles and never changes its mind; a finding points at what it means."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.dialogue import MessageType
from bot.language.wording import Choice, Said, check, read_line
from tests.wording.conftest import Checker

THAI = st.text(st.characters(min_codepoint=0x0E00, max_codepoint=0x0E7F) | st.sampled_from(" |{}“”()/!.\n"))


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=300) | THAI)
def test_it_never_raises_and_never_changes_its_mind(checker: Checker, text: str) -> None:
    said = read_line(text, checker.labels)
    found = check(said, checker.rules)
    assert found == check(said, checker.rules)
    for finding in found:
        whole = said.choices[finding.part].label if finding.choice else said.lines[finding.part]
        assert whole[finding.start : finding.end] == finding.span


@pytest.mark.parametrize(
    "unit",
    [
        "ก",
        "คุณ",
        "ไม่",
        "และ",
        "ถ้าคุณไม่ตอบ",
        "“",
        "๐",
        "a ",
        "1-",
        "เเ",
        "ส.ป.ย.ป.",
        "คนส่วนใหญ่ตอบ",
        "1 หมื่น-",
        "เลือกไว้ให้",
        "ลดลงมาก ",
        "ไม่ควรห้าม",
        "พอเปิดก็",
        "เร็ว/",
    ],
)
def test_the_time_grows_with_the_length_only(checker: Checker, unit: str) -> None:
    def seconds(size: int) -> float:
        line = (unit * size)[:size]
        times = []
        for _ in range(5):
            start = time.process_time()
            checker(line)
            times.append(time.process_time() - start)
        return min(times)

    checker(unit)
    assert seconds(3_800) / seconds(1_900) <= 3


def test_what_no_channel_could_show_is_refused_unread(checker: Checker) -> None:
    assert checker.blocks("ก" * 100_000) == {"LONG"}
    assert checker.blocks("คุณคิดอย่างไร" + " | ก" * 50) == {"LONG"}


@pytest.mark.parametrize(
    "line",
    [
        "ข้อ 3.7 ใช้คำว่า “กฎหมายที่ล้าสมัย” คุณคิดอย่างไร",  # a quotation with its source
        "ถ้าข้อมูลรั่ว เราต้องแจ้งภายใน 72 ชั่วโมง มิฉะนั้นหน่วยงานมีความผิด",  # the agency bears it
        "คุณเคยติดต่อสำนักงานคณะกรรมการส่งเสริมสวัสดิการและคุ้มครองแรงงานหรือไม่",  # a name
        "ไม่ต้องรีบ ตอบเมื่อไรก็ได้ก่อนวันที่ 31 มกราคม พ.ศ. 2565",  # pressure taken away
        "คำว่า ธรรมาภิบาล หมายถึง การทำงานที่ตรวจสอบได้",  # the word as a word
    ],
)
def test_what_only_sounds_bad_passes(checker: Checker, line: str) -> None:
    assert checker.blocks(line) == set()


def test_the_rest_of_a_line_is_still_read(checker: Checker) -> None:
    assert "LOADED" in checker.families("ข้อ 3.7 ใช้คำว่า “กฎหมายที่ล้าสมัย” ซึ่งเป็นระบบที่อุ้ยอ้าย")
    assert "URGENCY" in checker.families("ไม่ต้องรีบ แต่เหลือเพียง 2 ชั่วโมง ตอบทันที")


def test_the_same_words_typed_otherwise_are_found(checker: Checker) -> None:
    for typed in ("เเน่นอนว่าดี", "แน่นอน\u200bว่าดี", "แน่นอนว่าดี", "เตือนครั้งที่ ๔"):
        assert checker.blocks(typed), typed


def test_the_type_of_a_message_decides(checker: Checker) -> None:
    def families(type_: MessageType, line: str) -> set[str]:
        return {finding.family for finding in check(Said(type=type_, lines=(line,)), checker.rules)}

    result = "ผู้ตอบ 120 คนเห็นด้วย"
    assert "SOCIAL" in families(MessageType.QUESTION, result)
    assert "SOCIAL" not in families(MessageType.REPORT, result)


def test_structure_is_judged_from_data(checker: Checker) -> None:
    """The words look balanced; the values say otherwise."""

    def families(*values: int, **changes: object) -> set[str]:
        choices = [Choice(label=f"ระดับ{'กขคงจ'[i]}", value=v, scale="pole") for i, v in enumerate(values)]
        choices += [Choice(label="ไม่แน่ใจ", role="dont_know"), Choice(label="ข้าม", role="skip")]
        said = Said(type=MessageType.QUESTION, lines=("คุณคิดอย่างไร",), choices=tuple(choices), **changes)
        return {finding.family for finding in check(said, checker.rules)}

    assert families(2, 1, 0, -1, -2) == set()
    assert "SCALE" in families(2, 1, -1)
    assert "NO_EXIT" in families(1, -1, exits=frozenset({"skip", "stop"}))
    assert "NO_EXIT" not in families(1, -1, exits=frozenset({"skip", "back", "stop", "my_data"}))


def test_a_preset_choice_and_a_louder_button_are_found(checker: Checker) -> None:
    plain, preset = Choice(label="ควร"), Choice(label="ควร", preset=True)
    loud, other = Choice(label="ควร", look="primary"), Choice(label="ไม่ควร")
    for first, family in ((plain, None), (preset, "DEFAULT"), (loud, "BUTTON")):
        said = Said(
            type=MessageType.QUESTION,
            lines=("รัฐควรทำเรื่องนี้หรือไม่",),
            choices=(first, other, Choice("ไม่แน่ใจ", "dont_know"), Choice("ข้าม", "skip")),
        )
        assert {f.family for f in check(said, checker.rules)} == ({family} if family else set())


def test_an_explanation_says_nothing_more_strongly_than_its_source(checker: Checker) -> None:
    said = Said(type=MessageType.EXPLAIN, lines=("รัฐต้องเปิดเผยงบประมาณ",), source="ควรเปิดเผยงบประมาณ")
    assert {finding.family for finding in check(said, checker.rules)} == {"STATUS"}


def test_the_first_message_says_who_asks(checker: Checker) -> None:
    said = Said(type=MessageType.INVITE, lines=("ขอถามสั้น ๆ 3 ข้อ",), opening=True)
    assert "UNDISCLOSED" in {finding.family for finding in check(said, checker.rules)}
