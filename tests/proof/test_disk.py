"""The short form of disk.py, and that it sees each fault."""

import pytest

from tests.proof import disk
from tests.proof.outcome import Size


@pytest.fixture(autouse=True)
def _has_what_it_needs() -> None:
    if missing := disk.missing():
        pytest.skip(missing)


def test_nothing_is_lost() -> None:
    outcome = disk.prove(Size.SHORT, seed=1)
    assert outcome.held, outcome.markdown()


@pytest.mark.parametrize("fault", disk.FAULTS)
def test_the_proof_sees(fault: str) -> None:
    outcome = disk.prove(Size.SHORT, 1, fault)
    broken = {figure.what for figure in outcome.figures if figure.held is False}
    assert disk.FAULTS[fault] in broken, outcome.markdown()
