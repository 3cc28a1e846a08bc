"""The rows of an export, and how a record of the store becomes one.

One rule: no id of a row is one of the database. Ids are made with a key drawn for this export, so that
a person has one id in all of its files, and none that could be joined with another export, with the
database or with a platform.
"""

from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from hashlib import blake2b
from secrets import token_bytes
from typing import Any, Final

import msgspec
from msgspec import Struct

from bot.dialogue import Attachment
from bot.language.calendar import buddhist_day, iso

#: Columns of the store that a row is made of, in the order of the arguments below.
ANSWER_COLUMNS: Final = (
    *("id", "participant", "at", "channel", "group", "capacity", "clause", "question", "version", "stem"),
    *("options", "order", "outcome", "chosen", "text", "notice", "replaced_at"),
)
SUGGESTION_COLUMNS: Final = (
    *("id", "receipt", "participant", "at", "channel", "group", "capacity", "clause", "text", "status"),
    *("organisation", "name_shown", "attachments", "notice", "replaced_at"),
)

#: Bytes of an id: with a million rows two are equal once in thirty million exports.
_SIZE: Final = 8

#: Ids of people kept at hand; one person's answers lie close together in time.
_REMEMBERED: Final = 20_000

_attachments: Final = msgspec.json.Decoder(tuple[Attachment, ...]).decode


class AnswerRow(Struct, frozen=True, array_like=True, gc=False):
    """An answer; moments are in ISO 8601 on Thailand's clock, `at_be` is in Buddhist years, `options` and
    `chosen` are the JSON they lie in (`Answer.options`, `Answer.chosen`), "" is what was not said."""

    id: str
    participant: str
    at: str
    at_be: str
    channel: str
    group: str
    capacity: str
    clause: str
    question: str
    version: str
    stem: str
    options: str
    order: str
    outcome: str
    chosen: str
    text: str | None
    notice: str
    replaced_at: str


class SuggestionRow(Struct, frozen=True, array_like=True, gc=False):
    """A suggestion; `thread` is the same for every version of one, `attachments` are media types, the
    organisation is there only where its report may name it."""

    id: str
    thread: str
    participant: str
    at: str
    at_be: str
    channel: str
    group: str
    capacity: str
    clause: str
    text: str
    status: str
    organisation: str
    attachments: str
    notice: str
    replaced_at: str


def rows_of_export() -> tuple[Callable[..., AnswerRow], Callable[..., SuggestionRow]]:
    """Two functions from a record's ANSWER_COLUMNS or SUGGESTION_COLUMNS to its row, for one export."""
    key = token_bytes(32)

    def made(prefix: str, id_: str) -> str:
        mac = blake2b(id_.encode(), digest_size=_SIZE, key=key, person=prefix.encode())
        return prefix + mac.hexdigest()

    person = lru_cache(_REMEMBERED)(lambda id_: made("P", id_))

    def answer(*values: Any) -> AnswerRow:
        (id_, who, at, channel, group, capacity, clause, question, version, stem) = values[:10]
        (options, order, outcome, chosen, text, notice, replaced_at) = values[10:]
        when, when_be = _told(at)
        return AnswerRow(
            *(made("A", id_), person(who), when, when_be, channel, group or "", capacity or "", clause),
            *(question, version, stem, options, order, outcome, chosen, text, notice),
            iso(replaced_at) if replaced_at else "",
        )

    def suggestion(*values: Any) -> SuggestionRow:
        (id_, receipt, who, at, channel, group, capacity, clause, text, status) = values[:10]
        (organisation, name_shown, attachments, notice, replaced_at) = values[10:]
        return SuggestionRow(
            *(made("S", id_), made("T", receipt), person(who), *_told(at), channel, group or ""),
            *(capacity or "", clause, text, status, (organisation or "") if name_shown else ""),
            " | ".join(file.media_type for file in _attachments(attachments)),
            notice,
            iso(replaced_at) if replaced_at else "",
        )

    return answer, suggestion


def _told(moment: datetime) -> tuple[str, str]:
    """As `iso` and `buddhist` tell it; the day is the dear part, and most rows share theirs."""
    told = iso(moment)
    return told, f"{_day(told[:10])} {told[11:19]}"


@lru_cache(1_000)
def _day(day: str) -> str:
    return buddhist_day(date.fromisoformat(day))
