"""A runtime without a platform: the real store, a key of its own, and hands on the clock."""

import pytest

from bot.runtime.identity import Identity, new_key, read_key
from tests.runtime.fakes import HandClock, Obedient


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def identity() -> Identity:
    return Identity(read_key(new_key()), "test")


@pytest.fixture
def channel() -> Obedient:
    return Obedient()
