"""What a spreadsheet would calculate, and how a cell is kept from it.

One rule: a guarded cell has one apostrophe more than the text, so whoever takes one leading apostrophe
away has the text as it was typed.
"""

import re
from typing import Final

#: What a spreadsheet takes for the beginning of a formula (OWASP ASVS 5.0.0 1.2.10: = + - @, tab, NUL),
#: the full-width forms and line ends, which it reads as the same, and what may stand before them unseen.
#: An apostrophe is among them so that taking one away is always right.
RISKY: Final = (
    "[\\s\\u00ad\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\ufeff]*[=+\\-@\uff1d\uff0b\uff0d\uff20]"
    "|['\\t\\r\\n\\0]"
)


_RISKY: Final = re.compile(RISKY)


def safe(cell: str) -> str:
    """The cell as text that no spreadsheet calculates, without NUL, which none can read."""
    if _RISKY.match(cell):
        cell = f"'{cell}"
    return cell.replace("\0", "")


def as_typed(cell: str) -> str:
    """The text that `safe` made this cell of."""
    return cell.removeprefix("'")
