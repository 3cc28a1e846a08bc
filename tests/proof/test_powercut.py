"""The short form of powercut.py, and that it sees each fault."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.proof import books, powercut
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


def test_rows_of_a_damaged_file_are_not_gone_by(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "bot.db", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE answers (id TEXT, participant, question, at, replaced_at)")
        connection.execute("CREATE TABLE events (id)")
        connection.execute("CREATE TABLE outbox (id, participant, state, seq)")
        connection.execute("INSERT INTO answers (id) VALUES (NULL)")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_schema SET sql = replace(sql, 'TEXT', 'TEXT NOT NULL')")
    kept = books.of_sqlite(tmp_path / "bot.db")
    assert "NULL" in kept.fault
    assert not kept.answers
