"""The short form of kill9.py, and that it sees each fault."""

import pytest

from tests.proof import kill9
from tests.proof.outcome import Size


def test_nothing_is_lost() -> None:
    outcome = kill9.prove(Size.SHORT, seed=3)
    assert outcome.held, outcome.markdown()


@pytest.mark.parametrize("fault", kill9.FAULTS)
def test_the_proof_sees(fault: str) -> None:
    outcome = kill9.prove(Size.SHORT, 3, fault)
    broken = {figure.what for figure in outcome.figures if figure.held is False}
    assert kill9.FAULTS[fault] in broken, outcome.markdown()
