"""CSV for Excel: UTF-8 with a byte order mark, without which Excel reads Thai as noise, and CRLF.

One rule: no cell begins like a formula. Such a cell gets an apostrophe in front, and every cell is
quoted, so that a text cannot end its cell.
"""

import csv
from datetime import date, datetime, timedelta, timezone
from io import TextIOWrapper
from typing import BinaryIO, Final

from bot.dialogue import Answer
from bot.secretariat.exports.format import Answers

COLUMNS: Final = (
    "answer_id",
    "participant",
    "at",
    "at_be",
    "channel",
    "group",
    "capacity",
    "clause",
    "question_id",
    "version",
    "stem",
    "options_shown",
    "order",
    "outcome",
    "chosen_codes",
    "chosen_labels",
    "text",
    "notice",
    "current",
    "replaced_at",
)

#: What a spreadsheet takes for the beginning of a formula (OWASP ASVS 5.0.0 1.2.10: = + - @, tab, NUL),
#: and what it looks past or reads as the same: line ends and the full-width forms.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
_BETWEEN: Final = " | "

#: Thailand's clock; it has had no daylight saving time since 1920.
_BANGKOK: Final = timezone(timedelta(hours=7))
#: Years the Buddhist era is ahead of the common one.
_BUDDHIST_ERA: Final = 543


async def write(answers: Answers, file: BinaryIO) -> int:
    """Write a line for each answer, with the words that were asked; returns how many."""
    text = TextIOWrapper(file, "utf-8-sig", newline="", write_through=False)
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(map(safe, COLUMNS))
    count = 0
    async for participant, answer in answers:
        writer.writerow(map(safe, _row(participant, answer)))
        count += 1
    text.flush()
    text.detach()  # the file is the caller's to close
    return count


def safe(cell: str) -> str:
    """The cell as text that no spreadsheet calculates, without NUL, which none can read."""
    guarded = f"'{cell}" if cell.startswith(_FORMULA) else cell
    return guarded.replace("\0", "")


def thai_date(day: date) -> str:
    """Day, month and Buddhist year as Thais write them."""
    return f"{day:%d/%m}/{day.year + _BUDDHIST_ERA}"


def _row(participant: str, answer: Answer) -> tuple[str, ...]:
    labels = {option.id: option.label for option in answer.options}
    return (
        answer.id,
        participant,
        _iso(answer.at),
        _buddhist(answer.at),
        answer.channel,
        answer.group or "",
        answer.capacity or "",
        answer.clause,
        answer.question,
        answer.version,
        answer.stem,
        _BETWEEN.join(f"{option.id}={option.label}" for option in answer.options),
        answer.order,
        answer.outcome.value,
        _BETWEEN.join(answer.chosen),
        _BETWEEN.join(labels.get(id_, "") for id_ in answer.chosen),
        answer.text or "",
        answer.notice,
        "no" if answer.replaced_at else "yes",
        _iso(answer.replaced_at) if answer.replaced_at else "",
    )


def _iso(moment: datetime) -> str:
    """ISO 8601 on Thailand's clock."""
    return moment.astimezone(_BANGKOK).isoformat(timespec="seconds")


def _buddhist(moment: datetime) -> str:
    """The date as Thais write it, and the time."""
    local = moment.astimezone(_BANGKOK)
    return f"{thai_date(local)} {local:%H:%M:%S}"
