"""Which answers somebody wants to see, as the address of the page says it.

One rule: what is not a choice of ours is no choice; nothing in an address can make the page fail.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Final
from urllib.parse import urlencode

from msgspec import Struct

from bot.dialogue import Group
from bot.language.calendar import BANGKOK, read_day
from bot.language.words import clean
from bot.library import Library
from bot.store import Filters

#: Stands for a group nobody said.
NONE: Final = "-"
CHANNELS: Final = ("line", "telegram", "web")
#: Pages one may turn to: whoever wants more of a list than this wants the export.
LAST_PAGE: Final = 400
#: Characters of the words that are looked for, and of a version or a flag's id.
_LONGEST: Final = 200
_PAGE: Final = re.compile("[0-9]{1,4}")
_DATES: Final = ("since", "before")


class Sift(Struct, frozen=True, kw_only=True):
    """The choices: `chosen` as the form has them, "" for one that is not made.

    `page` counts from 1. `show` is the flag whose text is to be shown all the same. `unread` names the
    dates that are none.
    """

    chosen: dict[str, str]
    page: int
    show: str
    unread: tuple[str, ...]

    @classmethod
    def read(cls, query: Mapping[str, str], library: Library) -> "Sift":
        """The choices in a query. Without a clause in it the first is meant; an empty one is every clause."""
        first = next((clause.id for clause in library.draft.clauses if clause.questions), "")
        clause = query.get("clause", first)
        question = library.questions.get(query.get("question", ""))
        if question and clause not in {question.clause, ""}:
            question = None
        made = {
            "clause": question.clause if question else clause if clause in library.clauses else "",
            "question": question.id if question else "",
            "version": clean(query.get("version", ""))[:_LONGEST] if question else "",
            "group": _one_of(query.get("group", ""), (*Group, NONE)),
            "channel": _one_of(query.get("channel", ""), CHANNELS),
            "contains": clean(query.get("contains", "")).strip()[:_LONGEST],
            **{name: _day(query.get(name, "")) for name in _DATES},
        }
        page = query.get("page", "")
        return cls(
            chosen=made,
            page=min(max(int(page), 1), LAST_PAGE) if _PAGE.fullmatch(page) else 1,
            show=clean(query.get("show", ""))[:_LONGEST],
            unread=tuple(name for name in _DATES if query.get(name) and not made[name]),
        )

    @property
    def filters(self) -> Filters:
        """The choices as the store understands them; days begin at midnight in Thailand."""
        chosen = self.chosen
        return Filters(
            clause=chosen["clause"] or None,
            question=chosen["question"] or None,
            version=chosen["version"] or None,
            group="" if chosen["group"] == NONE else chosen["group"] or None,
            channel=chosen["channel"] or None,
            since=_midnight(chosen["since"]),
            before=_midnight(chosen["before"]),
            contains=chosen["contains"] or None,
        )

    def query(self, page: int = 1, show: str = "") -> str:
        """The choices as the end of an address, on a page of the list, with the text of a flag shown."""
        others = {"page": str(page) if page > 1 else "", "show": show}
        made = {name: value for name, value in (self.chosen | others).items() if value}
        return "?" + urlencode({"clause": "", **made})


def _one_of(value: str, choices: tuple[str, ...]) -> str:
    return value if value in choices else ""


def _day(text: str) -> str:
    """A day of this age in the common era, whatever era its year is written in; "" for what is none."""
    try:
        day = read_day(text)
    except ValueError:
        return ""
    return day.isoformat() if 2000 <= day.year < 2200 else ""


def _midnight(day: str) -> datetime | None:
    return datetime.combine(date.fromisoformat(day), time(), BANGKOK) if day else None
