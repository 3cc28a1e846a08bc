"""What makes two wordings the same: a hash of everything a person is shown.

One rule: a version depends on the values alone, never on how the files are laid out.
"""

from hashlib import sha256
from typing import Final

import msgspec

from bot.library.model import Option

#: Hex digits of a version: short enough for a button, and 48 bits are plenty for a few hundred wordings.
DIGITS: Final = 12


def fingerprint(value: object) -> str:
    """The 64 hex digits of the SHA-256 of a value's JSON (UTF-8, keys sorted)."""
    return sha256(msgspec.json.encode(value, order="sorted")).hexdigest()


def digest(value: object) -> str:
    """The version of a value: the first 12 digits of its fingerprint."""
    return fingerprint(value)[:DIGITS]


def question_shown(
    kind: str, stems: tuple[str, str], options: tuple[Option, ...], order: str
) -> dict[str, object]:
    """All that a person is shown of a question: kind, both stems, options as written, the rule of order.

    What a reviewer approves is the fingerprint of this, and its first digits are the version that every
    answer keeps. The fields are listed one by one, so that a new field of Option cannot silently give
    an old wording a new version.
    """
    return {
        "kind": kind,
        "stems": stems,
        "order": order,
        "options": [
            {
                "id": option.id,
                "label": option.label,
                "role": option.role,
                "value": option.value,
                "anchored": option.anchored,
                "exclusive": option.exclusive,
                "follow_up": option.follow_up,
            }
            for option in options
        ],
    }
