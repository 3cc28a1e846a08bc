"""Text as characters: what may be stored, how long it looks, and when two typings are the same words.

One rule: everything here is linear in the length of the text and never raises, whatever a stranger
sends. Word lists are data, so they come in as arguments; only facts of Unicode are written here.
"""

import re
from collections.abc import Collection
from typing import Final
from unicodedata import category, normalize

#: Combining marks kept after one base: Thai words have at most 2, "zalgo" hundreds (RELIABILITY.md 3.2).
MAX_MARKS: Final = 4

#: What a database (NUL in PostgreSQL), UTF-8 (lone surrogates) or XML (the last two) refuses to hold.
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff\ufffe\uffff]")
_NEWLINES: Final = re.compile("\r\n?")
#: C0, DEL and C1 without tab and line feed; they show nothing and break terminals, logs and XLSX.
_CONTROLS: Final = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)]) | {0x09: 0x09, 0x0A: 0x0A}

#: Soft hyphen, zero width space, non-joiner, joiner, word joiner, byte order mark.
_INVISIBLE: Final = dict.fromkeys([0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF])
_THAI_DIGITS: Final = {0x0E50 + digit: str(digit) for digit in range(10)}
#: Keystrokes in another order that look the same on screen. NFC leaves them apart, because Unicode
#: gives most Thai vowels no combining class: two SARA E for SARA AE, NIKHAHIT + SARA AA for SARA AM,
#: a tone before its vowel or after SARA AM, the same mark twice.
_LOOKALIKES: Final = (
    (re.compile("\u0e40\u0e40"), "\u0e41"),
    (re.compile("\u0e4d([\u0e48-\u0e4b]?)\u0e32"), "\\1\u0e33"),
    (re.compile("([\u0e48-\u0e4b])([\u0e31\u0e34-\u0e39])"), "\\2\\1"),
    (re.compile("\u0e33([\u0e48-\u0e4b])"), "\\1\u0e33"),
    (re.compile("([\u0e31\u0e34-\u0e3a\u0e47-\u0e4e])\\1+"), "\\1"),
)
#: What people put after a word without meaning anything by it.
_TRAILING: Final = " .,!?~\u2026\u0e46"

#: What turns the direction of the text after it (UAX #9), by what a reader is shown instead.
_TURNS: Final = {
    0x061C: "⟦ALM⟧", 0x200E: "⟦LRM⟧", 0x200F: "⟦RLM⟧", 0x202A: "⟦LRE⟧", 0x202B: "⟦RLE⟧", 0x202C: "⟦PDF⟧",
    0x202D: "⟦LRO⟧", 0x202E: "⟦RLO⟧", 0x2066: "⟦LRI⟧", 0x2067: "⟦RLI⟧", 0x2068: "⟦FSI⟧", 0x2069: "⟦PDI⟧",
}  # fmt: skip

_JOINER: Final = "\u200d"
#: SARA AM and its Lao twin stand beside their base and yet belong to it (UAX #29, SpacingMark).
_SPACING_VOWELS: Final = "\u0e33\u0eb3"


def clean(text: str) -> str:
    """The text as it may enter the store: NFC, only tab and line feed as control characters.

    NUL, lone surrogates, U+FFFE and U+FFFF become U+FFFD, so that a reader sees something was there.
    CR and CRLF become LF; other control characters are dropped. Of the combining marks after one base
    the first MAX_MARKS stay. Bidirectional controls and zero-width spaces stay: they are the person's
    text. Cleaning twice changes nothing more.
    """
    text = _NEWLINES.sub("\n", _UNSTORABLE.sub("\ufffd", text)).translate(_CONTROLS)
    if text.isascii():
        return text
    # Before NFC, because its reordering is quadratic in a run of marks; after it, because it can take
    # one character apart into a base and several marks.
    return _cap_marks(normalize("NFC", _cap_marks(text)))


def _cap_marks(text: str) -> str:
    kept = []
    marks = 0
    for char in text:
        kind = category(char)
        if kind[0] == "M":
            marks += 1
            if marks > MAX_MARKS:
                continue
        elif kind != "Cf":  # a joiner between two marks does not make a new base
            marks = 0
        kept.append(char)
    return "".join(kept)


def visible(text: str) -> str:
    """The text for somebody who must see what is there: what turns its direction is named, not obeyed."""
    return text.translate(_TURNS)


def fold(text: str, particles: Collection[str] = ()) -> str:
    """The text reduced to what two people would call the same words; for comparing, never for showing.

    Case, invisible characters, white space, Thai or Arabic digits, look-alike key orders and trailing
    punctuation make no difference, nor do trailing `particles` (polite endings, from the content).
    Thai has no spaces, so a particle is cut wherever the text ends with it: fold both sides of a
    comparison with the same particles. A text that is nothing but a particle keeps one.
    """
    text = " ".join(clean(text).translate(_INVISIBLE).translate(_THAI_DIGITS).casefold().split())
    for lookalike, usual in _LOOKALIKES:
        text = lookalike.sub(usual, text)
    endings = sorted([*particles, *_TRAILING], key=len, reverse=True)
    end = len(text)
    while cut := next((e for e in endings if len(e) < end and text.endswith(e, 0, end)), ""):
        end -= len(cut)
    return text[:end]


def graphemes(text: str) -> list[str]:
    """The text cut into what a reader counts as one character; joined again it is the text.

    Follows the rules of UAX #29 that Thai, Latin and emoji need: marks, variation selectors, SARA AM
    and skin tones stay with what is before them, a zero width joiner binds two pictures, two regional
    indicators make one flag, CR LF is one.
    """
    starts: list[int] = []
    for i, char in enumerate(text):
        ends_flag = (
            _is_indicator(char) and bool(starts) and starts[-1] == i - 1 and _is_indicator(text[i - 1])
        )
        if i == 0 or not (ends_flag or _continues(text, i)):
            starts.append(i)
    # No start, no character: of an empty text the one end is left over.
    return [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=False)]


def _continues(text: str, i: int) -> bool:
    """Whether the character at i belongs to the cluster of the one before it."""
    before, char = text[i - 1], text[i]
    if before in "\r\n":
        return before == "\r" and char == "\n"
    if char < "\u0300":
        return False
    return (
        char == _JOINER
        or char in _SPACING_VOWELS
        or category(char)[0] == "M"
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        or "\U000e0020" <= char <= "\U000e007f"
        or (before == _JOINER and category(char) == "So")
    )


def _is_indicator(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def length(text: str) -> int:
    """How many grapheme clusters the text has."""
    return len(graphemes(text))


def clip(text: str, n: int) -> str:
    """The first n grapheme clusters of the text; the whole text when it has no more."""
    return "".join(graphemes(text)[:n])
