"""The questions as variables, one for each wording, for files where a row is a person.

    single, scale    NAME         the code of the chosen option; a scale's codes are its values
    multiple         NAME_x       1 or 0 for each option x, and NAME says whether it was answered
    open             NAME         1 when it was answered
    typed text       NAME_text    of an open question, or beside a choice

What is not an answer is a code that statistics leave out; a question that was not asked is empty.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from bot.dialogue import Outcome
from bot.library import Role
from bot.secretariat.exports.wordings import Wording

#: Codes of what is not an answer: SPSS takes three as user-missing, and no option comes near them.
MISSING: Final[Mapping[Outcome, int]] = {
    Outcome.NOT_APPLICABLE: 97,
    Outcome.DONT_KNOW: 98,
    Outcome.SKIPPED: 99,
}

#: The longest name of a variable in SPSS, in bytes (IBM, "Variable names"); ours are ASCII.
_NAME: Final = 64

_TEXT: Final = "_text"


class Variable(Struct, frozen=True, kw_only=True):
    """A wording's variables. `codes` are by option, `dichotomies` the names of further variables by
    option, `text` is the name of the one for what was typed, "" for none."""

    wording: Wording
    name: str
    codes: Mapping[str, int]
    dichotomies: Mapping[str, str]
    text: str


def variables(wordings: Iterable[Wording]) -> tuple[Variable, ...]:
    """The variables of these wordings, each name once, whatever the letters' case."""
    taken: set[str] = set()
    return tuple(_variable(wording, taken) for wording in wordings)


def _variable(wording: Wording, taken: set[str]) -> Variable:
    base = _named(f"q{wording.question}_v{wording.version}", "", taken)
    substantive = [option for option in wording.options if option.role is Role.SUBSTANTIVE]
    several = wording.kind == "multiple"
    return Variable(
        wording=wording,
        name=base,
        codes={
            option.id: n if option.value is None else option.value
            for n, option in enumerate(substantive, start=1)
        },
        dichotomies={o.id: _named(base, f"_{o.id}", taken) for o in substantive} if several else {},
        text=_named(base, _TEXT, taken) if wording.typed or wording.kind == "open" else "",
    )


def _named(base: str, suffix: str, taken: set[str]) -> str:
    """A name of at most 64 letters, digits and underscores that no other variable has."""
    number = 0
    while True:
        tail = re.sub(r"[^A-Za-z0-9]", "_", suffix) + (f"_{number}" if number else "")
        name = re.sub(r"[^A-Za-z0-9]", "_", base)[: _NAME - len(tail)] + tail
        if name.casefold() not in taken:
            taken.add(name.casefold())
            return name
        number += 1
