"""Hostile input, in short; and that the proof sees each protection go."""

import pytest

from tests.proof import hostile
from tests.proof.outcome import Size

SEED = 20260101


def test_nothing_is_stored_and_nothing_breaks() -> None:
    outcome = hostile.prove(Size.SHORT, SEED)
    assert outcome.held, outcome.markdown()


@pytest.mark.parametrize("fault", hostile.FAULTS)
def test_it_breaks_without_its_protection(fault: str) -> None:
    assert not hostile.prove(Size.SHORT, SEED, fault).held
