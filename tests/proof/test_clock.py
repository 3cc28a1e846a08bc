"""The short form of clock.py, and that it sees each fault."""

import pytest

from tests.proof import clock
from tests.proof.outcome import Size


@pytest.fixture(autouse=True)
def _has_what_it_needs() -> None:
    if missing := clock.missing():
        pytest.skip(missing)


def test_nothing_is_lost_and_nobody_waits() -> None:
    outcome = clock.prove(Size.SHORT, seed=1)
    assert outcome.held, outcome.markdown()


@pytest.mark.parametrize("fault", clock.FAULTS)
def test_the_proof_sees(fault: str) -> None:
    outcome = clock.prove(Size.SHORT, 1, fault)
    broken = {figure.what for figure in outcome.figures if figure.held is False}
    assert clock.FAULTS[fault] in broken, outcome.markdown()
