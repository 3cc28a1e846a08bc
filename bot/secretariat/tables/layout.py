"""From what may be shown to the files: a table each, and one that names them all.

One rule: here nothing is decided. What the plan does not show is not looked at.
"""

import csv
import io
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from bot.dialogue import Group, ShownOption
from bot.language.calendar import buddhist_day
from bot.library import Library
from bot.secretariat.exports.guard import safe
from bot.secretariat.tables.columns import POOL, REST, Plan, in_classes, in_option
from bot.secretariat.tables.counting import Tally
from bot.secretariat.tables.rows import Period
from bot.secretariat.tables.words import Words

#: The file that names all tables.
INDEX: Final = "index.csv"

#: What a table is by, as its file is named.
ALL: Final = "all"
GROUP: Final = "group"
CHANNEL: Final = "channel"
DAY: Final = "day"

#: The order of the groups; those who named none come last.
_GROUPS: Final = (*(group.value for group in Group), "")

Row = tuple[str, ...]


class Asked(Struct, frozen=True, kw_only=True):
    """A question in one version, with its options in the order of the content."""

    question: str
    version: str
    clause: str
    stem: str
    options: tuple[ShownOption, ...]
    multiple: bool


class Layout:
    """Writes the tables of one publication; `k` is the fewest people a number stands for."""

    def __init__(self, library: Library, words: Words, k: int) -> None:
        self._library = library
        self._words = words
        self._k = k
        self._index: list[Row] = []
        #: The files made so far, by name.
        self.files: dict[str, str] = {}

    def index(self) -> None:
        """Add the file that names all tables, those that are not published with the reason."""
        w = self._words
        about = (w.question, w.version, w.clause, w.stem)
        head = (w.table, w.by, *about, w.people, w.smallest, w.withheld, w.note)
        self.files[INDEX] = _csv([head, *self._index])

    def participation(self, by: str, people: Mapping[str, int], shown: Collection[str]) -> None:
        """How many people took part, by GROUP or CHANNEL; no table when no row is shown."""
        w = self._words
        rows: list[Row] = [
            (self._name(by, name), str(people[name]) if name in shown else w.hidden)
            for name in _ordered(by, people)
        ]
        reason = w.complete if len(shown) == len(people) else w.some if shown else w.whole
        self._took_part(by, (self._head(by), w.people), rows if shown else [], sum(people.values()), reason)

    def days(self, periods: Sequence[Period]) -> None:
        """How many people first took part in each period."""
        w = self._words
        rows: list[Row] = [
            (buddhist_day(period.first), buddhist_day(period.last), str(period.n)) for period in periods
        ]
        total = sum(period.n for period in periods)
        self._took_part(DAY, (w.first_day, w.last_day, w.people), rows, total, w.complete)

    def _took_part(self, by: str, head: Row, rows: list[Row], total: int, reason: str) -> None:
        w = self._words
        name = f"participation.{by}.csv"
        if few := total < self._k:
            rows, reason = [], w.few
        if rows:
            self.files[name] = _csv([head, *rows])
        people = w.fewer if few else str(total)
        self._note(name, by, (w.participation, "", "", ""), people, reason, w.note_participation)

    def question(
        self, asked: Asked, plan: Plan, by: str, names: Iterable[str], shown: Mapping[str, Tally]
    ) -> None:
        """The table of a question by ALL, GROUP or CHANNEL, a row for each name; none when none is shown."""
        w = self._words
        cells = {name: self._cells(asked, plan, tally) for name, tally in shown.items()}
        width = len(asked.options) + 3
        rows = [(self._name(by, name), *cells.get(name, (w.hidden,) * width)) for name in _ordered(by, names)]
        told = {cell for row in cells.values() for cell in row} - {w.hidden, "", "0"}
        name = _file(asked, by)
        if told:
            labels = (option.label for option in asked.options)
            self.files[name] = _csv([(self._head(by), *labels, w.together, w.none, w.people), *rows])
        hides = any(w.hidden in row for row in rows)
        reason = w.whole if not told else w.some if hides else w.complete
        self._of_question(asked, by, str(cells[""][-1]) if by == ALL else "", reason)

    def too_few(self, asked: Asked) -> None:
        """Fewer than k people answered: neither a table nor how many."""
        for by in (ALL, GROUP, CHANNEL):
            self._of_question(asked, by, self._words.fewer, self._words.few)

    def _of_question(self, asked: Asked, by: str, people: str, reason: str) -> None:
        note = self._words.note_multiple if asked.multiple else self._words.note_single
        of = (asked.question, asked.version, asked.clause, asked.stem)
        self._note(_file(asked, by), by, of, people, reason, note)

    def _note(self, name: str, by: str, of: Row, people: str, reason: str, note: str) -> None:
        told = (people, str(self._k), reason, note)
        self._index.append((name, self._head(by), *of, *(text.format(k=self._k) for text in told)))

    def _cells(self, asked: Asked, plan: Plan, tally: Tally) -> Row:
        """The cells of a row: each option, all hidden ones together, those who did not answer and who did."""
        version, classes = asked.version, in_classes(plan, tally)

        def option(id_: str) -> int | None:
            column = (version, id_)
            if asked.multiple and column not in plan.classes:
                return in_option(plan, tally, column)
            return classes[column] if plan.shows(column) else None

        mine = {kind for column, kind in plan.classes.items() if column[0] == version}
        silent = [column for column, kind in plan.classes.items() if kind == REST] == [REST]
        together = str(classes[version, POOL]) if (version, POOL) in mine else ""
        return (
            *(self._told(option(o.id)) for o in asked.options),
            together,
            self._told(classes[REST] if silent else None),
            self._told(None if REST in mine else sum(classes[kind] for kind in mine)),
        )

    def _told(self, n: int | None) -> str:
        return self._words.hidden if n is None else str(n)

    def _head(self, by: str) -> str:
        w = self._words
        return {ALL: w.everyone, GROUP: w.group, CHANNEL: w.channel, DAY: w.first_day}[by]

    def _name(self, by: str, name: str) -> str:
        if by == CHANNEL:
            return self._words.channels.get(name, name)
        if by == GROUP:
            return self._library.labels[f"group_{name}" if name else "not_said"]
        return self._words.everyone


def _file(asked: Asked, by: str) -> str:
    return f"{asked.question}.{asked.version}.{by}.csv"


def _ordered(by: str, names: Iterable[str]) -> list[str]:
    return sorted(names, key=_GROUPS.index) if by == GROUP else sorted(names)


def _csv(rows: Iterable[Row]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([*map(safe, row)] for row in rows)
    return text.getvalue()
