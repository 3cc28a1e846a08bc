"""Thailand's clock and calendar, for dates a person reads."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Final

#: Thailand's clock; it has had no daylight saving time since 1920.
BANGKOK: Final = timezone(timedelta(hours=7))

#: Years the Buddhist era is ahead of the common one.
_BUDDHIST_ERA: Final = 543
#: A year after this is one of the Buddhist era: nobody dates anything four centuries ahead.
_LAST_COMMON: Final = 2400


def iso(moment: datetime) -> str:
    """ISO 8601 on Thailand's clock, to the second."""
    return moment.astimezone(BANGKOK).isoformat(timespec="seconds")


def buddhist_day(day: date) -> str:
    """Day, month and Buddhist year as Thais write them."""
    return f"{day:%d/%m}/{day.year + _BUDDHIST_ERA}"


def read_day(text: str) -> date:
    """The day of "2026-11-24", or of "2569-11-24" with its year in the Buddhist era. Raises ValueError."""
    year, dash, rest = text.strip().partition("-")
    if len(year) == 4 and year.isdecimal() and int(year) > _LAST_COMMON:
        year = str(int(year) - _BUDDHIST_ERA)
    return date.fromisoformat(f"{year}{dash}{rest}")


def buddhist_date(moment: datetime) -> str:
    """The Buddhist day on Thailand's clock."""
    return buddhist_day(moment.astimezone(BANGKOK))


def buddhist(moment: datetime) -> str:
    """The Buddhist day on Thailand's clock, and the time."""
    local = moment.astimezone(BANGKOK)
    return f"{buddhist_day(local)} {local:%H:%M:%S}"


def day_in_words(moment: datetime, months: Sequence[str]) -> str:
    """The Buddhist day on Thailand's clock with the name of its month, one of the twelve."""
    local = moment.astimezone(BANGKOK)
    return f"{local.day} {months[local.month - 1]} {local.year + _BUDDHIST_ERA}"
