"""Everything said and understood outside the draft: phrases, button labels and typed words.

One rule: an id means one thing, wherever it is written.
"""

from pathlib import Path

from bot.errors import Fault
from bot.language.words import fold
from bot.library.model import Phrase
from bot.library.schema import LABELS, PHRASES, WORDS
from bot.library.yaml_source import KEY, read


def read_phrases(folder: Path, faults: list[Fault]) -> dict[str, dict[str, Phrase]]:
    """The phrases of each file in this folder, by file name and by id; an id occurs in one file only."""
    files: dict[str, dict[str, Phrase]] = {}
    home: dict[str, str] = {}
    for path in sorted(folder.glob("*.yaml")):
        source = read(path, PHRASES, faults)
        parts = source.value or {}
        for id_ in parts:
            if id_ in home:
                source.fault((id_, KEY), f"{id_}: is also in {home[id_]}")
            home.setdefault(id_, path.name)
        files[path.name] = {id_: Phrase(id_, part.type, part.lines) for id_, part in parts.items()}
    return files


def read_labels(file: Path, faults: list[Fault]) -> dict[str, str]:
    """The button labels by id."""
    return read(file, LABELS, faults).value or {}


def read_words(file: Path, faults: list[Fault]) -> dict[str, str]:
    """The word id of each thing a person may type, by its `fold`; two ids may not share one."""
    source = read(file, WORDS, faults)
    words: dict[str, str] = {}
    for id_, typed in (source.value or {}).items():
        for i, text in enumerate(typed):
            other = words.setdefault(fold(text), id_)
            if other != id_:
                source.fault((id_, i), f"{id_}: {text!r} already means {other}")
    return words
