import pytest

from bot.library import Library, admit


@pytest.fixture(scope="session")
def library() -> Library:
    return admit()
