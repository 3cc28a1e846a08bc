"""The words of the console: content/console.yaml, in two languages.

One rule: a word that a page asks for and the file does not have is a fault of start-up or of a test, never
an empty place on a page.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

from bot.errors import ContentError, Fault
from bot.library.schema import Line
from bot.library.yaml_source import read

Language = Literal["th", "en"]

#: The languages of the console, the office's own first.
LANGUAGES: Final[tuple[Language, ...]] = ("th", "en")


class WordPart(BaseModel):
    """One word or sentence."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    th: Line
    en: Line


_WORDS: Final = TypeAdapter(dict[str, WordPart])


def load_console_words(file: Path) -> Mapping[str, WordPart]:
    """The words by their ids. Raises ContentError when the file cannot be used."""
    faults: list[Fault] = []
    words = read(file, _WORDS, faults).value
    if faults or words is None:
        raise ContentError(faults)
    return words


class Speech:
    """The words in one language, for a template: `say("sign_in")`, `say("wait", seconds=3)`."""

    def __init__(self, words: Mapping[str, WordPart], language: Language) -> None:
        self._words = words
        self.language: Language = language

    def __call__(self, word: str, **slots: object) -> str:
        """The word with its slots filled. KeyError for one that is not there."""
        text: str = getattr(self._words[word], self.language)
        return text.format(**slots) if slots else text
