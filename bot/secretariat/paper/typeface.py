"""What the typeface can show, and where a line may end.

One rule: nothing disappears. What Sarabun has no form for is named in brackets, because a PDF that is
kept for good (PDF/A) may not hold a character without one.
"""

import re
import struct
from functools import cache
from pathlib import Path
from typing import Final
from unicodedata import category, name

import fontpkg_sarabun  # type: ignore[import-untyped]  # it ships no types

from bot.language.tokens import pieces
from bot.language.words import graphemes

#: Where the fonts are.
FOLDER: Final = Path(fontpkg_sarabun.__file__).parent / "files"
#: The name of the typeface.
FAMILY: Final = "Sarabun"

#: Grapheme clusters in a row without a space that surely fit a line of a quotation.
_LONGEST: Final = 40
_BREAK: Final = "\u200b"
#: What is kept although it has no form: line feed and tab, and the invisible space where a line may end.
_FORMLESS: Final = frozenset("\n\t" + _BREAK)


def shown(text: str) -> str:
    """The text in characters that the typeface has; others are named, as in «[thumbs up sign]».

    Marks that turn the direction of writing round or join other characters are left out: here they could
    only make a text look like another one.
    """
    known = _coverage()
    return "".join(char if ord(char) in known or char in _FORMLESS else _told(char) for char in text)


def breakable(text: str) -> str:
    """The text with invisible places where a line may end in whatever is too long for one.

    They are put between words where the dictionary knows any, and never inside a grapheme cluster.
    """
    return re.sub(rf"\S{{{_LONGEST},}}", lambda run: _BREAK.join(_chunks(run[0])), text)


def _told(char: str) -> str:
    kind = category(char)
    if kind in {"Cf", "Cc", "Mn", "Me"}:
        return ""
    if kind == "Zs":
        return " "
    called = name(char, "") if kind[0] == "S" else ""
    return f"[{called.lower() or f'U+{ord(char):04X}'}]"


def _chunks(run: str) -> list[str]:
    """The run cut between words, and inside words that are too long, into parts that fit a line."""
    chunks, size = [""], 0
    for piece in pieces(run):
        clusters = graphemes(piece)
        for at in range(0, len(clusters), _LONGEST):
            part = clusters[at : at + _LONGEST]
            if size + len(part) > _LONGEST and chunks[-1]:
                chunks.append("")
                size = 0
            chunks[-1] += "".join(part)
            size += len(part)
    return chunks


@cache
def _coverage() -> frozenset[int]:
    """The code points that the regular and the bold font have forms for."""
    fonts = [_code_points((FOLDER / f"{FAMILY}-{cut}.ttf").read_bytes()) for cut in ("Regular", "Bold")]
    return frozenset(fonts[0] & fonts[1])


def _code_points(font: bytes) -> set[int]:
    """The code points of the `cmap` table of an OpenType font, in its formats 4 and 12."""
    tables = struct.unpack_from(">H", font, 4)[0]
    entries = (struct.unpack_from(">4sIII", font, 12 + 16 * n) for n in range(tables))
    start = next(offset for tag, _, offset, _ in entries if tag == b"cmap")
    found: set[int] = set()
    for n in range(struct.unpack_from(">H", font, start + 2)[0]):
        at = start + struct.unpack_from(">I", font, start + 4 + 8 * n + 4)[0]
        match struct.unpack_from(">H", font, at)[0]:
            case 4:
                found |= _format_4(font, at)
            case 12:
                found |= _format_12(font, at)
            case _:
                continue
    return found


def _format_4(font: bytes, at: int) -> set[int]:
    count = struct.unpack_from(">H", font, at + 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", font, at + 14)
    starts = struct.unpack_from(f">{count}H", font, at + 16 + 2 * count)
    deltas = struct.unpack_from(f">{count}H", font, at + 16 + 4 * count)
    ranges = at + 16 + 6 * count
    offsets = struct.unpack_from(f">{count}H", font, ranges)
    found = set()
    for n, (first, last, delta, offset) in enumerate(zip(starts, ends, deltas, offsets, strict=True)):
        for point in range(first, min(last, 0xFFFE) + 1):
            glyph = point
            if offset:
                glyph = struct.unpack_from(">H", font, ranges + 2 * n + offset + 2 * (point - first))[0]
                if not glyph:
                    continue
            if (glyph + delta) & 0xFFFF:
                found.add(point)
    return found


def _format_12(font: bytes, at: int) -> set[int]:
    groups = struct.unpack_from(">I", font, at + 12)[0]
    found = set()
    for n in range(groups):
        first, last, glyph = struct.unpack_from(">III", font, at + 16 + 12 * n)
        found |= set(range(first + (glyph == 0), last + 1))
    return found
