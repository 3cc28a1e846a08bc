"""The kinds of question. A kind owns how its options are arranged and what makes it well-formed.

To add one: write `<kind>.py` beside these and name it in KINDS. One contract test runs over all.
"""

from bot.library.questions import multiple, open, scale, single
from bot.library.questions.kind import Arranged, Kind

KINDS: dict[str, Kind] = {kind.name: kind for kind in (single.KIND, multiple.KIND, scale.KIND, open.KIND)}

__all__ = ["KINDS", "Arranged", "Kind"]
