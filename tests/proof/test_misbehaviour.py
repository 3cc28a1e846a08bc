"""Misbehaving platforms, in short; and that the proof sees each protection go."""

import pytest

from tests.proof import misbehaviour
from tests.proof.outcome import Size

SEED = 20260101


def test_nothing_is_shown_twice_or_never() -> None:
    outcome = misbehaviour.prove(Size.SHORT, SEED)
    assert outcome.held, outcome.markdown()


@pytest.mark.parametrize("fault", misbehaviour.FAULTS)
def test_it_breaks_without_its_protection(fault: str) -> None:
    assert not misbehaviour.prove(Size.SHORT, SEED, fault).held
