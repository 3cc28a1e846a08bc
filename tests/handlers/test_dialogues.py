"""Every golden dialogue still reads the same, with the participant through JSON between two turns."""

import pytest

from bot.library import Library
from tests.handlers.play import DIALOGUES, played

PATHS = sorted(DIALOGUES.glob("*.md"))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_dialogue(path, library: Library) -> None:
    told = path.read_text("utf-8")
    assert played(told, library) == told, "run `python -m tests.handlers.play` and read the difference"


def test_the_journeys_are_there() -> None:
    assert {"a-citizen-line", "b-business-suggestion", "c-civil-society-telegram"} <= {p.stem for p in PATHS}
