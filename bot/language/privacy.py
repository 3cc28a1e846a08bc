"""Personal data in a typed text: where it stands and of what kind.

Numbers with a check digit are checked, telephone numbers follow the national plan, names are found by
`bot.language.names`. It is meant for asking the person before anything is stored, not for anonymising:
what it misses, it misses.

One rule: a law, a year, a sum of money, a clause and the name of an office are nobody's data.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from re import Pattern
from typing import Final

from msgspec import Struct
from stdnum.th import moa, pin

from bot.language.names import NameSigns, names
from bot.language.wording.view import view

#: How far a context before or after a number is looked at, in characters.
_CONTEXT: Final = 48

#: What may stand between two digits of one number: nothing, or a space, a point, a dash, a bracket.
_GAP: Final = r"[ .()\u2010-\u2015\u2212-]{0,3}"
_NOT_INSIDE: Final = r"(?<![\d+])(?<!\d[.,/-])"
_NOT_GOING_ON: Final = r"(?!\d)(?![.,/-]\d)"
_EXTENSION: Final = r"(?:-\d{1,2}(?!\d))?(?:\s?(?:\u0e15\u0e48\u0e2d|ext\.?|#)\s?\d{1,5}(?!\d))?"
_THIRTEEN: Final = re.compile(rf"(?<!\d)\d(?:{_GAP}\d){{12}}(?!\d)")
#: Mobile numbers have ten digits, those of a province and of Bangkok nine (National Numbering Plan).
_PHONE: Final = re.compile(
    rf"{_NOT_INSIDE}\(?(?:(?:\+|00){_GAP})?(?:66{_GAP}0?{_GAP}|0{_GAP})"
    rf"(?:[689](?:{_GAP}\d){{8}}|2(?:{_GAP}\d){{7}}|(?:3[24-9]|4[2-5]|5[3-6]|7[3-7])(?:{_GAP}\d){{6}})"
    rf"{_EXTENSION}{_NOT_GOING_ON}"
)
_FOREIGN: Final = re.compile(rf"(?<![\d+])\+[1-9](?:{_GAP}\d){{7,14}}(?!\d)")
#: Zero and the other digits in words.
_SPOKEN: Final = re.compile(
    "\u0e28\u0e39\u0e19\u0e22\u0e4c"
    "(?:[ -]?(?:\u0e28\u0e39\u0e19\u0e22\u0e4c|\u0e2b\u0e19\u0e36\u0e48\u0e07|\u0e2a\u0e2d\u0e07|"
    "\u0e2a\u0e32\u0e21|\u0e2a\u0e35\u0e48|\u0e2b\u0e49\u0e32|\u0e2b\u0e01|\u0e40\u0e08\u0e47\u0e14|"
    "\u0e41\u0e1b\u0e14|\u0e40\u0e01\u0e49\u0e32)){8,9}"
)
#: A mobile number as it is written, and no account is.
_WRITTEN_PHONE: Final = re.compile(r"0[689]\d[ -]\d{3}[ -]\d{4}")
#: Accounts have 10 to 15 digits; the most usual have 10, the State's savings banks 12.
_ACCOUNT: Final = re.compile(r"(?<!\d)(?<!\d[.,/-])\d(?:[ -]?\d){8,14}(?![.,/-]?\d)")


#: The parts an address has after its house number, at most.
_PARTS: Final = 9


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

    `ordinary_before` and `ordinary_after` stand beside numbers that are nobody's; `citizen_before` and
    `account_before` right before a number make it a person's, whatever its check digit.
    `goes_on` is one more part of an address, right after it.
    """

    ordinary_before: Pattern[str]
    ordinary_after: Pattern[str]
    citizen_before: Pattern[str]
    account_before: Pattern[str]
    shapes: tuple[Shape, ...]
    goes_on: Pattern[str]
    names: NameSigns


def find(text: str, signs: Signs) -> tuple[Span, ...]:
    """The spans of the text that may be personal data, in order and apart. Never raises.

    Where two overlap, the one that begins first stands, and grows to cover the other.
    """
    seen = view(text)
    original = [seen.span(at, at + 1)[0] for at in range(len(seen.text))]
    typed = "".join(text[at] for at in original)
    found = [*_numbers(seen.text, signs), *_shapes(seen.text, signs), *_phones(seen.text, signs)]
    found += [Span(start, end, Kind.NAME) for start, end in names(seen.text, typed, signs.names)]
    kept: list[Span] = []
    for span in sorted(found, key=lambda s: (s.start, -s.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
        elif span.end > kept[-1].end:
            kept[-1] = Span(kept[-1].start, span.end, kept[-1].kind)
    return tuple(Span(*seen.span(span.start, span.end), span.kind) for span in kept)


def redacted(text: str, spans: tuple[Span, ...], mark: str) -> str:
    """The text with `mark` in place of each span."""
    at, parts = 0, []
    for span in spans:
        parts += [text[at : span.start], mark]
        at = span.end
    return "".join((*parts, text[at:]))


def _numbers(text: str, signs: Signs) -> Iterator[Span]:
    """Thirteen digits of a person or a company, and the number of an account."""
    for found in _THIRTEEN.finditer(text):
        groups = re.findall(r"\d+", found[0])
        if len(groups) == len(("easting", "northing")):
            continue
        digits = "".join(groups)
        before = text[max(0, found.start() - _CONTEXT) : found.start()]
        called = signs.citizen_before.search(before)
        if not called and signs.ordinary_before.search(before):
            continue
        if moa.is_valid(digits) or (called and digits[0] == "0"):
            yield Span(found.start(), found.end(), Kind.JURISTIC_ID)
        elif pin.is_valid(digits) or called:
            yield Span(found.start(), found.end(), Kind.CITIZEN_ID)
    for found in _ACCOUNT.finditer(text):
        before = text[max(0, found.start() - _CONTEXT) : found.start()]
        named = signs.account_before.search(before) and not _WRITTEN_PHONE.fullmatch(found[0])
        if named and not _counts(text, found.start(), found.end(), signs):
            yield Span(found.start(), found.end(), Kind.BANK_ACCOUNT)


def _shapes(text: str, signs: Signs) -> Iterator[Span]:
    for shape in signs.shapes:
        for found in shape.match.finditer(text):
            end = found.end(shape.group)
            if shape.kind is Kind.ADDRESS:
                end = _whole_address(text, end, signs)
            yield Span(found.start(shape.group), end, shape.kind)


def _whole_address(text: str, end: int, signs: Signs) -> int:
    for _ in range(_PARTS):
        part = signs.goes_on.match(text, end)
        if part is None:
            break
        end = part.end()
    return end


def _phones(text: str, signs: Signs) -> Iterator[Span]:
    """Numbers of the Thai plan or with a country code, where nothing says that they count something."""
    for found in (*_PHONE.finditer(text), *_SPOKEN.finditer(text)):
        if not _counts(text, found.start(), found.end(), signs):
            yield Span(found.start(), found.end(), Kind.PHONE)
    for found in _FOREIGN.finditer(text):
        if _abroad(found[0]):
            yield Span(found.start(), found.end(), Kind.PHONE)


def _counts(text: str, start: int, end: int, signs: Signs) -> bool:
    """Whether the words beside a number say that it is a sum, a law or a paper."""
    before, after = text[max(0, start - _CONTEXT) : start], text[end : end + _CONTEXT]
    return bool(signs.ordinary_before.search(before) or signs.ordinary_after.search(after))


def _abroad(number: str) -> bool:
    from phonenumbers import NumberParseException, is_valid_number, parse  # noqa: PLC0415 - the plans of the world, rarely asked

    try:
        return is_valid_number(parse(number))
    except NumberParseException:
        return False
