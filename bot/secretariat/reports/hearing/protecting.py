"""Which numbers of people may be told: none about fewer than k, told or worked out.

The one place where the report decides that, so that it can be exchanged.
"""

from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar

from msgspec import Struct

C = TypeVar("C", bound=Hashable)


class Shown(Struct, Generic[C], frozen=True):
    """What may be told of people who are each in one class: a number, or None where it is hidden.

    `pooled` is how many are in all hidden classes together, None when even they are too few to tell.
    """

    classes: Mapping[C, int | None]
    total: int | None
    pooled: int | None

    def of(self, class_: C) -> int | None:
        """How many are in a class; nobody is in one that is not there."""
        return self.classes.get(class_, 0)

    @property
    def whole(self) -> bool:
        """Whether nothing is hidden."""
        return None not in self.classes.values()


def protected(counts: Mapping[C, int], k: int) -> Shown[C]:
    """What may be told of these counts, whose sum is known to everybody.

    Classes of fewer than k people are hidden, and as many of the next smallest as it takes until the
    hidden ones are k people together: otherwise the sum would tell what was hidden.
    """
    total = sum(counts.values())
    if total < k:
        return Shown(dict.fromkeys(counts) if total else dict(counts), None if total else 0, None)
    hidden = {class_ for class_, n in counts.items() if _few(n, k)}
    for class_ in sorted(counts, key=lambda c: (counts[c], str(c))):
        together = sum(counts[c] for c in hidden)
        if not hidden or together >= k:
            break
        if counts[class_]:
            hidden.add(class_)
    together = sum(counts[c] for c in hidden)
    classes = {class_: None if class_ in hidden else n for class_, n in counts.items()}
    return Shown(classes, total, together if hidden else 0)


def several(counts: Mapping[C, int], total: int, k: int) -> Shown[C]:
    """What may be told of options of which each of `total` people chose any number.

    An option is hidden when those who chose it, or those who did not, are fewer than k. There is no sum
    from which it could be worked out.
    """
    told = {c: None if _few(n, k) or _few(total - n, k) else n for c, n in counts.items()}
    if _few(total, k):
        return Shown(dict.fromkeys(counts), None, None)
    return Shown(told, total, None)


def _few(n: int, k: int) -> bool:
    return 0 < n < k
