"""docs/scaling.md: its arithmetic is right, and the limits it rests on are those of the program."""

import re
from math import ceil
from pathlib import Path

from bot.channels.telegram import limits as telegram
from bot.channels.web import api as web
from bot.runtime import calling, delivery
from bot.store import postgresql

SCALING = (Path(__file__).resolve().parents[2] / "docs" / "scaling.md").read_text("utf-8")


def columns() -> list[list[int]]:
    """The columns of the table of arrivals, from the top."""
    table = SCALING.split("<!-- arrivals -->")[1].split("<!-- /arrivals -->")[0]
    rows = [re.findall(r"(?<=\| )\**([\d,]+)\**(?= \|)", line) for line in table.splitlines()]
    numbers = [[int(cell.replace(",", "")) for cell in row] for row in rows if len(row) == 3]
    return [list(column) for column in zip(*numbers, strict=True)]


def test_the_arrivals_follow_from_the_assumptions() -> None:
    found = columns()
    assert len(found) == 3
    for followers, opened, tapped, each, busiest, people, events, a_second, events_a_second in found:
        assert people == followers * opened * tapped / 10_000
        assert events == people * each
        assert a_second == round(people * busiest / 100 / 600)
        assert events_a_second == round(people * busiest / 100 / 600 * each)


def test_what_follows_from_them() -> None:
    _, middle, heavy = (column[-1] for column in columns())
    assert f"R = {middle:,}" in SCALING
    assert f"that is {ceil(heavy / 1_000)} waves" in SCALING
    for seconds in (0.1, 0.3):
        needed = ceil(middle * seconds / delivery.AT_ONCE)
        assert re.search(rf"L = {seconds} s: {needed}\b", SCALING)
    assert f"{middle * 6 // 10} commits a second" in SCALING


def test_the_limits_are_those_of_the_program() -> None:
    for said in (
        f"{telegram.CONNECTIONS} at most",
        f"for {web.POLL_SECONDS:.0f} s a time",
        f"{calling.CONNECTIONS} a process at most, {delivery.AT_ONCE} letters at once",
        f"{postgresql.CONNECTIONS} a process at most: 13 processes want {13 * postgresql.CONNECTIONS}",
        f"R × L ÷ {delivery.AT_ONCE} processes",
    ):
        assert said in SCALING


def test_rows_and_bytes_follow_from_the_events() -> None:
    rows = re.findall(r"^\| .* \| ([\d,]+) \| ([\d,]+) \| ([\d.]+) GB \|$", SCALING, re.M)
    assert len(rows) == 5
    measured = re.search(r"are (\d+) MB on SQLite: ([\d,]+) bytes an answer", SCALING)
    assert measured
    each = int(measured[2].replace(",", ""))
    assert each == int(measured[1]) * 1_000_000 / 100_000
    for said in rows:
        events, lines = (int(number.replace(",", "")) for number in said[:2])
        assert lines == 3 * events
        assert float(said[2]) == round(events * each / 1e9 + 1e-9, 1)
