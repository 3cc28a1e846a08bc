"""The short form of points.py, and that it sees each fault."""

import pytest

from tests.proof import points
from tests.proof.outcome import Size


def test_nothing_is_lost() -> None:
    outcome = points.prove(Size.SHORT, seed=1)
    assert outcome.held, outcome.markdown()


@pytest.mark.parametrize("fault", points.FAULTS)
def test_the_proof_sees(fault: str) -> None:
    outcome = points.prove(Size.SHORT, 1, fault)
    broken = {figure.what for figure in outcome.figures if figure.held is False}
    assert points.FAULTS[fault] in broken, outcome.markdown()
