"""Thai as it may be stored, counted and compared."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythainlp.corpus import thai_words

from bot.language.words import clean, clip, fold, graphemes, length, visible


def test_the_dictionary_is_clean() -> None:
    assert [word for word in thai_words() if clean(word) != word and "\u200b" not in word] == []


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\ud800b", "a\ufffdb"),
        ("a\0b", "a\ufffdb"),
        ("บรรทัด\nสอง", "บรรทัด\nสอง"),
        ("ก" + "่" * 50, "ก" + "่" * 4),
    ],
)
def test_what_may_be_stored(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@given(st.text(st.characters()))
def test_clean_text_stays_clean_and_can_be_encoded(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    cleaned.encode("utf-8")


@given(st.text())
def test_graphemes_are_the_text(text: str) -> None:
    assert "".join(graphemes(text)) == text
    assert length(text) == len(graphemes(text))
    assert clip(text, 3) == "".join(graphemes(text)[:3])


@pytest.mark.parametrize(
    ("text", "n"), [("", 0), ("กี่", 1), ("น้ำ", 1), ("ข้าม", 3), ("🏳️‍🌈", 1), ("👍🏽", 1), ("abc", 3)]
)
def test_what_a_reader_counts(text: str, n: int) -> None:
    assert length(text) == n


@pytest.mark.parametrize(
    ("one", "other"),
    [("ข้อ ๓.๕", "ข้อ 3.5"), ("เเละ", "และ"), ("  STOP ", "stop"), ("หยุด\u200b", "หยุด"), ("หยุด!!", "หยุด")],
)
def test_the_same_words(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_polite_endings_change_nothing() -> None:
    assert fold("หยุดครับ", ["ครับ", "ค่ะ"]) == fold("หยุด", ["ครับ", "ค่ะ"]) == "หยุด"
    assert fold("ครับ", ["ครับ"]) == "ครับ"


@pytest.mark.parametrize("unit", ["1", "ก", "่", "\ud800", "\r", "🏽"])
def test_a_million_hostile_characters(unit: str) -> None:
    began = time.perf_counter()
    clean(unit * 1_000_000)
    assert time.perf_counter() - began < 5


def test_what_turns_the_text_is_named_and_nothing_else_changes() -> None:
    assert visible("ก\u202eข\u2066\u200f") == "ก⟦RLO⟧ข⟦LRI⟧⟦RLM⟧"
    assert visible("น้ำ a\u200bb\n👨‍👩‍👧") == "น้ำ a\u200bb\n👨‍👩‍👧"
