"""From a content folder to a Library, or to the whole list of what is wrong with it.

    drafts/<slug>/   draft.yaml, one file a clause, search.yaml     drafts.py
    phrases/*.yaml   labels.yaml   words.yaml                       speech.py
    privacy.yaml                                                    signs.py

One rule: content with any fault is not used at all; a bot that can say only half of what it should is
worse than one that does not start.
"""

from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

from bot.errors import ContentError, Fault
from bot.library.drafts import read_draft
from bot.library.model import Draft, Library
from bot.library.signs import read_signs
from bot.library.speech import read_labels, read_phrases, read_words
from bot.library.versions import digest

#: The phrases whose hash, with the number that is said in them, is the notice version kept with every
#: answer and consent.
NOTICES: Final = "notices.yaml"


def load(folder: Path | None = None) -> Library:
    """The library in `folder`; without one, the content this program ships with.

    Raises ContentError with every fault found, whatever is in the folder.
    """
    if folder is None:
        with as_file(files("content")) as shipped:
            return load(shipped)
    faults: list[Fault] = []
    draft = _draft(folder / "drafts", faults)
    phrases = read_phrases(folder / "phrases", faults)
    labels = read_labels(folder / "labels.yaml", faults)
    words = read_words(folder / "words.yaml", faults)
    signs = read_signs(folder / "privacy.yaml", faults)
    if NOTICES not in phrases:
        faults.append(Fault(folder / "phrases" / NOTICES, 1, 1, "the file is missing"))
    if faults or draft is None or signs is None:
        raise ContentError(faults)
    everything = {id_: phrase for file in phrases.values() for id_, phrase in file.items()}
    return Library(
        version=digest([draft, everything, labels, words]),
        notice=digest([phrases[NOTICES], draft.anonymity.linked_days]),
        draft=draft,
        phrases=everything,
        labels=labels,
        words=words,
        signs=signs,
    )


def _draft(folder: Path, faults: list[Fault]) -> Draft | None:
    """The only draft in the folder."""
    found = sorted(path for path in folder.glob("*") if path.is_dir())
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        faults.append(Fault(folder, 1, 1, f"must hold exactly one draft (a folder), found: {names}"))
    drafts = [read_draft(path, faults) for path in found]
    return drafts[0] if drafts else None
