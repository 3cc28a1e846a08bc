"""The words of the page that are not messages of the bot: content/web.yaml, read and checked.

Its one rule: a page with a word missing is never served; the start-up names every fault instead.
"""

import re
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from bot.errors import ContentError, Fault
from bot.library.yaml_source import KEY, read

#: Every word the page and its script ask for, and the slots each may have.
WORDS: Final[dict[str, frozenset[str]]] = {
    **dict.fromkeys(
        (
            # The page
            *(
                "title",
                "office",
                "about",
                "skip_link",
                "log_label",
                "form_label",
                "noscript_title",
                "noscript",
            ),
            # Writing
            *("input_label", "input_hint", "send", "file"),
            # The conversation
            *("speaker_bot", "speaker_person", "options_label", "exits_label", "unsent"),
            # What is going on
            *("status_opening", "status_sending", "status_offline", "status_unreachable"),
            *("status_session", "reload", "too_fast", "too_long", "refused", "file_lost"),
            # The preview of a local run
            *("preview_show", "preview_hide", "preview_label", "preview_note", "preview_empty"),
            *("preview_failed", "preview_edit", "preview_over"),
        ),
        frozenset[str](),
    ),
    "download": frozenset({"name"}),
    "file_sent": frozenset({"name"}),
    "file_too_large": frozenset({"limit"}),
    "limit_text": frozenset({"count", "limit"}),
    "limit_buttons": frozenset({"count"}),
    "limit_quick": frozenset({"count", "limit"}),
    "limit_token": frozenset({"count", "limit"}),
    "limit_messages": frozenset({"count", "limit"}),
}

_WORDS: Final = TypeAdapter(dict[str, str])
_SLOT: Final = re.compile(r"\{(.*?)\}")


def load_words(file: Path) -> dict[str, str]:
    """The words by their ids.

    Raises ContentError with every fault: a file that cannot be read or is no mapping, a word that is
    missing, unknown, empty or not text, a slot that the page does not fill or that was left out.
    """
    faults: list[Fault] = []
    source = read(file, _WORDS, faults)
    words = source.value or {}
    if not faults:
        faults += [Fault(file, 1, 1, f"the word {id_!r} is missing") for id_ in WORDS if id_ not in words]
    for id_, text in words.items():
        if message := _fault_of(id_, text):
            source.fault((id_, KEY), message)
    if faults:
        raise ContentError(faults)
    return {id_: text.strip() for id_, text in words.items()}


def _fault_of(id_: str, text: str) -> str:
    if id_ not in WORDS:
        return f"the page has no word {id_!r}"
    if not text.strip():
        return f"{id_!r} must be a text that is not empty"
    slots = set(_SLOT.findall(text))
    if slots != WORDS[id_]:
        return f"{id_!r} must have the slots {sorted(WORDS[id_])}, it has {sorted(slots)}"
    return ""
