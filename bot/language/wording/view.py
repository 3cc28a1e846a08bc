"""A text as the rules read it: keystrokes made equal, names and quotations covered.

One rule: every character of the view knows which character of the original it came from, so a finding
can point at what the author wrote.
"""

import re
from collections.abc import Iterable
from re import Pattern
from typing import Final

from msgspec import Struct

#: Stands for a covered character: no pattern matches it by accident, and `[^|]` passes over it.
COVER: Final = "\u25e6"

#: Keystrokes that look alike or show nothing, longest first; the group's name says what becomes of it.
_KEYSTROKES: Final = re.compile(
    "(?P<invisible>[\u00ad\u200b-\u200d\u2060\ufeff]+)"
    "|(?P<space>[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]+)"
    "|(?P<sara_ae>\u0e40\u0e40)"
    "|(?P<sara_am>\u0e4d\u0e32)"
    "|(?P<digit>[\u0e50-\u0e59])"
)
#: A place for a number, a label or a person's own words in a phrase; it is not wording.
SLOT: Final = re.compile(r"\{[a-z_0-9]+\}")
_QUOTED: Final = re.compile('[\u201c"\u2018\u00ab\u300c][^\u201c\u201d"\n]{1,300}[\u201d"\u2019\u00bb\u300d]')


class View(Struct, frozen=True):
    """The text to search, and for each of its characters the offset of its origin."""

    text: str
    origin: tuple[int, ...]
    size: int

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where [start, end) of the view lies in the original."""
        first = self.origin[start] if start < len(self.origin) else self.size
        last = self.origin[end - 1] + 1 if 0 < end <= len(self.origin) else first
        return first, max(first, last)

    def covered(self, patterns: Iterable[Pattern[str]]) -> "View":
        """The view with every match of the patterns covered, character by character."""
        text = self.text
        for pattern in patterns:
            text = pattern.sub(cover, text)
        return View(text, self.origin, self.size)

    def without_quotations(self, attribution: Pattern[str], source: str = "") -> "View":
        """The view with quotations covered: in a line that says where they are from, or from `source`."""

        def quoted(found: re.Match[str]) -> str:
            return cover(found) if found[0][1:-1] in source else found[0]

        lines = [
            _QUOTED.sub(cover if attribution.search(line) else quoted, line) for line in self.text.split("\n")
        ]
        return View("\n".join(lines), self.origin, self.size)


def view(text: str) -> View:
    """The text with look-alike keystrokes made equal, in one case and with single spaces.

    Linear in the length of the text.
    """
    parts: list[str] = []
    origin: list[int] = []
    at = 0
    for found in _KEYSTROKES.finditer(text):
        _take(text[at : found.start()], at, parts, origin)
        if new := _usual(found):
            parts.append(new)
            origin.append(found.start())
        at = found.end()
    _take(text[at:], at, parts, origin)
    return View("".join(parts), tuple(origin), len(text))


def _usual(found: re.Match[str]) -> str:
    match found.lastgroup:
        case "space":
            return " "
        case "sara_ae":
            return "\u0e41"
        case "sara_am":
            return "\u0e33"
        case "digit":
            return str(ord(found[0]) - 0x0E50)
        case _:
            return ""


def _take(piece: str, at: int, parts: list[str], origin: list[int]) -> None:
    lowered = "".join(char.lower() if len(char.lower()) == 1 else char for char in piece)
    parts.append(lowered)
    origin.extend(range(at, at + len(piece)))


def cover(found: re.Match[str]) -> str:
    """As many covered characters as were found; spaces stay."""
    return "".join(" " if char == " " else COVER for char in found[0])
