"""Names of people in a Thai text: after a title, as they are told, and a first name with a family name.

A name that is also a word needs more around it than one that is not.

One rule: all work is linear in the length of the text.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from re import Pattern
from typing import Final

from msgspec import Struct

from bot.language.lexicon import DISTINCT, lexicon, segmented

#: The longest unknown first or family name, in characters.
_LONGEST_NAME: Final = 22
_LATIN_NAME: Final = re.compile(r"[A-Z][A-Za-z'\u2019-]*\.?(?: [A-Z][A-Za-z'\u2019-]*){0,2}")
_SMALL_NAME: Final = re.compile(r"[a-z'-]{2,20}(?: [a-z'-]{2,20})?")
#: Before the name of a program, not of a woman.
_MS: Final = "MS "
#: The particle of noble family names.
_NA: Final = "\u0e13"


class NameSigns(Struct, frozen=True):
    """What stands before a name and what ends it, as data.

    After `formal` titles and after `told` any word that is none of `stops` is a name; after `informal`
    titles and `hinted` it must be known for one, and end there unless the title is of `kin`. `ordinary` only
    begins like a title. `given` are names although the dictionary has them; `doubtful` are in the lists of
    names, but words before that; `called` is what people are called after an informal title. `surnames` begin
    family names that are made of words, `places` stand before the name of a school or a road, `latin` before
    a name in Latin letters.
    """

    formal: Pattern[str]
    informal: Pattern[str]
    kin: Pattern[str]
    ordinary: Pattern[str]
    told: Pattern[str]
    hinted: Pattern[str]
    latin: Pattern[str]
    stops: frozenset[str]
    given: frozenset[str]
    doubtful: frozenset[str]
    called: frozenset[str]
    surnames: tuple[str, ...]
    places: Pattern[str]


def names(text: str, typed: str, signs: NameSigns) -> Iterator[tuple[int, int]]:
    """[start, end) of each name, a title included; `typed` is the text before its case was levelled."""
    reader = _Reader(text, signs)
    yield from reader.titled()
    yield from reader.told()
    yield from reader.bare()
    yield from _latin(text, typed, signs)


def _latin(text: str, typed: str, signs: NameSigns) -> Iterator[tuple[int, int]]:
    for found in signs.latin.finditer(text):
        small = typed[found.start() : found.end()] == found[0] and found[0][0].isascii()
        name = _LATIN_NAME.match(typed, found.end()) or (small and _SMALL_NAME.match(typed, found.end()))
        if name and typed[found.start() : found.end()] != _MS:
            yield found.start(), name.end()


class _Reader:
    """The words of one text, and the questions asked of them."""

    def __init__(self, text: str, signs: NameSigns) -> None:
        self.text, self.signs, self.lexicon = text, signs, lexicon(signs.called)
        self.tokens = segmented(text, self.lexicon)
        self.starts = [token.start for token in self.tokens]

    def titled(self) -> Iterator[tuple[int, int]]:
        """A title, and the name after it."""
        for formal, titles in ((True, self.signs.formal), (False, self.signs.informal)):
            for title in titles.finditer(self.text):
                if (
                    "/"
                    in self.text[title.start() - 1 : title.start()] + self.text[title.end() : title.end() + 1]
                ):
                    continue  # one of several to choose from
                if self.signs.ordinary.match(self.text, title.start()) or not self._whole(title):
                    continue
                end = self._name(title.end(), known=not formal, called=not formal) or self._of_kin(title)
                if end:
                    yield title.start(), end

    def _of_kin(self, title: re.Match[str]) -> int:
        """Where a nickname after a title of kin ends, be it in a sentence's midst; 0 when there is none."""
        n = self._at(title.end()) if self.signs.kin.fullmatch(title[0]) else None
        if n is None:
            return 0
        word = self.tokens[n].text
        known = word in self.lexicon.first - self.signs.doubtful or word in self.signs.called
        return self.tokens[n].end if known or self._unknown(n) else 0

    def told(self) -> Iterator[tuple[int, int]]:
        """What somebody says they are called."""
        for known, patterns in ((False, self.signs.told), (True, self.signs.hinted)):
            for told in patterns.finditer(self.text):
                if end := self._name(told.end(), known=known, called=False):
                    yield told.end(), end

    def bare(self) -> Iterator[tuple[int, int]]:
        """A first name that is no other word, or one with a family name after it."""
        for n, token in enumerate(self.tokens):
            if self._distinct(n) and not self._of_place(n):
                end = self._compound(n, known=True)
                yield token.start, self._family(end, known=True) or end
        for n, token in enumerate(self.tokens[:-1]):
            if self.text[token.end : token.end + 1] != " " or self.tokens[n + 1].start != token.end + 1:
                continue
            alone = not n or self.tokens[n - 1].end < token.start
            if end := self._pair(n, alone=alone):
                yield token.start, end

    def _whole(self, title: re.Match[str]) -> bool:
        """Whether the title is a word of its own: words begin where it begins and where it ends."""
        if title[0].endswith("."):
            return self.text[title.start() - 1 : title.start()] != "."
        at = bisect_left(self.starts, title.start())
        begins = at < len(self.starts) and self.starts[at] == title.start()
        return begins and (
            self._at(title.end()) is not None or self.text[title.end() : title.end() + 1] == " "
        )

    def _at(self, start: int) -> int | None:
        """The number of the token that begins here."""
        n = bisect_left(self.starts, start)
        return n if n < len(self.starts) and self.starts[n] == start else None

    def _name(self, start: int, *, known: bool, called: bool) -> int:
        """Where the name that begins here ends, with the family name after it; 0 when there is none."""
        n = self._at(start + (self.text[start : start + 1] == " "))
        if n is None:
            return 0
        end = self._first(n, known=known, called=called)
        return end and (self._family(end, known=known) or end)

    def _first(self, n: int, *, known: bool, called: bool) -> int:
        """Where the first name that begins with this token ends; 0 when it is none."""
        token, lexicon = self.tokens[n], self.lexicon
        if token.text in lexicon.first - lexicon.words and len(token.text) > 2:
            return self._compound(n, known=known)
        titled = called and (
            token.text in lexicon.first - self.signs.doubtful or token.text in self.signs.called
        )
        if titled or token.text in self.signs.given:
            return token.end if self._ends(n) or not known else 0
        if known and token.text in lexicon.first and self._known_family(token.end):
            return token.end
        if known or token.text in self.signs.stops:
            return 0
        end = self._compound(n, known=False)
        return end if end - token.start > 1 else 0

    def _compound(self, n: int, *, known: bool) -> int:
        """The end of the tokens from here that may be one name; what is known for one stands alone."""
        start, end = self.tokens[n].start, self.tokens[n].end
        while not self._ends(n):
            n += 1
            if self.tokens[n].end - start > _LONGEST_NAME or (known and self._word(n)):
                break
            end = self.tokens[n].end
        return end

    def _word(self, n: int) -> bool:
        return self.tokens[n].text in self.lexicon.words

    def _unknown(self, n: int) -> bool:
        """Whether this is no word of the dictionary, and long enough not to be a piece of one."""
        return not self._word(n) and len(self.tokens[n].text) >= DISTINCT - 1

    def _ends(self, n: int) -> bool:
        """Whether a name can end with this token: its run ends, or what follows never goes on with one."""
        following = self.tokens[n + 1] if n + 1 < len(self.tokens) else None
        return following is None or following.start > self.tokens[n].end or following.text in self.signs.stops

    def _family(self, end: int, *, known: bool) -> int:
        """Where the family name after a first name ends; 0 when none follows."""
        n = self._at(end + 1) if self.text[end : end + 1] == " " else None
        if n is None:
            return 0
        if self.tokens[n].text == _NA:
            return self._family(self.tokens[n].end, known=False) or 0
        chunk_end = self._compound(n, known=False)
        chunk = self.text[self.tokens[n].start : chunk_end]
        if chunk in self.lexicon.family:
            return chunk_end
        token = self.tokens[n]
        if token.text in self.signs.stops:
            return self._made_up(n)
        nameish = token.text.startswith(self.signs.surnames) or token.text in self.lexicon.first
        made_of_words = nameish and chunk_end > token.end
        return chunk_end if not known or not self._word(n) or made_of_words else 0

    def _made_up(self, n: int) -> int:
        """Where a run of a word that ends names and letters that are no word ends: together they are one."""
        last = n
        while last + 1 < len(self.tokens) and self.tokens[last + 1].start == self.tokens[last].end:
            last += 1
        start, end = self.tokens[n].start, self.tokens[last].end
        unknown = any(not self._word(each) for each in range(n, last + 1))
        return end if unknown and DISTINCT <= end - start <= _LONGEST_NAME else 0

    def _distinct(self, n: int) -> bool:
        word = self.tokens[n].text
        return len(word) >= DISTINCT and word in self.lexicon.first and word not in self.lexicon.words

    def _of_place(self, n: int) -> bool:
        """Whether the name is that of a school, a road or a dam: such a word stands in the run before it."""
        start = self.tokens[n].start
        before = self.text[max(0, start - _LONGEST_NAME) : start].rstrip(" ").rpartition(" ")[2]
        return bool(self.signs.places.search(before))

    def _known_family(self, end: int) -> bool:
        """Whether a family name follows that is no other word."""
        family = self.text[end + 1 : self._family(end, known=True)]
        return family in self.lexicon.family and family not in self.lexicon.words

    def _pair(self, n: int, *, alone: bool) -> int:
        first, lexicon = self.tokens[n].text, self.lexicon
        end = self._family(self.tokens[n].end, known=True)
        if not end:
            return 0
        family = self.text[self.tokens[n].end + 1 : end]
        if first in self.signs.given:
            return end
        if family not in lexicon.family or family in lexicon.words:
            return 0
        named = first in lexicon.first and (alone or first not in self.signs.doubtful)
        unknown = alone and first not in lexicon.words and len(first) >= DISTINCT
        return end if named or unknown else 0
