"""The labels of pasted answers → the scale they are on and the place of each.

One rule: an answer is placed only when all answers are on one scale; a list of names has no places.
"""

import re
from re import Pattern
from typing import Final

from msgspec import Struct

#: A place guessed from words is a side and how far out it is; 0 is the middle, or nothing at all.
LITTLE: Final = 1
SOME: Final = 2
MUCH: Final = 3

Placed = tuple[str, list[int]]
#: What is said when the answers are on no scale.
NOWHERE: Final[Placed] = ("", [])


class Degrees(Struct, frozen=True):
    """Words of one scale: what points up, what points down, and what stands in the middle."""

    up: Pattern[str]
    down: Pattern[str]
    middle: Pattern[str]
    stance: bool = False


class Scales(Struct, frozen=True):
    """What makes a scale of labels.

    `known` are tried in order; a label belongs to one when nothing but words of degree (`much`, `some`,
    `little`) is left beside its words. `negation` turns a word into its opposite; of the words `wholly` the
    opposite is never just none of it. `condition` is what may follow a word that stays the same answer,
    `acts` what is taken for granted when all answers only differ in conditions. `amounts` are labels from
    nothing to much, `enough` the middle between too much and too little, `short` what is less than that,
    `often` those of how often, `nothing` the labels that mean none. `numbering` is a number before a label,
    `rating` a number of points, `star` one of them, `rated` a stem that asks for points. `deciding` is a
    stem that asks how often something should be, where nobody needs a never.
    """

    known: tuple[Degrees, ...]
    much: Pattern[str]
    some: Pattern[str]
    little: Pattern[str]
    negation: Pattern[str]
    wholly: Pattern[str]
    condition: Pattern[str]
    acts: Pattern[str]
    amounts: Pattern[str]
    enough: Pattern[str]
    short: Pattern[str]
    often: Pattern[str]
    nothing: Pattern[str]
    numbering: Pattern[str]
    rating: Pattern[str]
    star: Pattern[str]
    rated: Pattern[str]
    deciding: Pattern[str]


def place(answers: list[str], stem: str, scales: Scales) -> Placed:
    """The scale all answers are on, and the place of each; ("", []) when there is none."""
    if len(answers) < 2:
        return NOWHERE
    plain = [scales.numbering.sub("", answer) for answer in answers]
    for labels in (answers, plain) if len(set(plain)) == len(answers) else (answers,):
        for reading in (_rated, _known, _rooted, _opposed, _amounts):
            name, places = reading(labels, stem, scales)
            if places:
                return name, places
    return NOWHERE


def _rated(answers: list[str], stem: str, scales: Scales) -> Placed:
    """Points or stars; the place is the number."""
    stars = [len(scales.star.findall(answer)) for answer in answers]
    if all(stars) and len(set(stars)) == len(stars):
        return "rating", stars
    found = [scales.rating.fullmatch(answer) for answer in answers]
    if not all(found) or not (scales.rated.search(stem) or all(m and m[2] for m in found)):
        return NOWHERE
    return "rating", [int(m[1]) for m in found if m]


def _known(answers: list[str], _stem: str, scales: Scales) -> Placed:
    """A scale whose words are known, also behind a word that all answers share."""
    shared = _shared_beginning([_bare(answer, scales) for answer in answers])
    for degrees in scales.known:
        sides = [_side(answer, degrees, scales, shared) for answer in answers]
        known = [side for side in sides if side is not None]
        if len(known) < len(answers) or not any(known):
            continue
        if degrees.stance:
            return "stance", _far(answers, known, scales)
        if not _qualities(answers, known, scales):
            return _pole_or_amount(answers, known, scales)
    return NOWHERE


def _qualities(answers: list[str], sides: list[int], scales: Scales) -> bool:
    """Whether they are several good things, each once and none by degrees: a list of names."""
    bare = [_bare(answer, scales) for answer in answers]
    return min(sides) > 0 and bare == answers and len(set(bare)) == len(bare)


def _rooted(answers: list[str], _stem: str, scales: Scales) -> Placed:
    """One word, by itself, by degrees, with conditions, or negated; a middle may stand among them."""
    middle = [_is_middle(answer, scales) for answer in answers]
    poles = [answer for answer, is_middle in zip(answers, middle, strict=True) if not is_middle]
    bare = [scales.negation.sub("", _bare(answer, scales)) for answer in poles]
    root = min(bare, key=len, default="")
    if scales.acts.fullmatch(begin := root[: _shared_beginning(bare)] if bare else ""):
        root = begin
    if len(poles) < 2 or len(root) < 2 or not all(_same(word, root, scales) for word in bare):
        return NOWHERE
    sides = [
        0 if is_middle else -1 if scales.negation.match(_bare(answer, scales)) else 1
        for answer, is_middle in zip(answers, middle, strict=True)
    ]
    if any(word != root for word in bare) and min(sides) >= 0:
        return "stance", sides
    return _pole_or_amount(answers, sides, scales)


def _opposed(answers: list[str], _stem: str, scales: Scales) -> Placed:
    """A word by degrees, and one other word for what is opposed to it."""
    middle = [_is_middle(answer, scales) for answer in answers]
    bare = [_bare(answer, scales) for answer in answers]
    poles = [word for word, is_middle in zip(bare, middle, strict=True) if not is_middle]
    roots = sorted(set(poles), key=lambda word: (-poles.count(word), poles.index(word)))
    if len(roots) != 2 or poles.count(roots[0]) < 2 or any(len(root) < 2 for root in roots):
        return NOWHERE
    sides = [
        0 if is_middle else 1 if word.startswith(roots[0]) else -1
        for word, is_middle in zip(bare, middle, strict=True)
    ]
    return "pole", _far(answers, sides, scales)


def _amounts(answers: list[str], stem: str, scales: Scales) -> Placed:
    """From nothing to much, or from never to always."""
    nothing = [bool(scales.nothing.fullmatch(answer)) for answer in answers]
    often = [bool(scales.often.fullmatch(answer)) for answer in answers]
    known = [
        none or how_often or bool(scales.amounts.fullmatch(answer))
        for answer, none, how_often in zip(answers, nothing, often, strict=True)
    ]
    if not all(known) or all(nothing) or (any(often) and scales.deciding.search(stem)):
        return NOWHERE
    if any(scales.enough.fullmatch(answer) for answer in answers):
        return "pole", [_beside_enough(answer, scales) for answer in answers]
    return "amount", [
        0 if none else SOME if how_often else _degree(answer, scales)
        for answer, none, how_often in zip(answers, nothing, often, strict=True)
    ]


def _beside_enough(answer: str, scales: Scales) -> int:
    """The place of an amount on a scale whose middle is just enough."""
    if scales.enough.fullmatch(answer):
        return 0
    return -SOME if scales.short.search(answer) or scales.nothing.fullmatch(answer) else SOME


def _pole_or_amount(answers: list[str], sides: list[int], scales: Scales) -> Placed:
    """A scale between two poles, or one from nothing to much whose nothing is a negation."""
    places = _far(answers, sides, scales)
    below = [i for i, side in enumerate(sides) if side < 0]
    above = [place for place in places if place > 0]
    if len(below) == 1 and len(above) > 1 and 0 not in sides:
        none = answers[below[0]]
        from_nothing = scales.nothing.fullmatch(none) or (
            scales.negation.match(none) and not scales.wholly.search(none)
        )
        if from_nothing and (min(above) < max(above) or max(above) == LITTLE) and min(above) == LITTLE:
            return "amount", [max(place, 0) for place in places]
    return "pole", places


def _far(answers: list[str], sides: list[int], scales: Scales) -> list[int]:
    return [side * _degree(answer, scales) for answer, side in zip(answers, sides, strict=True)]


def _degree(answer: str, scales: Scales) -> int:
    if scales.little.search(answer):
        return LITTLE
    return MUCH if scales.much.search(answer) and not scales.some.search(answer) else SOME


def _bare(answer: str, scales: Scales) -> str:
    """The label without its words of degree; the whole label when it is nothing else."""
    bare = answer
    for degree in (scales.little, scales.some, scales.much):
        bare = degree.sub("", bare).strip()
    return bare or answer


def _same(word: str, root: str, scales: Scales) -> bool:
    """Whether the word is the root, or the root on a condition."""
    return word.startswith(root) and (word == root or bool(scales.condition.fullmatch(word[len(root) :])))


def _is_middle(answer: str, scales: Scales) -> bool:
    return any(degrees.middle.fullmatch(answer) for degrees in scales.known)


def _side(answer: str, degrees: Degrees, scales: Scales, shared: int) -> int | None:
    """1, -1 or 0 when nothing but words of degree stands beside a word of the scale; else None."""
    bare = _bare(answer, scales)
    for pattern, side in ((degrees.middle, 0), (degrees.down, -1), (degrees.up, 1)):
        if any(pattern.fullmatch(text) for text in (answer, bare, bare[shared:])):
            return side
    return None


def _shared_beginning(words: list[str]) -> int:
    """How many characters all words begin with; no word loses its last one, nor a vowel its consonant."""
    first, last = min(words, default=""), max(words, default="")
    shared = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    while shared and any(re.match("[\u0e30-\u0e3a\u0e45-\u0e4e]|$", word[shared:]) for word in words):
        shared -= 1
    return shared
