"""A Thai text as words: pythainlp's newmm, taught the names this field uses.

One rule: a word is what holds a letter or a digit; where Thai words end is the dictionary's opinion,
good to about one word a sentence (WORDING.md 2.1), so nothing here is more exact than that.
"""

import re
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import Final

from pythainlp.tokenize import word_tokenize

#: A text beyond this many characters is cut by simpler rules first: newmm's time is not linear.
_PIECE: Final = 200
_WORDY: Final = re.compile(r"[^\W_]")
#: Dotted abbreviations and numbers, which newmm would take apart.
_WHOLE: Final = re.compile(
    r"(?:[\u0e01-\u0e2e]{1,5}\.){2,6}|\d[\d.,]*(?:[\u2013-]\d[\d.,]*)?|[A-Za-z][\w.'-]*"
)
#: A run of Thai letters, one of other letters and digits, or any single character.
_RUN: Final = re.compile(r"[\u0e01-\u0e4e]+|[^\W\u0e00-\u0e7f]+|.", re.DOTALL)
_THAI: Final = re.compile(r"[\u0e01-\u0e4e]")


class _Dictionary:
    """Words as newmm asks for them: those that begin at some place of a text.

    Kept of each word is its hash, of 64 bits, and how long those are that begin with the same two letters:
    3 MB. pythainlp's own Trie has a node a letter, which is 62 MB and a third of a second of every start,
    and the words as a set are 10. That a text which is no word passes for one has a chance of 3 in 10^15.
    """

    def __init__(self, words: Iterable[str]) -> None:
        lengths: defaultdict[str, set[int]] = defaultdict(lambda: {1})
        hashes = array("q")
        for word in words:
            lengths[word[:2]].add(len(word))
            hashes.append(hash(word))
        self._hashes = array("q", sorted(hashes))
        self._lengths = {beginning: tuple(sorted(found)) for beginning, found in lengths.items()}

    def prefixes(self, text: str, start: int) -> list[str]:
        """The words that begin at `start`, the shortest first."""
        rest = len(text) - start
        lengths = self._lengths.get(text[start : start + 2], (1,))
        found = []
        for length in lengths:
            if length > rest:
                break
            word = text[start : start + length]
            at = bisect_left(self._hashes, sought := hash(word))
            if at < len(self._hashes) and self._hashes[at] == sought:
                found.append(word)
        return found


def _thai() -> Iterator[str]:
    """The words of `thai_words()`, which pythainlp, once asked for them, keeps for ever."""
    with files("pythainlp.corpus").joinpath("words_th.txt").open(encoding="utf-8-sig") as lines:
        yield from (line.strip() for line in lines)


@cache
def _dictionary(names: frozenset[str]) -> _Dictionary:
    return _Dictionary(chain(_thai(), names))


def words(text: str, names: Iterable[str] = ()) -> list[str]:
    """The words of the text in order; each of `names` counts as one word. Never raises."""
    dictionary = _dictionary(frozenset(names))
    found: list[str] = []
    at = 0
    for whole in _WHOLE.finditer(text):
        found += _cut(text[at : whole.start()], dictionary)
        found.append(whole[0])
        at = whole.end()
    return [word for word in (*found, *_cut(text[at:], dictionary)) if _WORDY.search(word)]


def pieces(text: str) -> list[str]:
    """The text cut where its words end, with nothing left out: joined, the pieces are the text."""
    found: list[str] = []
    for run in _RUN.findall(text):
        cut = _cut(run, _dictionary(frozenset())) if _THAI.match(run) else [run]
        found += cut if "".join(cut) == run else [run]
    return found


def _cut(text: str, dictionary: _Dictionary) -> list[str]:
    words: list[str] = []
    for run in text.split():
        for at in range(0, len(run), _PIECE):
            piece = run[at : at + _PIECE]
            words += word_tokenize(piece, custom_dict=dictionary, engine="newmm")  # type: ignore[arg-type]  # all newmm asks for
    return words
