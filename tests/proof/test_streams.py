"""Streams out of order, in short; and that the proof sees redeliveries that count."""

import pytest

from tests.proof import streams
from tests.proof.outcome import Size

SEED = 20260101


def test_they_end_as_in_order() -> None:
    outcome = streams.prove(Size.SHORT, SEED)
    assert outcome.held, outcome.markdown()


@pytest.mark.parametrize("fault", streams.FAULTS)
def test_it_breaks_without_its_protection(fault: str) -> None:
    assert not streams.prove(Size.SHORT, SEED, fault).held
