"""The answers as CSV that Excel opens right: UTF-8 with a byte-order mark, CRLF, one answer a row.

One rule: no cell is a formula. A text that a spreadsheet would calculate begins with an apostrophe.
"""

import csv
from collections.abc import Iterator
from contextlib import aclosing
from datetime import datetime, timedelta, timezone
from io import TextIOWrapper
from typing import IO, Final

from bot.dialogue import Answer
from bot.store import Store

#: What a spreadsheet takes for the beginning of a formula (OWASP ASVS 5.0.0 1.2.10), full-width signs too.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")

#: The Buddhist era counts from 543 BC.
_BUDDHIST: Final = 543

_BANGKOK: Final = timezone(timedelta(hours=7))

COLUMNS: Final = (
    "answer_id",
    "participant",
    "at",
    "year_be",
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


async def write(store: Store, out: IO[bytes]) -> int:
    """Write every answer, replaced ones too; returns how many rows there are below the header.

    Memory does not grow with the answers.
    """
    text = TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=False)
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    count = 0
    async with aclosing(store.answers.export(history=True)) as answers:
        async for participant, answer in answers:
            rows.writerow([safe(cell) for cell in _cells(participant, answer)])
            count += 1
    text.flush()
    text.detach()
    return count


def safe(cell: str) -> str:
    """The cell as text that no spreadsheet calculates; NUL, which none can read, is left out."""
    guarded = f"'{cell}" if cell.startswith(FORMULA) else cell
    return guarded.replace("\0", "")


def _cells(participant: str, answer: Answer) -> Iterator[str]:
    yield f"A-{answer.id}"
    yield f"P-{participant}"
    yield _moment(answer.at)
    yield str(answer.at.astimezone(_BANGKOK).year + _BUDDHIST)
    yield answer.channel
    yield answer.group or ""
    yield answer.capacity or ""
    yield answer.clause
    yield answer.question
    yield answer.version
    yield answer.stem
    yield " | ".join(f"{option.id}={option.label}" for option in answer.options)
    yield answer.order
    yield answer.outcome.value
    yield " | ".join(answer.chosen)
    yield " | ".join(option.label for option in answer.options if option.id in answer.chosen)
    yield answer.text or ""
    yield answer.notice
    yield "no" if answer.replaced_at else "yes"
    yield _moment(answer.replaced_at) if answer.replaced_at else ""


def _moment(at: datetime) -> str:
    """The time in Thailand, ISO 8601."""
    return at.astimezone(_BANGKOK).isoformat(timespec="milliseconds")
