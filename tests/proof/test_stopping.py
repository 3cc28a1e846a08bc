"""SIGTERM under load, in short; and that the proof sees an end that waits for nobody."""

import pytest

from tests.proof import stopping
from tests.proof.outcome import Size

SEED = 20260101


def test_what_was_accepted_is_finished() -> None:
    outcome = stopping.prove(Size.SHORT, SEED)
    assert outcome.held, outcome.markdown()


@pytest.mark.parametrize("fault", stopping.FAULTS)
def test_it_breaks_without_its_protection(fault: str) -> None:
    assert not stopping.prove(Size.SHORT, SEED, fault).held
