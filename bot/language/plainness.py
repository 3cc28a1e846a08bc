"""How plain a Thai text is: thirteen measures, and no single score.

A score would hide that a text can be short and still full of officialese. The measures and their limits
are those of WORDING.md 2.2, calibrated on the 17 clauses of the minutes and not yet on readers.

One rule: one sentence a line; where the author did not keep to it, nothing here guesses.
"""

import re
from collections.abc import Sequence
from functools import cache
from re import Pattern
from typing import Final

from msgspec import Struct
from pythainlp.corpus import thai_stopwords, tnc, ttc
from pythainlp.tag import pos_tag

from bot.language.tokens import words
from bot.language.words import length

#: A word among this many most frequent ones of a corpus is common (WORDING.md P5).
_COMMON_RANK: Final = 3_000

#: Below this many words a share says little, and uncommon words are counted instead.
_SMALL: Final = 20

_ENGLISH: Final = re.compile(r"[A-Za-z][A-Za-z'-]*")
_ABBREVIATION: Final = re.compile(r"(?:[\u0e01-\u0e2e]{1,5}\.){2,6}|\b[A-Z]{2,8}\b")
_BRACKETED: Final = re.compile(r"\([^()]*\)")
_NESTED: Final = re.compile(r"\([^()]*\(")
_SLASH: Final = re.compile(r"[^\W\d]\s?/\s?[^\W\d]")
_THAI: Final = re.compile(r"[\u0e01-\u0e4e]+")
_THAI_DIGIT: Final = re.compile(r"[\u0e50-\u0e59]")
_YEAR: Final = re.compile(r"(?<!\d)25\d\d(?!\d)")
_ERA: Final = re.compile(r"\u0e1e\.\u0e28\.\s?$|[\u2013-]\s?$")


class Vocabulary(Struct, frozen=True):
    """What the measures know of Thai, as data.

    `names` are words of this field; `light` finds official words without meaning; `nominal` are the
    words that make a noun of a verb; `connectors` join what could be two sentences; `pronouns` are
    ways to say "you".
    """

    names: frozenset[str]
    light: Pattern[str]
    nominal: frozenset[str]
    connectors: frozenset[str]
    pronouns: frozenset[str]


class Plainness(Struct, frozen=True, kw_only=True):
    """The measures of one bubble. `longest`, `connectors` and `verbs` are of its worst sentence.

    `uncommon` is a share in percent of its Thai words, `light` and `nominal` are counts in 100 words;
    everything else is a count.
    """

    words: int
    characters: int
    lines: int
    longest: int
    uncommon: float
    uncommon_words: int
    light: float
    nominal: float
    connectors: int
    verbs: int
    english: int
    abbreviations: int
    crowded: int
    pronouns: int
    bare_years: int


class Excess(Struct, frozen=True):
    """A measure beyond its limit: "P1", what was measured, the limit, and whether it stops the text."""

    measure: str
    value: float
    limit: float
    blocks: bool


def measure(lines: Sequence[str], vocabulary: Vocabulary, glossed: Sequence[str] = ()) -> Plainness:
    """Measure a bubble, one sentence a line. `glossed` terms are explained and count as common."""
    sentences = [words(line, vocabulary.names) for line in lines]
    every = [word for sentence in sentences for word in sentence]
    text = "\n".join(lines)
    thai = [word for word in every if _THAI.fullmatch(word)]
    rare = [word for word in thai if not _is_known(word, vocabulary, glossed)]
    tagged = [_verbs(sentence) for sentence in sentences]
    nouned = sum(
        word in vocabulary.nominal and is_verb
        for sentence, verbs in zip(sentences, tagged, strict=True)
        for word, is_verb in zip(sentence, verbs[1:], strict=False)  # the next word's
    )
    per_hundred = 100 / max(len(every), 1)
    return Plainness(
        words=len(every),
        characters=length(text),
        lines=len(lines),
        longest=max(map(len, sentences), default=0),
        uncommon=round(100 * len(rare) / max(len(thai), 1), 1),
        uncommon_words=len(rare),
        light=round(len(vocabulary.light.findall(text)) * per_hundred, 1),
        nominal=round(nouned * per_hundred, 1),
        connectors=max((sum(w in vocabulary.connectors for w in s) for s in sentences), default=0),
        verbs=max(map(sum, tagged), default=0),
        english=_unexplained(_ENGLISH, _ABBREVIATION.sub("", text), glossed),
        abbreviations=_unexplained(_ABBREVIATION, text, (*glossed, *vocabulary.names)),
        crowded=len(_SLASH.findall(text)) + len(_NESTED.findall(text)),
        pronouns=sum(pronoun in every for pronoun in vocabulary.pronouns),
        bare_years=_bare_years(text) + len(_THAI_DIGIT.findall(text)),
    )


def _unexplained(pattern: Pattern[str], text: str, explained: Sequence[str]) -> int:
    """How many the pattern finds outside brackets that nothing explains."""
    found = pattern.findall(_BRACKETED.sub("", text))
    return sum(not any(word in term for term in explained) for word in found)


def _bare_years(text: str) -> int:
    """Years that do not say of which era they are, neither themselves nor the year before a dash."""
    return sum(not _ERA.search(text[: year.start()]) for year in _YEAR.finditer(text))


def _is_known(word: str, vocabulary: Vocabulary, glossed: Sequence[str]) -> bool:
    return word in vocabulary.names or any(word in term for term in glossed) or _is_common(word)


@cache
def _is_common(word: str) -> bool:
    """Whether it is frequent, or made of nothing but frequent words."""
    if word in _frequent():
        return True
    return any(word[:i] in _frequent() and word[i:] in _frequent() for i in range(3, len(word) - 2))


@cache
def _frequent() -> frozenset[str]:
    frequent = set(thai_stopwords())
    for corpus in (ttc.word_freqs(), tnc.unigram_word_freqs().items()):
        ranked = sorted(corpus, key=lambda item: (-item[1], item[0]))
        frequent.update(word for word, _ in ranked[:_COMMON_RANK])
    return frozenset(frequent)


@cache
def _tags(sentence: tuple[str, ...]) -> tuple[bool, ...]:
    tagged = pos_tag(list(sentence), engine="perceptron", corpus="orchid_ud")
    return tuple(tag == "VERB" for _, tag in tagged)


def _verbs(sentence: list[str]) -> list[bool]:
    """For each word whether it is a verb, as the Orchid tagger sees it."""
    return list(_tags(tuple(sentence))) if sentence else []


#: Measure, the field, the value above which a second reader looks, and the one that stops the text.
_LIMITS: Final = (
    ("P1", "longest", 18, 25),
    ("P2", "words", 60, 90),
    ("P2", "characters", 300, None),
    ("P2", "lines", 6, None),
    ("P6", "light", 2, None),
    ("P7", "nominal", 7, None),
    ("P8", "connectors", 2, 4),
    ("P8", "verbs", 5, None),
    ("P10", "english", 0, None),
    ("P10", "abbreviations", 0, None),
    ("P11", "crowded", 0, None),
    ("P12", "pronouns", 1, None),
    ("P13", "bare_years", 0, None),
)


def excesses(measured: Plainness) -> list[Excess]:
    """The measures beyond their limits, in the order of their numbers.

    P3, P4 and P9 are rules of the wording gate (W30, W21, W27), which judge each question themselves.
    """
    found = []
    for name, field, warn, block in _LIMITS:
        value = getattr(measured, field)
        if value > warn:
            blocks = block is not None and value > block
            found.append(Excess(name, value, block if blocks and block else warn, blocks))
    if measured.words < _SMALL:
        if measured.uncommon_words > 2:
            found.append(Excess("P5", measured.uncommon_words, 2, blocks=False))
    elif measured.uncommon > 8:
        found.append(Excess("P5", measured.uncommon, 8, blocks=False))
    return sorted(found, key=lambda excess: int(excess.measure[1:]))
