"""Ranges of numbers among the choices: they share nothing, leave nothing out, and begin where people are.

One rule: a label is a range only when it says so; a list of plain numbers is a list of names.
"""

import re
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from typing import Final

from msgspec import Struct

from bot.language.wording.hits import Hit, whole
from bot.language.wording.model import SUBSTANTIVE, Rule, Said

_INFINITY: Final = float("inf")
#: Hours and their parts do not add up to the last digit.
_TINY: Final = 1e-6
#: Words of magnitude in the rule's data, and what they stand for.
_MAGNITUDES: Final = {"thousand": 1e3, "ten_thousand": 1e4, "hundred_thousand": 1e5, "million": 1e6}
#: Units of time in the rule's data, in hours; other units are not converted.
_UNITS: Final = {
    "minute": 1 / 60, "hour": 1.0, "day": 24.0, "week": 168.0, "month": 730.0, "year": 8760.0,
}  # fmt: skip


class _Span(Struct, frozen=True, order=True):
    """From `low` to `high`; an open end is not part of it. A point is what one number says."""

    low: float
    high: float
    low_open: bool = False
    high_open: bool = False
    unit: float = 1.0
    point: bool = False


def ranges(said: Said, rule: Rule) -> Iterator[Hit]:
    """W16: ranges leave nothing out and share nothing; so many times begins with not once."""
    labels = [(i, c.label) for i, c in enumerate(said.choices) if c.role == SUBSTANTIVE]
    common = _common_unit(labels, rule)
    read = [(i, _span(label, rule, common)) for i, label in labels]
    known = sorted(((span, i) for i, span in read if span), key=lambda item: item[0])
    if sum(not span.point for span, _ in known) < 2 and not _counted(labels, known, rule):
        return
    clock = any(rule.words["clock"].search(label) for _, label in labels)
    for (before, _), (after, i) in pairwise(known):
        mixed = clock or before.unit != after.unit
        if _shared(before, after, mixed=mixed) or (not clock and _missed(before, after)):
            yield whole(rule, i, choice=True, rewrite=_apart(said, rule))
            return
    if (at := _unreached(said, rule, known, all_read=len(known) == len(labels))) is not None:
        yield whole(rule, at, choice=True, rewrite=_apart(said, rule))


def _apart(said: Said, rule: Rule) -> str:
    """The stem with ranges that share nothing, where it is known what they are of; else how to make them."""
    stem = " ".join(said.lines)
    name = next((name for name in ("age", "pay", "count") if rule.words[name].search(stem)), "range")
    return rule.rewrites[name].format(stem)


def _counted(labels: list[tuple[int, str]], known: list[tuple[_Span, int]], rule: Rule) -> bool:
    """Whether the labels are numbers of times."""
    return len(known) > 1 and all(rule.words["times"].search(label) for _, label in labels)


def _shared(before: _Span, after: _Span, *, mixed: bool) -> bool:
    """Whether something lies in both. Where units differ or flow, a common edge is only an edge."""
    if after.low < before.high:
        return True
    touches = after.low == before.high and not (before.high_open or after.low_open)
    return touches and not mixed


def _missed(before: _Span, after: _Span) -> bool:
    """Whether something lies between; points leave out what they like."""
    if before.point or after.point:
        return False
    step = 0.0 if before.high_open or after.low_open else min(before.unit, after.unit)
    return after.low > before.high + step + _TINY or (before.high_open and after.low_open)


def _unreached(said: Said, rule: Rule, known: list[tuple[_Span, int]], *, all_read: bool) -> int | None:
    """The choice at an end beyond which there are people: no zero, nothing below, nothing above."""
    stem = "\n".join(said.lines)
    if not all_read or rule.words["deciding"].search(stem):
        return None
    if points := rule.words["points"].search(stem):
        short = known[0][0].low > float(points[1]) or max(s.high for s, _ in known) < float(points[2])
        return known[0][1] if short else None
    never = any(rule.words["never"].search(choice.label) for choice in said.choices)
    (first, lowest), (_, highest) = known[0], known[-1]
    times = all(rule.words["times"].search(said.choices[i].label) for _, i in known)
    if times and not never and first.low >= 1:
        return lowest
    everyone = rule.words["everyone"].search(stem)
    if everyone and max(span.high for span, _ in known) < _INFINITY and not known[-1][0].point:
        return highest
    return lowest if rule.words["income"].search(stem) and first.low > 1 and not never else None


def _common_unit(labels: list[tuple[int, str]], rule: Rule) -> float:
    """The unit of time that some labels name, for those that name none; 1.0 when they name several."""
    named = {size for _, label in labels for name, size in _UNITS.items() if rule.words[name].search(label)}
    return named.pop() if len(named) == 1 else 1.0


def _span(label: str, rule: Rule, common: float) -> _Span | None:
    """The numbers a label stands for, in its own unit or else the common one; None when it is no range."""
    words = rule.words
    for name, factor in _MAGNITUDES.items():
        label = words[name].sub(partial(_times, factor), label)
    unit = next((size for name, size in _UNITS.items() if words[name].search(label)), common)

    def number(text: str) -> float:
        return float(text.replace(",", "")) * unit

    if found := words["between"].search(label):
        beyond = bool(words["beyond"].search(label[: found.end(1)]))
        short = bool(words["short_of"].search(label[found.end(1) :]))
        return _Span(number(found[1]), number(found[2]), beyond, short, unit)
    if found := words["up_to"].search(label):
        return _Span(-_INFINITY, number(found[1]), True, False, unit)
    if found := words["below"].search(label):
        return _Span(-_INFINITY, number(found[1]), True, True, unit)
    if found := words["above"].search(label):
        return _Span(number(found[1]), _INFINITY, True, True, unit)
    if found := words["from"].search(label):
        return _Span(number(found[1] or found[2]), _INFINITY, False, True, unit)
    if found := words["point"].fullmatch(label):
        return _Span(number(found[1]), number(found[1]), False, False, unit, True)
    return None


def _times(factor: float, found: re.Match[str]) -> str:
    return "-".join(f"{float(number.replace(',', '')) * factor:.0f}" for number in found.groups() if number)
