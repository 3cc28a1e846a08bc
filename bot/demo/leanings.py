"""Which options a group of demo people prefers.

One rule: it is drawn from the seed, question by question, and chosen by nobody, so that no view is pushed.
"""

from math import exp
from random import Random

from bot.library import Option, Question, Role


class Leanings:
    """What each group prefers in one run."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._known: dict[tuple[str, str], dict[str, float]] = {}

    def weights(self, question: Question, group: str) -> dict[str, float]:
        """How likely each option is that says something, by its id."""
        known = question.id, group
        if known not in self._known:
            chance = Random(f"{self._seed}/{question.id}/{group}")  # noqa: S311 - made to be repeated
            self._known[known] = _drawn(
                [option for option in question.options if option.role is Role.SUBSTANTIVE], chance
            )
        return self._known[known]


def _drawn(options: list[Option], chance: Random) -> dict[str, float]:
    """A hill somewhere on a scale; on names, weights of which none vanishes."""
    middle = chance.uniform(-1.2, 1.2)
    return {
        option.id: 0.15 + chance.gammavariate(2, 1)
        if option.value is None
        else 0.05 + exp(-((option.value - middle) ** 2) / 2)
        for option in options
    }
