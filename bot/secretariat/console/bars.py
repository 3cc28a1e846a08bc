"""What was chosen, ready to be drawn: a bar a wording, its options in their order, the ways out apart.

One rule: two wordings of a question are two bars. Nobody can say what their sum would mean.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter

from msgspec import Struct

from bot.dialogue import Outcome
from bot.library.model import Question, Role
from bot.store.answering import Asked, Choice

#: The tones of a balanced scale of four or five steps, by the value of a step; longer ones repeat the ends.
_TONES = {2: "most", 1: "more", 0: "middle", -1: "less", -2: "least"}


class Part(Struct, frozen=True):
    """One option. `tone` is the name of its colour on a scale."""

    label: str
    count: int
    tone: str = "plain"


class Bars(Struct, frozen=True, kw_only=True):
    """One question in one wording.

    `answered` is how many answered, what the `parts` are out of; of a "multiple" question the parts add up
    to more. `met` is how many answered or opted out, what the `ways_out` are out of. `kind` is that of the
    question, "" when it is asked no more; `current` is whether it is asked in this wording now.
    """

    question: str
    version: str
    stems: tuple[str, ...]
    kind: str
    current: bool
    parts: tuple[Part, ...]
    ways_out: tuple[Part, ...]
    answered: int
    met: int


class Wording(Struct, frozen=True):
    """A question's words in one version: its stems, and its options by id in the order to show."""

    stems: tuple[str, ...]
    labels: Mapping[str, str]


def by_wording(choices: Iterable[Choice]) -> dict[tuple[str, str], list[Choice]]:
    """The choices by question and version."""
    ordered = sorted(choices, key=attrgetter("question", "version"))
    return {key: list(group) for key, group in groupby(ordered, key=lambda one: (one.question, one.version))}


def wording(question: Question | None, version: str, asked: Asked | None) -> Wording:
    """The words of a version: of the library if it asks them so, else as somebody was shown them."""
    if question and question.version == version:
        stems = tuple(filter(None, (question.stem, question.stem_personal)))
        return Wording(stems, {option.id: option.label for option in question.options})
    shown = asked.options if asked else ()
    places = {option.id: place for place, option in enumerate(question.options)} if question else {}
    ordered = sorted(shown, key=lambda option: places.get(option.id, len(places)))
    return Wording((asked.stem,) if asked else (), {option.id: option.label for option in ordered})


def bars(
    id_: str, version: str, question: Question | None, words: Wording, choices: Sequence[Choice]
) -> Bars:
    """The bar of one wording; `question` is what the library has under the id."""
    chosen: Counter[str] = Counter()
    options = question.options if question else ()
    out = {option.id for option in options if option.role is not Role.SUBSTANTIVE}
    for choice in choices:
        chosen.update(dict.fromkeys(choice.chosen, choice.count))
        if choice.outcome is not Outcome.ANSWERED:
            out |= {*choice.chosen}
    labels = {**words.labels, **{option: option for option in chosen if option not in words.labels}}
    kind = question.kind if question else ""
    tones = _tones(question) if kind == "scale" else {}
    said = [option for option in labels if option not in out]
    return Bars(
        question=id_,
        version=version,
        stems=words.stems,
        kind=kind,
        current=question is not None and question.version == version,
        parts=tuple(Part(labels[option], chosen[option], tones.get(option, "plain")) for option in said),
        ways_out=tuple(Part(labels[option], chosen[option]) for option in labels if option in out),
        answered=sum(choice.count for choice in choices if choice.outcome is Outcome.ANSWERED),
        met=sum(choice.count for choice in choices),
    )


def _tones(question: Question | None) -> dict[str, str]:
    options = question.options if question else ()
    return {
        option.id: _TONES[max(-2, min(2, option.value))] for option in options if option.value is not None
    }
