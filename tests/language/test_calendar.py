"""Days as people write them, in either era."""

from datetime import UTC, date, datetime

import pytest

from bot.language.calendar import buddhist_date, read_day


@pytest.mark.parametrize("text", ["2026-11-24", "2569-11-24", " 2569-11-24 "])
def test_a_day_is_read_in_either_era(text: str) -> None:
    assert read_day(text) == date(2026, 11, 24)


@pytest.mark.parametrize(
    "text", ["", "2569", "2568-02-29", "24/11/2569", "2569-13-01", "๒๕๖๙-11-24x", "²569-11-24"]
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_day(text)


def test_a_leap_day_is_one_of_the_common_era() -> None:
    assert read_day("2571-02-29") == date(2028, 2, 29)


def test_the_day_of_a_moment_is_thailands() -> None:
    assert buddhist_date(datetime(2026, 11, 24, 17, 0, tzinfo=UTC)) == "25/11/2569"
