"""A row a person: the current answers side by side, in memory that does not grow with them.

People are put into buckets by the first digits of their ids, which are random, so all buckets are of one
size; a bucket is turned from rows into columns at once.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from typing import Final

from msgspec import Struct

from bot.dialogue import Outcome
from bot.secretariat.exports.extract import Extract
from bot.secretariat.exports.rows import AnswerRow, chosen_of
from bot.secretariat.exports.spool import Spool
from bot.secretariat.exports.tables import PARTICIPANTS
from bot.secretariat.exports.variables import MISSING, Variable, variables

#: Answers a bucket, about; with some hundred variables it is some dozen megabytes as columns.
BUCKET: Final = 10_000

#: More buckets would be more open files than a process may have.
_MOST: Final = 256

#: The code of an answer in words alone, where no option has one.
ANSWERED: Final = 1

#: Rows that are put into a bucket at once.
_WAITING: Final = 100

#: The number of a variable and an answer, and so on.
_Bucket = list[tuple[int, AnswerRow]]

Value = str | int | None
Columns = dict[str, list[Value]]


class Wide(Struct, frozen=True):
    """The variables, and the names of the columns that hold text or a code, in their order."""

    variables: tuple[Variable, ...]
    texts: tuple[str, ...]
    codes: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Every column in the order of a file."""
        asked = (name for variable in self.variables for name in _names(variable))
        return (*PARTICIPANTS, *asked)


def described(extract: Extract) -> Wide:
    """What columns there are."""
    all_ = variables(extract.wordings)
    texts = tuple(variable.text for variable in all_ if variable.text)
    codes = tuple(name for v in all_ for name in _names(v) if name != v.text)
    return Wide(all_, (*PARTICIPANTS, *texts), codes)


def groups(extract: Extract, wide: Wide) -> Iterator[Columns]:
    """The columns of a group of people after another, by participant; all of them when there are few.

    An empty extract gives one group of nobody.
    """
    with ExitStack() as stack:
        number = min(_MOST, extract.answers.count // BUCKET + 1)
        buckets = [
            stack.enter_context(closing(Spool(_Bucket, extract.folder, lambda done, total: None)))
            for _ in range(number)
        ]
        _share_out(extract, wide, buckets)
        for bucket in buckets:
            yield _columns(bucket, wide)


def _share_out(extract: Extract, wide: Wide, buckets: Sequence[Spool[_Bucket]]) -> None:
    """Put every current answer into its bucket, with the number of its variable."""
    numbers = {(v.wording.question, v.wording.version): n for n, v in enumerate(wide.variables)}
    waiting: list[_Bucket] = [[] for _ in buckets]
    for asked, row in extract.answers:
        if row.replaced_at:
            continue
        n = int(row.participant[1:5], 16) * len(buckets) >> 16
        waiting[n].append((numbers[asked.question, asked.version], row))
        if len(waiting[n]) == _WAITING:
            buckets[n].add(waiting[n], _WAITING)
            waiting[n] = []
    for bucket, rows in zip(buckets, waiting, strict=True):
        bucket.add(rows, len(rows))


def _columns(bucket: Spool[_Bucket], wide: Wide) -> Columns:
    people: dict[str, dict[str, Value]] = {}
    for block in bucket.blocks():
        for number, row in block:
            cells = people.setdefault(row.participant, {})
            _person(cells, row)
            _answer(cells, row, wide.variables[number])
    ordered = [people[id_] for id_ in sorted(people)]
    return {name: [cells.get(name) for cells in ordered] for name in wide.names}


def _person(cells: dict[str, Value], row: AnswerRow) -> None:
    """What a person said of themselves last; the rows come by time."""
    cells["participant"] = row.participant
    cells["group"] = row.group or cells.get("group")
    cells["capacity"] = row.capacity or cells.get("capacity")
    cells["channel"] = row.channel
    cells.setdefault("first_at", row.at)
    cells["last_at"] = row.at


def _answer(cells: dict[str, Value], row: AnswerRow, variable: Variable) -> None:
    outcome = Outcome(row.outcome)
    if outcome is not Outcome.ANSWERED:
        code = MISSING[outcome]
        cells[variable.name] = code
        cells.update(dict.fromkeys(variable.dichotomies.values(), code))
    elif variable.dichotomies:
        chosen = chosen_of(row.chosen)
        cells[variable.name] = 1
        cells.update({name: int(option in chosen) for option, name in variable.dichotomies.items()})
    else:
        chosen = chosen_of(row.chosen)
        cells[variable.name] = variable.codes[chosen[0]] if chosen else ANSWERED
    if variable.text and row.text is not None:
        cells[variable.text] = row.text


def _names(variable: Variable) -> Iterator[str]:
    yield variable.name
    yield from variable.dichotomies.values()
    if variable.text:
        yield variable.text
