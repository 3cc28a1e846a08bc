"""A free question → the topics it is about, best first.

One rule: all knowledge comes in as phrases, which are content; nothing here knows a word of Thai.

Every name and text of a topic is a phrase, cut into character 3-grams: they survive typos and a
language without spaces, and need no dictionary. A phrase is as near to a question as the 3-grams they
share are rare, and a topic is as near as its few nearest phrases. Texts that no topic is about compete
on equal terms, so a greeting finds its own kind and the answer is "nothing".
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from heapq import nlargest
from math import log
from typing import Final

from msgspec import Struct

from bot.language.words import fold

#: Characters of a question that are read. The longest complaint collected has 250, and it bounds the work.
MAX_CHARS: Final = 500

#: How much the nearest, second nearest … phrase of a topic counts.
_RANKS: Final = (1.0, 0.7, 0.49, 0.34, 0.24)
#: The strength from which a question is about something; it becomes the score 0.5. Fitted, like the two
#: below, on the questions in tests/language, whose test holds the accuracy.
_BORDER: Final = 1.2
#: When the first topic is clearly right: its score, and its strength over that of the second.
_SURE_SCORE: Final = 0.7
_SURE_LEAD: Final = 2.0

_NUMBER: Final = re.compile(r"(?<![\d.])\d{1,3}(?:\s?\.\s?\d{1,3})*(?!\d)")
#: One letter and a dot before another letter is an abbreviation, written with or without its dots.
_ABBREVIATED: Final = re.compile(r"(?<![^\W\d_])([^\W\d_])\.(?=[^\W\d_])")
_DRAWN_OUT: Final = re.compile(r"(\D)\1{2,}")
#: Everything but letters, digits and Thai vowel and tone marks (no word characters to `re`); MAIYAMOK too.
_APART: Final = re.compile("(?:[^\\w\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]|[_\u0e46])+")


class Topic(Struct, frozen=True):
    """Something a question can be about.

    `number` is how people cite it ("3.5"); `names` are titles, labels and other words for it; `texts`
    what is said about it. A name that is a word and the number ("clause 3.5") teaches the index how
    people cite: the word then does so before the number of any topic.
    """

    id: str
    number: str
    names: tuple[str, ...]
    texts: tuple[str, ...] = ()


class Ranked(Struct, frozen=True):
    """A topic and how well it fits: 1 when cited by number, from 0.5 the text alone says so."""

    topic: str
    score: float


class Index:
    """The topics, ready to be asked. It is built once and never changes."""

    def __init__(self, topics: Sequence[Topic], none: Sequence[str] = ()) -> None:
        """`none` are phrases that no topic is about: small talk, other subjects, words around a question.

        One that stands word for word in a question is not read there at all.
        """
        self._ids = [topic.id for topic in topics]
        self._numbers = [fold(topic.number) for topic in topics]
        self._cites = re.compile(rf"(?:{_any_of(_citing(topics))})\s*(?=\d)")
        self._unread = re.compile(_any_of(none))

        phrases = [(i, text) for i, topic in enumerate(topics) for text in (*topic.names, *topic.texts)]
        grams = [_grams(self._read(fold(text))) for _, text in phrases]
        self._owners = [owner for owner, _ in phrases] + [len(topics)] * len(none)
        grams += [_grams(_plain(fold(text))) for text in none]

        found: defaultdict[str, list[int]] = defaultdict(list)
        for phrase, its_grams in enumerate(grams):
            for gram in its_grams:
                found[gram].append(phrase)
        self._found = dict(found)
        self._weights = {gram: log(1 + len(grams) / len(where)) ** 2 for gram, where in found.items()}
        self._unknown = log(1 + len(grams)) ** 2
        self._sizes = [self._information(its_grams) ** 0.5 or 1.0 for its_grams in grams]

    def rank(self, text: str) -> tuple[Ranked, ...]:
        """The topics the text may be about, best first; () when it is about none of them.

        Only the first MAX_CHARS characters are read.
        """
        folded = fold(text[:MAX_CHARS])
        plain = self._read(folded)
        strengths = self._strengths(_grams(plain))
        none = strengths.pop()
        best = max(strengths, default=0.0)
        by_words: list[Ranked] = []
        if best >= _BORDER and best > none:
            order = sorted(range(len(strengths)), key=lambda i: -strengths[i])
            by_words = [Ranked(self._ids[i], _score(strengths[i])) for i in order if strengths[i]]
        cited = self._cited(folded, plain)
        return (*(Ranked(id_, 1.0) for id_ in cited), *(r for r in by_words if r.topic not in cited))

    def sure(self, ranked: Sequence[Ranked]) -> bool:
        """Whether the first topic is clearly right, and not only the best guess."""
        if not ranked:
            return False
        first = ranked[0].score
        second = ranked[1].score if len(ranked) > 1 else 0.0
        return first >= _SURE_SCORE and _odds(first) > _SURE_LEAD * _odds(second)

    def _read(self, folded: str) -> str:
        return _plain(self._unread.sub(" ", folded))

    def _information(self, grams: Iterable[str]) -> float:
        return sum(self._weights.get(gram, self._unknown) for gram in grams)

    def _strengths(self, grams: list[str]) -> list[float]:
        """How near each topic is, and last how near "none of them"; 0 is no 3-gram in common."""
        shared: defaultdict[int, float] = defaultdict(float)
        for gram in grams:
            for phrase in self._found.get(gram, ()):
                shared[phrase] += self._weights[gram]
        near: list[list[float]] = [[] for _ in range(len(self._ids) + 1)]
        for phrase, weight in shared.items():
            near[self._owners[phrase]].append(weight / self._sizes[phrase])
        # Much of a long question is told around the point: it dilutes less than in a phrase.
        dilution = self._information(grams) ** 0.25 or 1.0
        return [
            sum(share * rank for share, rank in zip(nlargest(len(_RANKS), it), _RANKS, strict=False))
            / dilution
            for it in near
        ]

    def _cited(self, folded: str, plain: str) -> list[str]:
        """The topics whose number the text names: after a citing word, or with nothing beside it.

        "Clause 3" means every clause of part 3; a bare 3 does not: it is a number of anything.
        """
        cites = self._cites.search(folded)
        if not cites and not all(word.isdigit() for word in plain.split()):
            return []
        numbers = ["".join(number.split()) for number in _NUMBER.findall(folded)]
        ids = [
            id_
            for cited in numbers
            for number, id_ in zip(self._numbers, self._ids, strict=True)
            if number == cited or (cites and number.startswith(f"{cited}."))
        ]
        return list(dict.fromkeys(ids))


def _plain(folded: str) -> str:
    """Letters and digits only, one space between the words and one around."""
    text = _DRAWN_OUT.sub(r"\1", _ABBREVIATED.sub(r"\1", folded))
    return f" {_APART.sub(' ', text).strip()} "


def _citing(topics: Iterable[Topic]) -> set[str]:
    """The words before the number in the names that hold one."""
    names = ((fold(name), fold(topic.number)) for topic in topics for name in topic.names)
    cited = ((name, number) for name, number in names if number[-1:].isdigit() and name.endswith(number))
    return {name.removesuffix(number).strip() for name, number in cited} - {""}


def _grams(plain: str) -> list[str]:
    """The different 3-grams in the order they come: sums over a set would vary from run to run."""
    found = dict.fromkeys(plain[i : i + 3] for i in range(len(plain) - 2))
    return [gram for gram in found if len(gram.strip()) > 1]


def _score(strength: float) -> float:
    return strength / (strength + _BORDER)


def _odds(score: float) -> float:
    """The strength behind a score, in units of the border."""
    return score / (1 - score) if score < 1 else float("inf")


def _any_of(words: Iterable[str]) -> str:
    """A pattern for any of the words, the longest first; ASCII ones whole: Thai has no such thing."""
    longest_first = sorted({fold(word) for word in words}, key=lambda word: (-len(word), word))
    parts = [rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word) for word in longest_first]
    return "|".join(parts) or r"(?!)"
