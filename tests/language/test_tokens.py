"""Where Thai words end: as pythainlp's newmm has it, with a dictionary of ours."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythainlp.corpus.common import thai_words
from pythainlp.tokenize import word_tokenize
from pythainlp.util import Trie

from bot.language import tokens
from bot.library import load

NAMES = frozenset({"ก", "ธรรมนูญการมีส่วนร่วม", "จังหวัดจัดการตนเอง", "OECD"})


@pytest.fixture(scope="module")
def trie() -> Trie:
    """pythainlp's own dictionary of the same words."""
    return Trie(thai_words() | NAMES)


@given(st.text(st.sampled_from("กขคธรมนูญการัีุ่่าเแโไ ็์๑๒ฯOECDa1. "), max_size=40), st.integers(0, 40))
def test_the_same_words_begin_everywhere_as_in_pythainlps_trie(trie: Trie, text: str, start: int) -> None:
    assert tokens._dictionary(NAMES).prefixes(text, start) == trie.prefixes(text, start)


def test_the_words_are_pythainlps() -> None:
    assert set(tokens._thai()) == thai_words()


def test_all_we_say_is_cut_as_with_pythainlps_trie(trie: Trie) -> None:
    library = load()
    lines = [line for phrase in library.phrases.values() for line in phrase.lines]
    lines += [line for clause in library.draft.clauses for line in clause.explain]
    runs = [run for line in lines for run in re.findall(r"[ก-๎]+", line)]
    assert len(runs) > 500
    for run in runs:
        expected = word_tokenize(run, custom_dict=trie, engine="newmm")
        assert word_tokenize(run, custom_dict=tokens._dictionary(NAMES), engine="newmm") == expected


def test_a_name_is_one_word() -> None:
    name = "จังหวัดจัดการตนเอง"
    assert tokens.words(f"อยากให้{name}เกิดขึ้น", [name]).count(name) == 1
    assert name not in tokens.words(f"อยากให้{name}เกิดขึ้น")
