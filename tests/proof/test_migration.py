"""The short form of migration.py, and that it sees each fault."""

import pytest

from tests.proof import migration
from tests.proof.outcome import Size


@pytest.fixture(autouse=True)
def _has_what_it_needs() -> None:
    if missing := migration.missing():
        pytest.skip(missing)


def test_nothing_is_lost() -> None:
    outcome = migration.prove(Size.SHORT, seed=1)
    assert outcome.held, outcome.markdown()


@pytest.mark.parametrize("fault", migration.FAULTS)
def test_the_proof_sees(fault: str) -> None:
    outcome = migration.prove(Size.SHORT, 1, fault)
    broken = {figure.what for figure in outcome.figures if figure.held is False}
    assert migration.FAULTS[fault] in broken, outcome.markdown()
