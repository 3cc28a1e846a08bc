"""Misbehaving platforms, in short; and that the proof sees each protection go."""

import pytest

from tests.proof import platforms
from tests.proof.outcome import Size

SEED = 20260101


def test_nothing_is_shown_twice_or_never() -> None:
    outcome = platforms.prove(Size.SHORT, SEED)
    assert outcome.held, outcome.markdown()


@pytest.mark.parametrize("fault", platforms.FAULTS)
def test_it_breaks_without_its_protection(fault: str) -> None:
    assert not platforms.prove(Size.SHORT, SEED, fault).held
