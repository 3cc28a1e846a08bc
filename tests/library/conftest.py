from pathlib import Path

import pytest

from bot.library import Library, load
from tests.library.content import Content


@pytest.fixture
def content(tmp_path: Path) -> Content:
    return Content(tmp_path / "content")


@pytest.fixture(scope="session")
def shipped() -> Library:
    """The content this program ships with."""
    return load()
