"""Personal data in a typed text: where it stands and of what kind.

Numbers with a check digit are checked, telephone numbers follow the national plan, names come from
pythainlp's lists. It is meant for asking the person before anything is stored, not for anonymising:
what it misses, it misses.

One rule: a law, a year, a sum of money, a clause and the name of an office are nobody's data.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from re import Pattern
from typing import Final

from msgspec import Struct
from phonenumbers import Leniency, PhoneNumberMatcher
from pythainlp.corpus import thai_family_names, thai_female_names, thai_male_names, thai_words
from stdnum.th import moa, pin

from bot.language.wording.view import view

#: Characters of a text that are read; an answer has at most 1,000 grapheme clusters.
MAX_CHARS: Final = 5_000

#: How far a context before or after a number is looked at, in characters.
_CONTEXT: Final = 16

_THIRTEEN: Final = re.compile(r"(?<!\d)\d(?:[ .-]?\d){12}(?!\d)")
_THAI_RUN: Final = re.compile(r"[\u0e01-\u0e4e]+")
#: The longest and the shortest name that is looked up, in characters.
_NAME: Final = range(2, 25)


class Kind(StrEnum):
    """What a span may be."""

    CITIZEN_ID = "citizen_id"
    JURISTIC_ID = "juristic_id"
    PHONE = "phone"
    EMAIL = "email"
    LINE_ID = "line_id"
    BANK_ACCOUNT = "bank_account"
    PLATE = "plate"
    ADDRESS = "address"
    NAME = "name"


class Span(Struct, frozen=True, order=True):
    """[start, end) of the text as it was typed, and what it may be."""

    start: int
    end: int
    kind: Kind


class Shape(Struct, frozen=True):
    """A pattern for one kind; `group` of the match is the data itself."""

    kind: Kind
    match: Pattern[str]
    group: int = 0


class Signs(Struct, frozen=True):
    """What gives personal data away, as data.

    `ordinary_before` and `ordinary_after` stand beside numbers that are nobody's. `titles` precede a
    name; after a `formal` one any word that is not ordinary Thai is a name; `ordinary` words only begin
    like a title; `told` is how people say what somebody is called.
    """

    ordinary_before: Pattern[str]
    ordinary_after: Pattern[str]
    shapes: tuple[Shape, ...]
    titles: Pattern[str]
    formal: Pattern[str]
    ordinary: Pattern[str]
    told: Pattern[str]


def find(text: str, signs: Signs) -> tuple[Span, ...]:
    """The spans of the text that may be personal data, in order and apart. Never raises."""
    seen = view(text[:MAX_CHARS])
    found = [*_numbers(seen.text, signs), *_shapes(seen.text, signs), *_phones(seen.text, signs)]
    found += _names(seen.text, signs)
    kept: list[Span] = []
    for span in sorted(found, key=lambda s: (s.start, -s.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return tuple(Span(*seen.span(span.start, span.end), span.kind) for span in kept)


def redacted(text: str, spans: tuple[Span, ...], mark: str) -> str:
    """The text with `mark` in place of each span."""
    at, parts = 0, []
    for span in spans:
        parts += [text[at : span.start], mark]
        at = span.end
    return "".join((*parts, text[at:]))


def _numbers(text: str, signs: Signs) -> Iterator[Span]:
    """Thirteen digits with a right check digit: of a person, or of a company."""
    for found in _THIRTEEN.finditer(text):
        number = found[0]
        if moa.is_valid(number):
            yield Span(found.start(), found.end(), Kind.JURISTIC_ID)
        elif pin.is_valid(number):
            yield Span(found.start(), found.end(), Kind.CITIZEN_ID)


def _shapes(text: str, signs: Signs) -> Iterator[Span]:
    for shape in signs.shapes:
        for found in shape.match.finditer(text):
            yield Span(found.start(shape.group), found.end(shape.group), shape.kind)


def _phones(text: str, signs: Signs) -> Iterator[Span]:
    """Numbers of the Thai plan or with a country code, where nothing says that they count something."""
    for found in PhoneNumberMatcher(text, "TH", leniency=Leniency.VALID):
        before = text[max(0, found.start - _CONTEXT) : found.start]
        after = text[found.end : found.end + _CONTEXT]
        if not signs.ordinary_before.search(before) and not signs.ordinary_after.search(after):
            yield Span(found.start, found.end, Kind.PHONE)


def _names(text: str, signs: Signs) -> Iterator[Span]:
    """What follows a title or is told as a name, and a first name with a family name."""
    for title in signs.titles.finditer(text):
        if not signs.ordinary.match(text[title.start() :]):
            formal = bool(signs.formal.fullmatch(title[0]))
            end = _end_of_name(text, title.end(), unknown=formal)
            if end:
                yield Span(title.start(), end, Kind.NAME)
    for told in signs.told.finditer(text):
        if end := _end_of_name(text, told.end(), unknown=False):
            yield Span(told.end(), end, Kind.NAME)
    for run in _THAI_RUN.finditer(text):
        if run[0] in _first_names() and (end := _family_name(text, run.end())):
            yield Span(run.start(), end, Kind.NAME)


def _end_of_name(text: str, start: int, *, unknown: bool) -> int:
    """Where the name that begins here ends, with the family name after it; 0 when there is none."""
    start += text[start : start + 1] == " "
    run = _THAI_RUN.match(text, start)
    if run is None:
        return 0
    word = run[0]
    known = next((n for n in range(min(len(word), max(_NAME)), 1, -1) if word[:n] in _first_names()), 0)
    if known and word[:known] in _ordinary_words() and len(word) > known and not unknown:
        return 0  # it may as well be the beginning of a sentence
    if known:
        end = start + known
        return _family_name(text, end) or end if len(word) == known else end
    if unknown and len(word) in _NAME and word not in _ordinary_words():
        return _family_name(text, run.end()) or run.end()
    return 0


def _family_name(text: str, end: int) -> int:
    """Where the family name after a first name ends; 0 when none follows."""
    run = _THAI_RUN.match(text, end + 1) if text[end : end + 1] == " " else None
    return run.end() if run and run[0] in thai_family_names() and run[0] not in _ordinary_words() else 0


@cache
def _first_names() -> frozenset[str]:
    return thai_female_names() | thai_male_names()


@cache
def _ordinary_words() -> frozenset[str]:
    return thai_words()
