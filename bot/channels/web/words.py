"""The words of the page that are not messages of the bot: content/web.yaml, read and checked.

Its one rule: a page with a word missing is never served; the start-up names every fault instead.
"""

import re
from pathlib import Path
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from bot.errors import ContentError, Fault

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

_SLOT: Final = re.compile(r"\{(.*?)\}")


def load_words(file: Path) -> dict[str, str]:
    """The words by their ids.

    Raises ContentError with every fault: a file that cannot be read or is no mapping, a word that is
    missing, unknown, empty or not text, a slot that the page does not fill or that was left out.
    """
    try:
        content = YAML().load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError([Fault(file, 1, 1, f"cannot be read: {type(error).__name__}")]) from None
    except YAMLError as error:
        raise ContentError([_unreadable(file, error)]) from None
    if not isinstance(content, CommentedMap):
        raise ContentError([Fault(file, 1, 1, "must be a mapping of word ids to texts")])
    faults = [Fault(file, 1, 1, f"the word {id_!r} is missing") for id_ in WORDS if id_ not in content]
    for id_, text in content.items():
        if message := _fault_of(id_, text):
            line, column = content.lc.key(id_)
            faults.append(Fault(file, line + 1, column + 1, message))
    if faults:
        raise ContentError(faults)
    return {id_: str(text).strip() for id_, text in content.items()}


def _fault_of(id_: object, text: object) -> str:
    if not isinstance(id_, str) or id_ not in WORDS:
        return f"the page has no word {id_!r}"
    if not isinstance(text, str) or not text.strip():
        return f"{id_!r} must be a text that is not empty"
    slots = set(_SLOT.findall(text))
    if slots != WORDS[id_]:
        return f"{id_!r} must have the slots {sorted(WORDS[id_])}, it has {sorted(slots)}"
    return ""


def _unreadable(file: Path, error: YAMLError) -> Fault:
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return Fault(file, 1, 1, "is not YAML")
    mark, problem = error.problem_mark, str(error.problem).splitlines()[0]
    return Fault(file, mark.line + 1, mark.column + 1, f"is not YAML: {problem}")
