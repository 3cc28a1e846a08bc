"""docs/reliability.md has a place for the table of each proof, and each proof says what was taken away."""

from importlib import import_module

import pytest

from tests.proof.__main__ import BEGIN, DOCUMENT, END, PROOFS


@pytest.mark.parametrize("name", PROOFS)
def test_a_proof_has_its_place(name: str) -> None:
    text = DOCUMENT.read_text()
    begin, end = BEGIN.format(name), END.format(name)
    assert (text.count(begin), text.count(end)) == (1, 1)
    prose, table = text[: text.index(begin)], text[text.index(begin) : text.index(end)]
    assert f"python -m tests.proof {name}`" in table, f"`make proof` has not written the table of {name}"
    assert "**BROKEN**" not in table
    if import_module(f"tests.proof.{name}").FAULTS:
        said = prose.rsplit("-->", 1)[-1]
        assert "Taken away" in said or "must be seen to" in said
