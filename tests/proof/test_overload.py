"""Overload, in short; and that the proof sees each protection go."""

from tests.proof import overload
from tests.proof.outcome import Size

SEED = 20260101


def test_it_costs_the_process_little_and_the_others_nothing() -> None:
    outcome = overload.prove(Size.SHORT, SEED)
    assert outcome.held, outcome.markdown()


def test_it_breaks_without_its_protections() -> None:
    """Both in one process, which is what takes the time; each has figures of its own."""
    figures = overload.prove(Size.SHORT, SEED, "+".join(overload.FAULTS)).figures
    broken = " ".join(figure.what for figure in figures if figure.held is False)
    assert "half-open and not closed" in broken
    assert "memory growth" in broken
