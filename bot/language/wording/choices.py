"""What the choices of a message must be, judged from what they are, never from how they sound.

One rule: a check looks at roles, values, presets and looks only. For a pasted line these are inferred
first (`pasted.py`); for content they are data.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from bot.dialogue import MessageType
from bot.language.wording.hits import Hit, whole
from bot.language.wording.model import SUBSTANTIVE, Choice, Rule, Said, Severity
from bot.language.words import length

#: A label of this many grapheme clusters or fewer is never "too long beside the others".
SHORT_LABEL: Final = 12
#: WORDING.md W21: how much longer one label may be than another, and the most a LINE button shows.
MAX_RATIO: Final = 3
MAX_LABEL: Final = 20

#: Messages in which a person opines or reports; navigation and consent need symmetry instead (W18).
_SURVEYS: Final = (None, MessageType.QUESTION)


def substantive(said: Said) -> list[tuple[int, Choice]]:
    """The choices that say something, with their index."""
    return [(i, choice) for i, choice in enumerate(said.choices) if choice.role == SUBSTANTIVE]


def scale(said: Said, rule: Rule) -> Iterator[Hit]:
    """W16: as many steps above the middle as below; a scale of amounts starts from nothing."""
    steps = [(i, c, c.value) for i, c in substantive(said) if c.value is not None]
    values = [value for _, _, value in steps]
    if len(values) < 2:
        return
    if all(choice.scale == "amount" for _, choice, _ in steps):
        if 0 not in values:
            yield whole(rule, steps[-1][0], choice=True)
    elif sum(value > 0 for value in values) != sum(value < 0 for value in values) and min(values) < 0:
        more_above = sum(value > 0 for value in values) > sum(value < 0 for value in values)
        odd = next(i for i, _, value in steps if (value > 0) == more_above and value != 0)
        yield whole(rule, odd, choice=True)
    elif min(values) >= 0 and not any(choice.scale == "stance" for _, choice, _ in steps):
        yield whole(rule, steps[0][0], choice=True)


def ranges(said: Said, rule: Rule) -> Iterator[Hit]:
    """W16: ranges of numbers leave nothing out and share nothing."""
    spans = [(i, _range(choice.label, rule)) for i, choice in substantive(said)]
    known = [(i, span) for i, span in spans if span]
    units = {unit[1] for _, c in substantive(said) for unit in [rule.words["unit"].search(c.label)] if unit}
    if len(known) < 2 or len(units) > 1:
        return
    ordered = sorted(known, key=lambda item: item[1])
    for (_, (_, high)), (i, (low, _)) in pairwise(ordered):
        if low <= high or low > high + 1:
            yield whole(rule, i, choice=True)
            return


def _range(label: str, rule: Rule) -> tuple[float, float] | None:
    """The whole numbers a label stands for, ends included; None when it is no range."""
    for name, low, high in (
        ("between", 0, 0), ("below", -1, 0), ("up_to", -1, 0), ("above", 0, 1), ("from", 0, 1),
    ):  # fmt: skip
        found = rule.words[name].search(label)
        if not found:
            continue
        numbers = [float(n.replace(",", "")) for n in found.groups() if n]
        if name == "between":
            return numbers[0], numbers[1]
        edge = numbers[0] - (name == "below") + (name == "above")
        return (float("-inf"), edge) if low else (edge, float("inf")) if high else None
    return None


def agreement(said: Said, rule: Rule) -> Iterator[Hit]:
    """W17: a stance can be taken both ways; and a question beats a statement to agree with."""
    stances = [(i, c) for i, c in substantive(said) if c.scale == "stance" and c.value is not None]
    if not stances or len(stances) < len(substantive(said)):
        return
    values = [choice.value or 0 for _, choice in stances]
    if min(values) >= 0 and any(values):
        yield whole(rule, stances[0][0], choice=True)
    elif said.type in _SURVEYS and any(rule.words["agreeing"].search(c.label) for _, c in stances):
        text = "\n".join(said.lines)
        if not rule.words["balanced"].search(text):
            yield whole(rule, stances[0][0], choice=True, severity=Severity.WARN)


def opt_outs(said: Said, rule: Rule) -> Iterator[Hit]:
    """W18: whoever does not know, does not want to say or was never there has a choice of their own."""
    if said.type not in _SURVEYS or not said.choices:
        return
    roles = {choice.role for choice in said.choices}
    answers = substantive(said)
    if "refuse" in roles or {"skip", "dont_know"} <= roles or {"skip", "not_applicable"} <= roles:
        return
    if said.type is None and _leads_on(said, rule, [choice.label for _, choice in answers]):
        return
    yield whole(rule, len(said.choices) - 1, choice=True)


def _leads_on(said: Said, rule: Rule, labels: Sequence[str]) -> bool:
    """Whether a pasted line only leads somewhere or asks for leave: a choice of ways, not an opinion."""
    stem = "\n".join(said.lines)
    if rule.words["opinion"].search(stem) or any(rule.words["opining"].search(label) for label in labels):
        return False
    return bool(rule.words["navigation"].search(stem)) or (
        sum(bool(rule.words["leading_on"].search(label)) for label in labels) * 2 >= max(len(labels), 1)
    )


def exits(said: Said, rule: Rule) -> Iterator[Hit]:
    """W19: a question can be left by skipping, going back, stopping, or looking at one's data."""
    if said.asks and said.exits is not None and not {"skip", "back", "stop", "my_data"} <= said.exits:
        yield whole(rule, len(said.lines) - 1)


def presets(said: Said, rule: Rule) -> Iterator[Hit]:
    """W20: nothing is chosen for the person."""
    for i, choice in enumerate(said.choices):
        if choice.preset:
            yield whole(rule, i, choice=True)


def buttons(said: Said, rule: Rule) -> Iterator[Hit]:
    """W21: no button stands out, by its look, a mark, a recommendation or its length."""
    answers = substantive(said)
    looks = {choice.look for _, choice in answers}
    if len(looks) > 1:
        yield whole(rule, next(i for i, choice in answers if choice.look), choice=True)
    marked = [i for i, choice in enumerate(said.choices) if rule.words["mark"].search(choice.label)]
    if marked and len(marked) < len(said.choices):
        yield whole(rule, marked[0], choice=True)
    sizes = [(length(choice.label), i) for i, choice in answers if not choice.aside]
    longest = max(sizes, default=(0, 0))
    if longest[0] > MAX_LABEL:
        yield whole(rule, longest[1], choice=True)
    elif len(sizes) > 1 and longest[0] > max(SHORT_LABEL, MAX_RATIO * min(sizes)[0]):
        yield whole(rule, longest[1], choice=True, severity=Severity.WARN)
