"""A Thai text as words: pythainlp's newmm, taught the names this field uses.

One rule: a word is what holds a letter or a digit; where Thai words end is the dictionary's opinion,
good to about one word a sentence (WORDING.md 2.1), so nothing here is more exact than that.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Final

from pythainlp.corpus.common import thai_words
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
    """The words of pythainlp and these names as newmm asks for them: those that begin at some place.

    pythainlp's own Trie keeps a node for every letter, 62 MB and a third of a second of every start, for
    what is here its set of words, which it keeps anyway, and how long those are that begin alike.
    """

    def __init__(self, names: frozenset[str]) -> None:
        self._words = thai_words()
        self._names = names
        lengths: defaultdict[str, set[int]] = defaultdict(lambda: {1})
        for word in (*self._words, *names):
            lengths[word[:2]].add(len(word))
        self._lengths = {beginning: sorted(found) for beginning, found in lengths.items()}

    def prefixes(self, text: str, start: int) -> list[str]:
        """The words that begin at `start`, the shortest first."""
        rest = len(text) - start
        lengths = self._lengths.get(text[start : start + 2], (1,))
        found = [text[start : start + length] for length in lengths if length <= rest]
        return [word for word in found if word in self._words or word in self._names]


@cache
def _dictionary(names: frozenset[str]) -> _Dictionary:
    return _Dictionary(names)


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
