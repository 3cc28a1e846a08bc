"""A pasted line → a message: `stem | choice | choice`, as an officer copies it from a column.

One rule: only here are roles and values guessed from words; everything after judges them as data.
"""

from re import Pattern
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from bot.language.wording.model import SUBSTANTIVE, Choice, Said
from bot.language.wording.steps import Scales, place
from bot.language.words import fold

SEPARATOR: Final = "|"


class Labels(Struct, frozen=True):
    """What labels mean.

    `roles` are patterns of whole labels that are no answer, by role. `beside` is what stands beside the
    words of a label: numbering, marks, brackets, polite endings. `preset` marks a choice made for the
    person, `aside` a choice that belongs beside the others.
    """

    roles: dict[str, Pattern[str]]
    scales: Scales
    beside: Pattern[str]
    preset: Pattern[str]
    aside: Pattern[str]


def read_line(line: str, labels: Labels) -> Said:
    """The message that the line is; its type is None, because nobody said what it is for."""
    stem, *choices = (part.strip() for part in line.split(SEPARATOR))
    read = _answering([_choice(choice, labels) for choice in choices if choice])
    return Said(type=None, lines=(stem,), choices=_scaled(read, stem, labels))


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
    forms = {plain, _words(label, labels)}
    role = next((r for r, pattern in labels.roles.items() if any(map(pattern.fullmatch, forms))), SUBSTANTIVE)
    preset, aside = bool(labels.preset.search(label)), bool(labels.aside.fullmatch(plain))
    return Choice(label, role=role, preset=preset, aside=aside)


def _answering(choices: list[Choice]) -> list[Choice]:
    """The choices, where a way to skip that is also a word of another answer ("pass") is an answer."""
    answers = [fold(choice.label) for choice in choices if choice.role == SUBSTANTIVE]
    return [
        replace(choice, role=SUBSTANTIVE)
        if choice.role == "skip" and any(fold(choice.label) in answer for answer in answers)
        else choice
        for choice in choices
    ]


def _scaled(choices: list[Choice], stem: str, labels: Labels) -> tuple[Choice, ...]:
    """The choices with their places, where the answers among them are all on one scale.

    Of a scale from nothing to much, an opt-out that means never is the nothing.
    """
    answers = [_words(choice.label, labels) for choice in choices if choice.role == SUBSTANTIVE]
    scale, places = place(answers, stem, labels.scales)
    if not places:
        return tuple(choices)
    remaining = iter(places)
    return tuple(
        replace(choice, value=next(remaining), scale=scale)
        if choice.role == SUBSTANTIVE
        else replace(choice, value=0, scale=scale)
        if scale == "amount" and choice.role != SUBSTANTIVE and labels.scales.nothing.fullmatch(choice.label)
        else choice
        for choice in choices
    )


def _words(label: str, labels: Labels) -> str:
    """The words of a label, without what stands beside them; the label when there are none."""
    plain = fold(label)
    return labels.beside.sub("", plain).strip() or plain
