"""The short form of powercut.py, and that it sees each fault."""

import pytest

from tests.proof import powercut
from tests.proof.outcome import Size


@pytest.fixture(autouse=True)
def _has_what_it_needs() -> None:
    if missing := powercut.missing():
        pytest.skip(missing)


def test_nothing_is_lost() -> None:
    outcome = powercut.prove(Size.SHORT, seed=1)
    assert outcome.held, outcome.markdown()


@pytest.mark.parametrize("fault", powercut.FAULTS)
def test_the_proof_sees(fault: str) -> None:
    outcome = powercut.prove(Size.SHORT, 1, fault)
    broken = {figure.what for figure in outcome.figures if figure.held is False}
    assert powercut.FAULTS[fault] in broken, outcome.markdown()
