"""A pasted line → a message: `stem | choice | choice`, as an officer copies it from a column.

One rule: only here are roles and values guessed from words; everything after judges them as data.
"""

from re import Pattern
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from bot.language.wording.model import SUBSTANTIVE, Choice, Said
from bot.language.words import fold

SEPARATOR: Final = "|"


class Degrees(Struct, frozen=True):
    """Words of one scale: what points up, what points down, and what stands in the middle."""

    up: Pattern[str]
    down: Pattern[str]
    middle: Pattern[str]
    stance: bool = False


class Labels(Struct, frozen=True):
    """What labels mean.

    `roles` are patterns of whole labels that are no answer, by role. `scales` are tried in order; a
    label belongs to one when nothing but words of degree (`much`) is left beside its words. `amounts`
    are labels of a scale from nothing to much, `nothing` those that mean none of it. `preset` marks a
    choice made for the person. `asking` is how the stem of a survey question reads.
    """

    roles: dict[str, Pattern[str]]
    scales: tuple[Degrees, ...]
    much: Pattern[str]
    amounts: Pattern[str]
    nothing: Pattern[str]
    preset: Pattern[str]
    aside: Pattern[str]
    negation: Pattern[str]


def read_line(line: str, labels: Labels) -> Said:
    """The message that the line is; its type is None, because nobody said what it is for."""
    stem, *choices = (part.strip() for part in line.split(SEPARATOR))
    read = [_choice(choice, labels) for choice in choices if choice]
    return Said(type=None, lines=(stem,), choices=_scaled(read, labels))


def offsets(line: str) -> list[int]:
    """Where the stem begins in the line, then each choice that is not empty."""
    at, found = 0, []
    for i, part in enumerate(line.split(SEPARATOR)):
        if i == 0 or part.strip():
            found.append(at + len(part) - len(part.lstrip()))
        at += len(part) + len(SEPARATOR)
    return found


def _choice(label: str, labels: Labels) -> Choice:
    plain = fold(label)
    role = next((role for role, pattern in labels.roles.items() if pattern.fullmatch(plain)), SUBSTANTIVE)
    preset, aside = bool(labels.preset.search(label)), bool(labels.aside.fullmatch(plain))
    return Choice(label, role=role, preset=preset, aside=aside)


def _scaled(choices: list[Choice], labels: Labels) -> tuple[Choice, ...]:
    """The choices with their values, where the answers among them are all on one scale.

    A value guessed from words is only a side: 1 above the middle, -1 below, 0 in it.
    """
    answers = [fold(choice.label) for choice in choices if choice.role == SUBSTANTIVE]
    scale, values = _values(answers, labels)
    remaining = iter(values)
    return tuple(
        replace(choice, value=next(remaining), scale=scale)
        if values and choice.role == SUBSTANTIVE
        else choice
        for choice in choices
    )


def _values(answers: list[str], labels: Labels) -> tuple[str, list[int]]:
    """The scale all answers are on, and the side of each; ("", []) when there is none."""
    if len(answers) < 2:
        return "", []
    for degrees in labels.scales:
        sides = [_side(answer, degrees, labels.much) for answer in answers]
        known = [side for side in sides if side is not None]
        if len(known) == len(answers) and any(known):
            return "stance" if degrees.stance else "pole", known
    if by_root := _by_root(answers, labels):
        return "pole", by_root
    if all(labels.amounts.fullmatch(answer) or labels.nothing.fullmatch(answer) for answer in answers):
        return "amount", [0 if labels.nothing.fullmatch(answer) else 1 for answer in answers]
    return "", []


def _by_root(answers: list[str], labels: Labels) -> list[int]:
    """The sides when every answer is one word, its negation or a middle; [] when they are not."""
    middle = [_is_middle(answer, labels) for answer in answers]
    bare = [labels.much.sub("", answer).strip() for answer in answers]
    poles = [word for word, is_middle in zip(bare, middle, strict=True) if not is_middle]
    roots = {labels.negation.sub("", word) for word in poles}
    if len(poles) < 2 or len(roots) != 1 or len(roots.pop()) < 2:
        return []
    signs = [-1 if labels.negation.match(word) else 1 for word in bare]
    return [0 if is_middle else sign for sign, is_middle in zip(signs, middle, strict=True)]


def _is_middle(answer: str, labels: Labels) -> bool:
    in_a_scale = any(degrees.middle.fullmatch(answer) for degrees in labels.scales)
    return in_a_scale or bool(labels.aside.fullmatch(answer))


def _side(answer: str, degrees: Degrees, much: Pattern[str]) -> int | None:
    """1, -1 or 0 when nothing but words of degree stands beside a word of the scale; else None."""
    bare = much.sub("", answer).strip()
    for pattern, side in ((degrees.middle, 0), (degrees.down, -1), (degrees.up, 1)):
        if pattern.fullmatch(answer) or pattern.fullmatch(bare):
            return side
    return None
