"""From responses to the numbers of each question: every person who took part is in one class of it.

One rule: a class is a version and what was chosen of it, or one of the two ways not to have answered.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from bot.dialogue import Outcome
from bot.library import Question
from bot.secretariat.reports.hearing.case import Case
from bot.secretariat.reports.hearing.protecting import Shown, protected, several
from bot.store.hearing import Response

#: A version, and an option's id, or how it was not answered, or one of the words below.
Class = tuple[str, str]

#: Asked or not reached: no answer. Of a group that is not asked this question.
NO_ANSWER: Final[Class] = ("", "none")
OTHER_GROUP: Final[Class] = ("", "other")
#: The class of an answer that is no single option: several together, or typed. No option has this id.
ANSWERED: Final = Outcome.ANSWERED.value
#: The ways not to say anything about a question, in the order they are told.
EXITS: Final = (Outcome.NOT_APPLICABLE.value, Outcome.DONT_KNOW.value, Outcome.SKIPPED.value)


class Numbers(Struct, frozen=True):
    """What may be told of one version of a question.

    `n` is how many said something about it, None when that is hidden; `options` how many chose each.
    `exits`, `no_answer` and `other_group` are those who did not. `responded` is whether anybody did
    anything with it, `few` whether they are too few for any number. `pooled` are all hidden together.
    """

    n: int | None
    options: Mapping[str, int | None]
    exits: Mapping[str, int | None]
    no_answer: int | None
    other_group: int | None
    pooled: int | None
    responded: bool
    few: bool

    def of(self, option: str) -> int | None:
        """How many chose an option."""
        return self.options.get(option, 0)


def by_question(responses: Iterable[Response]) -> dict[str, list[Response]]:
    """The responses to each question."""
    found: defaultdict[str, list[Response]] = defaultdict(list)
    for response in responses:
        found[response.question].append(response)
    return dict(found)


def shown(case: Case, question: Question, responses: Iterable[Response]) -> Shown[Class]:
    """What may be told of the classes of a question, all its versions together."""
    counts: Counter[Class] = Counter({NO_ANSWER: 0, OTHER_GROUP: 0})
    left = Counter(case.groups)
    for response in responses:
        counts[response.version, _class(response, question)] += response.people
        left[response.group] -= response.people
    for group, people in left.items():
        counts[NO_ANSWER if case.asked_of(question, group) else OTHER_GROUP] += people
    return protected(counts, case.k)


def numbers(case: Case, question: Question, version: str, responses: Iterable[Response]) -> Numbers:
    """What may be told of one version; `responses` are all there are to the question."""
    listed = list(responses)
    classes = shown(case, question, listed)
    told = {class_: n for (of, class_), n in classes.classes.items() if of == version}
    said = {class_: n for class_, n in told.items() if class_ not in EXITS}
    own = [response for response in listed if response.version == version]
    people = sum(response.people for response in own)
    n = _total(classes, {(version, class_) for class_ in said}, own)
    options: Mapping[str, int | None] = said
    if question.kind == "multiple":
        options = _several(case, own, n)
    return Numbers(
        n=n,
        options=options,
        exits={exit_: told.get(exit_, 0) for exit_ in EXITS},
        no_answer=classes.of(NO_ANSWER),
        other_group=classes.of(OTHER_GROUP),
        pooled=None if classes.whole else classes.pooled,
        responded=bool(own),
        few=0 < people < case.k,
    )


def _class(response: Response, question: Question) -> str:
    if response.outcome is not Outcome.ANSWERED:
        return response.outcome.value
    if question.kind == "multiple" or not response.chosen:
        return ANSWERED
    return response.chosen[0]


def _total(classes: Shown[Class], ours: set[Class], own: Iterable[Response]) -> int | None:
    """How many said something: told when each part of it is, or when all that is hidden is part of it.

    Otherwise it would tell how many of the hidden ones are on either side.
    """
    hidden = {class_ for class_, n in classes.classes.items() if n is None}
    if hidden & ours and not (hidden <= ours and classes.pooled is not None):
        return None
    return sum(response.people for response in own if response.outcome is Outcome.ANSWERED)


def _several(case: Case, own: Iterable[Response], n: int | None) -> dict[str, int | None]:
    chosen: Counter[str] = Counter()
    for response in own:
        for option in response.chosen if response.outcome is Outcome.ANSWERED else ():
            chosen[option] += response.people
    if n is None:
        return dict.fromkeys(chosen)
    return dict(several(chosen, n, case.k).classes)
