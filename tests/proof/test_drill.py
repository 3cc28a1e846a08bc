"""The drill, in short; and that the proof sees people who come back."""

import pytest

from tests.proof import drill
from tests.proof.outcome import Size

SEED = 20260101


def test_it_keeps_and_forgets_what_it_must() -> None:
    outcome = drill.prove(Size.SHORT, SEED)
    assert outcome.held, outcome.markdown()


@pytest.mark.parametrize("fault", drill.FAULTS)
def test_it_breaks_without_its_protection(fault: str) -> None:
    assert not drill.prove(Size.SHORT, SEED, fault).held
