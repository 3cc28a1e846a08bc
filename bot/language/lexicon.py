"""A Thai text cut into words with pythainlp's dictionary and its lists of names at once.

A name glued to its sentence is seen that way, which a cut by the dictionary alone would tear into syllables.

One rule: all work is linear in the length of the text.
"""

import re
from functools import cache
from itertools import pairwise
from typing import Final

from msgspec import Struct
from pythainlp.corpus import thai_family_names, thai_female_names, thai_male_names, thai_words

#: The shortest name told from a sentence without a title, in characters.
DISTINCT: Final = 4
_RUN: Final = re.compile(r"[\u0e01-\u0e4e]+")
#: A character that never begins a word: what follows a consonant, above, below or after it.
_DEPENDENT: Final = frozenset(
    "\u0e30\u0e31\u0e32\u0e33\u0e34\u0e35\u0e36\u0e37\u0e38\u0e39\u0e45"
    "\u0e47\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0e4d\u0e4e"
)
#: The longest word or name looked for, in characters.
_LONGEST: Final = 24
#: What a word, a name and an unknown character cost: few words are better than many, a word is better
#: than a name of its length, and any of them is better than letters that are neither.
_WORD, _NAME, _SHORT_NAME, _LETTER = 1.0, 1.25, 2.0, 1.5


class Token(Struct, frozen=True):
    """A word, a name or letters that are neither, and its [start, end) in the text."""

    start: int
    end: int
    text: str


class Lexicon(Struct, frozen=True):
    """What is a word, a first name and a family name, and what each of them costs a cut."""

    words: frozenset[str]
    first: frozenset[str]
    family: frozenset[str]
    cost: dict[str, float]


@cache
def lexicon(called: frozenset[str]) -> Lexicon:
    """The dictionary and the lists of names; `called` are what people are called beside them."""
    words, first, family = thai_words(), thai_female_names() | thai_male_names(), thai_family_names()
    cost = {name: _NAME if len(name) >= DISTINCT else _SHORT_NAME for name in first | family if len(name) > 2}
    cost |= dict.fromkeys(called, _SHORT_NAME) | dict.fromkeys(words, _WORD)
    return Lexicon(words, first, family, cost)


def segmented(text: str, known: Lexicon) -> list[Token]:
    """The Thai of the text as tokens, from its beginning; what is not Thai lies between them."""
    return [token for run in _RUN.finditer(text) for token in _segment(run[0], run.start(), known)]


def _segment(run: str, start: int, known: Lexicon) -> list[Token]:
    """The run cut into words, names and what is neither, as cheaply as possible."""
    size = len(run)
    best: list[tuple[float, int]] = [(0.0, 0)] + [(float("inf"), 0)] * size
    for at in range(size):
        so_far = best[at][0]
        if so_far + _LETTER < best[at + 1][0]:
            best[at + 1] = (so_far + _LETTER, at)
        if run[at] in _DEPENDENT:
            continue
        for end in range(at + 1, min(at + _LONGEST, size) + 1):
            cost = known.cost.get(run[at:end])
            if cost and so_far + cost < best[end][0] and (end == size or run[end] not in _DEPENDENT):
                best[end] = (so_far + cost, at)
    cuts = [size]
    while cuts[-1]:
        cuts.append(best[cuts[-1]][1])
    pieces = [(a, b) for b, a in pairwise(cuts)][::-1]
    return _merged(run, start, pieces, known)


def _merged(run: str, start: int, pieces: list[tuple[int, int]], known: Lexicon) -> list[Token]:
    """The pieces as tokens; letters beside one another that are no word become one."""
    tokens: list[Token] = []
    loose = False
    for a, b in pieces:
        unknown = run[a:b] not in known.cost
        if unknown and loose:
            last = tokens.pop()
            tokens.append(Token(last.start, start + b, last.text + run[a:b]))
        else:
            tokens.append(Token(start + a, start + b, run[a:b]))
        loose = unknown
    return tokens
