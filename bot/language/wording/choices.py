"""What the choices of a message must be, judged from what they are, never from how they sound.

One rule: a check looks at roles, values, presets and looks only. For a pasted line these are inferred
first (`pasted.py`); for content they are data.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from bot.dialogue import MessageType
from bot.language.wording.hits import Hit, whole
from bot.language.wording.model import SUBSTANTIVE, Choice, Rule, Said, Severity
from bot.language.wording.steps import LITTLE, MUCH
from bot.language.words import length

#: A label of this many grapheme clusters or fewer is never "too long beside the others".
SHORT_LABEL: Final = 12
#: WORDING.md W21: how much longer one label may be than another, and the most a LINE button shows.
MAX_RATIO: Final = 3
MAX_LABEL: Final = 20
#: Points of the rating that is suggested.
POINTS: Final = 5

#: Messages in which a person opines or reports; navigation and consent need symmetry instead (W18).
_SURVEYS: Final = (None, MessageType.QUESTION)

#: What a scale between two poles may be about, as the rule's data names it.
_POLES: Final = ("backing", "satisfied", "easy", "quick", "change", "trust", "good")


def substantive(said: Said) -> list[tuple[int, Choice]]:
    """The choices that say something, with their index."""
    return [(i, choice) for i, choice in enumerate(said.choices) if choice.role == SUBSTANTIVE]


def scale(said: Said, rule: Rule) -> Iterator[Hit]:
    """W16: as many steps above the middle as below; amounts start from nothing, points from the lowest."""
    steps = [(i, c, c.value) for i, c in enumerate(said.choices) if c.value is not None]
    values = [value for _, _, value in steps]
    if len(values) < 2:
        return
    kind = steps[0][1].scale
    if kind == "amount":
        if 0 not in values or _one_end(values):
            yield whole(rule, steps[-1][0], choice=True, rewrite=_fair(said, rule, ("often", "amount")))
    elif kind == "rating":
        named = rule.words["top"].findall("\n".join(said.lines))
        top = max((int(number) for pair in named for number in pair if number), default=0)
        if min(values) > 1 or max(values) < top:
            fair = _fair(said, rule, ("rating",)) if top in (0, POINTS) else ""
            yield whole(rule, steps[-1][0], choice=True, rewrite=fair)
    elif min(values) >= 0:
        if kind != "stance" or sum(value > 0 for value in values) > 2:
            yield whole(rule, steps[0][0], choice=True, rewrite=_fair(said, rule, _POLES))
    elif (more_above := _leaning(values)) is not None:
        odd = next(i for i, _, value in steps if (value > 0) == more_above and value != 0)
        yield whole(rule, odd, choice=True, rewrite=_fair(said, rule, _POLES))


def _fair(said: Said, rule: Rule, names: Sequence[str]) -> str:
    """The stem with the first fair set of labels that is about what these labels are about."""
    labels = [choice.label for _, choice in substantive(said)]
    for name in names:
        about = rule.words.get(name)
        if about is None or any(about.search(label) for label in labels):
            return rule.rewrites[name].format(" ".join(said.lines))
    return ""


def _one_end(values: Sequence[int]) -> bool:
    """Whether all amounts but nothing lie at one end: all of them little, or three and all of them much."""
    amounts = [value for value in values if value]
    return len(amounts) > 1 and (max(amounts) == LITTLE or (len(amounts) > 2 and min(amounts) == MUCH))


def _leaning(values: Sequence[int]) -> bool | None:
    """Whether more lies above the middle than below, in number or else in strength; None when level."""
    above, below = ([abs(v) for v in values if v * sign > 0] for sign in (1, -1))
    if len(above) != len(below):
        return len(above) > len(below)
    strong, weak = ((max(above), max(below)), (min(above), min(below)))
    if MUCH in strong and LITTLE in weak and strong[0] != strong[1] and weak[0] != weak[1]:
        return strong[0] > strong[1]
    return None


def agreement(said: Said, rule: Rule) -> Iterator[Hit]:
    """W17: one can also be against it; and a question beats a statement to agree with."""
    answers = substantive(said)
    text = "\n".join(said.lines)
    if said.type in _SURVEYS and len(answers) > 1 and _presumed(text, [c.label for _, c in answers], rule):
        yield whole(rule, answers[0][0], choice=True)
        return
    values = [choice.value for _, choice in answers if choice.value is not None]
    if len(values) < max(len(answers), 1) or answers[0][1].scale not in ("stance", "pole"):
        return
    stance = answers[0][1].scale == "stance"
    if min(values) > 0 or (stance and min(values) == 0 and any(values)):
        yield whole(rule, answers[0][0], choice=True)
    elif said.type in _SURVEYS and stance and _battery(text, [c.label for _, c in answers], rule):
        yield whole(rule, answers[0][0], choice=True, severity=Severity.WARN)


def _presumed(text: str, labels: Sequence[str], rule: Rule) -> bool:
    """Whether the stem takes a yes for granted and no label takes it back."""
    presuming = rule.words["presuming"].search(text)
    return bool(presuming) and not any(rule.words["against"].search(label) for label in labels)


def _battery(text: str, labels: Sequence[str], rule: Rule) -> bool:
    """Whether it is a statement to agree with, or a question that names one side only."""
    words = rule.words
    if any(words["agreeing"].search(label) for label in labels):
        return not words["balanced"].search(text)
    verdict = any(words["verdict"].search(label) for label in labels)
    return verdict and not words["asking"].search(text)


def opt_outs(said: Said, rule: Rule) -> Iterator[Hit]:
    """W18: whoever does not know, does not want to say or was never there has a choice of their own."""
    if said.type not in _SURVEYS or not said.choices:
        return
    roles = {choice.role for choice in said.choices}
    answers = substantive(said)
    if said.type is None and _stands_apart([choice.label for _, choice in answers], rule):
        roles.add("not_applicable")
    if "refuse" in roles or {"skip", "dont_know"} <= roles or {"skip", "not_applicable"} <= roles:
        return
    if said.type is None and _leads_on(said, rule, [choice.label for _, choice in answers], "skip" in roles):
        return
    yield whole(rule, len(said.choices) - 1, choice=True, rewrite=_with_a_way_out(said, rule), keeps=True)


def _with_a_way_out(said: Said, rule: Rule) -> str:
    """The line with the opt-outs that its question needs, those it has already once."""
    stem, labels = " ".join(said.lines), [choice.label for choice in said.choices]
    name = next((name for name in ("deed", "fact") if rule.words[name].search(stem)), "opinion")
    added = rule.rewrites[name].format("").split("|")[1:]
    return _line(stem, [*labels, *(label for label in map(str.strip, added) if label not in labels)])


def _line(stem: str, labels: Sequence[str]) -> str:
    return " | ".join((stem, *labels))


def _plainly(said: Said, rule: Rule) -> str:
    """The line with plain labels; "" when one would be nothing or too long, or two would be the same."""
    labels = [rule.words["beside"].sub("", choice.label).strip() for choice in said.choices]
    plain = all(0 < length(label) <= MAX_LABEL for label in labels) and len(set(labels)) == len(labels)
    return _line(" ".join(said.lines), labels) if plain else ""


def _leads_on(said: Said, rule: Rule, labels: Sequence[str], skippable: bool) -> bool:
    """Whether a pasted line only leads somewhere or asks for leave: a choice of ways, not an opinion."""
    words, stem = rule.words, "\n".join(said.lines)
    opinions = any(words["opinion"].search(label) for label in labels)
    opinion = words["opinion"].search(stem)
    served = words["service"].search(stem) or any(words["declining"].search(label) for label in labels)
    if words["leave"].search(stem) or (served and not opinion):
        return True
    if skippable and words["open"].search(stem) and not opinions:
        return True
    if not words["asking"].search(stem) and labels and all(words["offer"].search(label) for label in labels):
        return True
    if opinion or any(words["opining"].search(label) for label in labels):
        return False
    return bool(words["navigation"].search(stem)) or (
        sum(bool(words["leading_on"].search(label)) for label in labels) * 2 >= max(len(labels), 1)
    )


def _stands_apart(labels: Sequence[str], rule: Rule) -> bool:
    """Whether one label says that a deed was never done which no other label names."""
    deeds = [found[1] for label in labels if (found := rule.words["apart"].fullmatch(label))]
    return any(
        not any(label.startswith(deed) or deed.startswith(label) for label in labels) for deed in deeds
    )


def exits(said: Said, rule: Rule) -> Iterator[Hit]:
    """W19: a question can be left by skipping, going back, stopping, or looking at one's data."""
    if said.asks and said.exits is not None and not {"skip", "back", "stop", "my_data"} <= said.exits:
        yield whole(rule, len(said.lines) - 1)
    if said.type is None and len(said.choices) == 1 and rule.words["closed"].search(said.lines[-1]):
        yield whole(rule, 0, choice=True)


def presets(said: Said, rule: Rule) -> Iterator[Hit]:
    """W20: nothing is chosen for the person."""
    for i, choice in enumerate(said.choices):
        if choice.preset:
            yield whole(rule, i, choice=True, rewrite=_plainly(said, rule), keeps=True)


def buttons(said: Said, rule: Rule) -> Iterator[Hit]:
    """W21: no button stands out, by its look, a mark, a recommendation or its length."""
    answers = substantive(said)
    looks = {choice.look for _, choice in answers}
    if len(looks) > 1:
        yield whole(rule, next(i for i, choice in answers if choice.look), choice=True)
    marked = [i for i, choice in enumerate(said.choices) if rule.words["mark"].search(choice.label)]
    picture = rule.words["picture"]
    only_pictures = len(answers) > 1 and all(picture.fullmatch(choice.label) for _, choice in answers)
    if marked and not only_pictures and (len(marked) < len(said.choices) or _faces(said, rule)):
        yield whole(rule, marked[0], choice=True, rewrite=_plainly(said, rule), keeps=True)
    sizes = [(length(choice.label), i) for i, choice in answers if not choice.aside]
    longest = max(sizes, default=(0, 0))
    if longest[0] > MAX_LABEL:
        yield whole(rule, longest[1], choice=True)
    elif len(sizes) > 1 and longest[0] > max(SHORT_LABEL, MAX_RATIO * min(sizes)[0]):
        yield whole(rule, longest[1], choice=True, severity=Severity.WARN)


def _faces(said: Said, rule: Rule) -> bool:
    """Whether pictures beside words differ, so that one of them smiles."""
    return len({"".join(rule.words["mark"].findall(choice.label)) for choice in said.choices}) > 1
