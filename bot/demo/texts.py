"""content/demo.yaml: what demo people type, read and checked.

One rule: it is data and nothing the bot says, so no phrase and no page ever takes a line from here.
"""

from pathlib import Path
from random import Random
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from bot.errors import ContentError, Fault
from bot.library.schema import Line
from bot.library.yaml_source import read

_Lines = Annotated[tuple[Line, ...], Field(min_length=1)]

#: How often somebody gives a reason beside what they say, and suggests something about the clause at hand.
_REASONED: Final = 0.35
_TO_THE_POINT: Final = 0.85
#: Under which name suggestions about any clause stand.
_ANY: Final = "any"


class Texts(BaseModel):
    """The lines; `reasons` and `organisations` by group, `answers` by question, `suggestions` by clause."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    asides: _Lines
    organisations: dict[str, _Lines]
    reasons: dict[str, _Lines]
    answers: dict[str, _Lines]
    anything: _Lines
    suggestions: dict[str, _Lines]

    def answer(self, question: str, group: str, chance: Random) -> str:
        """What somebody of this group types for a question."""
        ending = question.rpartition("-")[2]
        lines = self.answers.get(question) or self.answers.get(ending) or self.anything
        return self._reasoned(chance.choice(lines), group, chance)

    def suggestion(self, clause: str, group: str, chance: Random) -> str:
        """What somebody of this group suggests about a clause ("" for another topic)."""
        own = self.suggestions.get(clause)
        lines = own if own and chance.random() < _TO_THE_POINT else self.suggestions[_ANY]
        return self._reasoned(chance.choice(lines), group, chance)

    def organisation(self, group: str, chance: Random) -> str:
        """The name of a made-up organisation."""
        return chance.choice(self.organisations.get(group) or sum(self.organisations.values(), ()))

    def _reasoned(self, line: str, group: str, chance: Random) -> str:
        reasons = self.reasons.get(group, ())
        return f"{line} {chance.choice(reasons)}" if reasons and chance.random() < _REASONED else line


_TEXTS: Final = TypeAdapter(Texts)


def load_texts(file: Path) -> Texts:
    """Read the file. Raises ContentError with every fault found."""
    faults: list[Fault] = []
    source = read(file, _TEXTS, faults)
    if source.value and _ANY not in source.value.suggestions:
        source.fault(("suggestions",), f"suggestions: {_ANY} is missing")
    if faults or source.value is None:
        raise ContentError(faults)
    return source.value
