"""The short form of failing_io.py, and that it sees each fault."""

import pytest

from tests.proof import failing_io
from tests.proof.outcome import Size


@pytest.fixture(autouse=True)
def _has_what_it_needs() -> None:
    if missing := failing_io.missing():
        pytest.skip(missing)


def test_nothing_is_lost() -> None:
    outcome = failing_io.prove(Size.SHORT, seed=1)
    assert outcome.held, outcome.markdown()


@pytest.mark.parametrize("fault", failing_io.FAULTS)
def test_the_proof_sees(fault: str) -> None:
    outcome = failing_io.prove(Size.SHORT, 1, fault)
    broken = {figure.what for figure in outcome.figures if figure.held is False}
    assert failing_io.FAULTS[fault] in broken, outcome.markdown()
