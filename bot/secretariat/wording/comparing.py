"""Two texts word by word: what stays, what goes, what comes."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final

from msgspec import Struct

from bot.language.tokens import pieces

#: Lines of a file that are shown around a change.
_AROUND: Final = 2


class Run(Struct, frozen=True):
    """A stretch of text: "same", "del" or "ins"."""

    how: str
    text: str


def compared(before: Sequence[str], after: Sequence[str]) -> list[Run]:
    """The lines of two texts as one, word by word; of what goes and comes in one place first what goes."""
    return _runs(pieces("\n".join(before)), pieces("\n".join(after)))


def changed_lines(before: str, after: str) -> list[list[Run]]:
    """Where two files differ: for each place its lines, with a few around them."""
    one, other = before.splitlines(), after.splitlines()
    places = []
    for group in SequenceMatcher(a=one, b=other, autojunk=False).get_grouped_opcodes(_AROUND):
        first, last = group[0], group[-1]
        places.append(compared(one[first[1] : last[2]], other[first[3] : last[4]]))
    return places


def _runs(before: list[str], after: list[str]) -> list[Run]:
    runs: list[Run] = []
    for how, i, i_end, j, j_end in SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        if how == "equal":
            runs.append(Run("same", "".join(before[i:i_end])))
            continue
        if i < i_end:
            runs.append(Run("del", "".join(before[i:i_end])))
        if j < j_end:
            runs.append(Run("ins", "".join(after[j:j_end])))
    return runs
