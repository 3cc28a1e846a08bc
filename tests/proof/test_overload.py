"""Overload, in short; and that the proof sees each protection go."""

import pytest

from tests.proof import overload
from tests.proof.outcome import Size

SEED = 20260101


def test_it_costs_the_process_little_and_the_others_nothing() -> None:
    outcome = overload.prove(Size.SHORT, SEED)
    assert outcome.held, outcome.markdown()


@pytest.mark.parametrize("fault", overload.FAULTS)
def test_it_breaks_without_its_protection(fault: str) -> None:
    assert not overload.prove(Size.SHORT, SEED, fault).held
