"""The rows of an export, and how records of the store become rows.

One rule: no id of a row is one of the database. A person's is made with a key drawn for this export, an
answer's and a suggestion's are drawn, so that somebody has one id in all files of an export, and none that
could be joined with another export, with the database or with a platform.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, lru_cache, partial
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from secrets import token_bytes
from typing import Any, Final

import msgspec
from msgspec import Struct

from bot.dialogue import Attachment, ShownOption
from bot.language.calendar import buddhist, iso
from bot.secretariat.exports.spool import Seen, Spool
from bot.store import moment_of

#: Columns of the store that a row is made of, in the order in which they are taken apart below.
ANSWER_COLUMNS: Final = (
    *("clause", "question", "version", "stem", "options", "order"),
    *("participant", "at", "channel", "group", "capacity", "outcome", "chosen", "text", "notice"),
    "replaced_at",
)
SUGGESTION_COLUMNS: Final = (
    *("receipt", "participant", "at", "channel", "group", "capacity", "clause", "text", "status"),
    *("organisation", "name_shown", "attachments", "notice", "replaced_at"),
)

#: How many of the columns of an answer say what was asked.
_ASKED: Final = 6

#: Bytes of an id: with a million rows two are equal once in thirty million exports.
_SIZE: Final = 8

#: What is kept at hand: people (their answers lie close together in time) and what was asked in which
#: order. More of them would be new when they come again.
PEOPLE: Final = 50_000
WORDINGS: Final = 20_000

#: Between several things in one cell.
BETWEEN: Final = " | "

#: Where the seconds stand in a moment of an excerpt.
_SECONDS: Final = slice(len("2026-11-24T03:04:"), len("2026-11-24T03:04:05"))

_attachments: Final = msgspec.json.Decoder(tuple[Attachment, ...]).decode
_options: Final = msgspec.json.Decoder(tuple[ShownOption, ...]).decode
_chosen: Final = msgspec.json.Decoder(tuple[str, ...]).decode


class Asked(Struct, frozen=True, array_like=True, dict=True):
    """What an answer answers: the wording, with the options in the order shown (`json` is their JSON)."""

    clause: str
    question: str
    version: str
    stem: str
    json: str
    order: str

    @cached_property
    def options(self) -> tuple[ShownOption, ...]:
        """The options in the order shown."""
        return _options(self.json)

    @cached_property
    def labels(self) -> dict[str, str]:
        """The label of each option, as shown."""
        return {option.id: option.label for option in self.options}

    @cached_property
    def _shown(self) -> dict[str, tuple[str, str]]:
        return {}

    def chosen(self, json: str) -> tuple[str, str]:
        """The codes and the labels of chosen options, each as one cell, from `AnswerRow.chosen`."""
        if json not in self._shown:
            codes = chosen_of(json)
            labels = (self.labels.get(code, "") for code in codes)
            self._shown[json] = BETWEEN.join(codes), BETWEEN.join(labels)
        return self._shown[json]

    @cached_property
    def cells(self) -> tuple[str, ...]:
        """As cells: clause, question, version, stem, the options in one, the name of their order."""
        shown = BETWEEN.join(f"{option.id}={option.label}" for option in self.options)
        return self.clause, self.question, self.version, self.stem, shown, self.order


class AnswerRow(Struct, frozen=True, array_like=True, gc=False):
    """An answer to what was `asked`, a number inside its spool.

    Moments are in ISO 8601 on Thailand's clock, `at_be` is in Buddhist years; `chosen` is the JSON it lies
    in; "" is what was not said, None what was not typed.
    """

    id: str
    participant: str
    at: str
    at_be: str
    channel: str
    group: str
    capacity: str
    asked: int
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


class _Block(Struct, array_like=True):
    """Answers, and what they are the first to answer; `first` is the number of the first of these."""

    first: int
    asked: list[Asked]
    rows: list[AnswerRow]


class Ids:
    """The ids of one export."""

    def __init__(self) -> None:
        self._key = token_bytes(32)
        #: Somebody's id, from their pseudonym.
        self.person: Callable[[str], str] = lru_cache(PEOPLE)(partial(self._made, "P"))

    def thread(self, receipt: str) -> str:
        """The id of every version of a suggestion."""
        return self._made("T", receipt)

    def drawn(self, prefix: str, count: int) -> list[str]:
        """So many ids that were never given before."""
        digits = token_bytes(_SIZE * count).hex()
        width = 2 * _SIZE
        return [prefix + digits[at : at + width] for at in range(0, width * count, width)]

    def _made(self, prefix: str, of: str) -> str:
        mac = blake2b(of.encode(), digest_size=_SIZE, key=self._key, person=prefix.encode())
        return prefix + mac.hexdigest()


class Answers:
    """The answers of an export, each with what was asked.

    What was asked is stored once for many answers: it is most of their bytes.
    """

    def __init__(self, folder: Path, seen: Seen) -> None:
        self._spool = Spool(_Block, folder, seen)
        self._numbers: dict[tuple[str, ...], int] = {}
        self._asked: list[Asked] = []

    @property
    def count(self) -> int:
        """How many there are."""
        return self._spool.count

    def add(self, records: Sequence[Sequence[Any]], ids: Ids) -> list[tuple[Asked, AnswerRow]]:
        """Put records at the end, each its ANSWER_COLUMNS; returns what they became."""
        if len(self._asked) > WORDINGS:
            self._asked.clear()
            self._numbers.clear()
        asked, numbers, first = self._asked, self._numbers, len(self._asked)
        rows = []
        for id_, record in zip(ids.drawn("A", len(records)), records, strict=True):
            wording = tuple(record[:_ASKED])
            number = numbers.setdefault(wording, len(asked))
            if number == len(asked):
                asked.append(Asked(*wording))
            who, at, channel, group, capacity, outcome, chosen, text, notice, replaced = record[_ASKED:]
            told, told_be = _told(at)
            rows.append(
                AnswerRow(
                    id_, ids.person(who), told, told_be, channel, group or "", capacity or "", number,
                    outcome, chosen, text, notice, _told(replaced)[0] if replaced else "",
                )
            )  # fmt: skip
        self._spool.add(_Block(first, asked[first:], rows), len(rows))
        return [(asked[row.asked], row) for row in rows]

    def __iter__(self) -> Iterator[tuple[Asked, AnswerRow]]:
        """Every answer in the order they were put; ValueError once it is closed."""
        known: list[Asked] = []
        for block in self._spool.blocks():
            del known[block.first :]
            known += block.asked
            for row in block.rows:
                yield known[row.asked], row

    def close(self) -> None:
        """Let them go."""
        self._spool.close()


class Suggestions:
    """The suggestions of an export."""

    def __init__(self, folder: Path, seen: Seen) -> None:
        self._spool = Spool(list[SuggestionRow], folder, seen)

    @property
    def count(self) -> int:
        """How many there are."""
        return self._spool.count

    def add(self, records: Sequence[Sequence[Any]], ids: Ids) -> list[SuggestionRow]:
        """Put records at the end, each its SUGGESTION_COLUMNS; returns what they became."""
        drawn = ids.drawn("S", len(records))
        rows = [_suggestion(ids, id_, *record) for id_, record in zip(drawn, records, strict=True)]
        self._spool.add(rows, len(rows))
        return rows

    def __iter__(self) -> Iterator[SuggestionRow]:
        """Every suggestion in the order they were put; ValueError once it is closed."""
        return chain.from_iterable(self._spool.blocks())

    def close(self) -> None:
        """Let them go."""
        self._spool.close()


def _suggestion(ids: Ids, id_: str, *values: Any) -> SuggestionRow:
    receipt, who, at, channel, group, capacity, clause, text, status = values[:9]
    organisation, name_shown, attachments, notice, replaced = values[9:]
    return SuggestionRow(
        *(id_, ids.thread(receipt), ids.person(who), *_told(at), channel, group or "", capacity or ""),
        *(clause, text, status, (organisation or "") if name_shown else ""),
        " | ".join(file.media_type for file in _attachments(attachments)),
        notice,
        _told(replaced)[0] if replaced else "",
    )


@lru_cache(WORDINGS)
def chosen_of(json: str) -> tuple[str, ...]:
    """The ids of the chosen options, from `AnswerRow.chosen`."""
    return _chosen(json)


def _told(moment: str) -> tuple[str, str]:
    """A moment of an excerpt as `iso` and `buddhist` tell it; their dear part is that of its minute."""
    (start, zone), start_be = _minute(moment[: _SECONDS.start - 1])
    seconds = moment[_SECONDS]
    return f"{start}{seconds}{zone}", f"{start_be}{seconds}"


@lru_cache(10_000)
def _minute(minute: str) -> tuple[tuple[str, str], str]:
    moment = moment_of(f"{minute}:00+00:00")
    start, zone = iso(moment).split(":00+")
    return (f"{start}:", f"+{zone}"), buddhist(moment)[: -len("00")]
