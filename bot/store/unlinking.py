"""Destroying the link between accounts and what they said: the answers stay, whose they were does not.

One rule: what is drawn here is drawn at random, so that nothing outside the database, no key and no log
of a platform, leads from an account to a row. That holds for ids, for the order in which rows lie, and
for the order of options, which follows from the pseudonym.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from secrets import SystemRandom, token_hex
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import (
    BindParameter,
    Table,
    bindparam,
    delete,
    distinct,
    exists,
    func,
    insert,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogue import Participant, RequestKind
from bot.store.database import Database, lock
from bot.store.demonstrations import is_demo
from bot.store.renaming import rename
from bot.store.schema import (
    addresses,
    answers,
    consents,
    data_keys,
    events,
    fetches,
    files,
    outbox,
    participants,
    quarantine,
    requests,
    suggestions,
)
from bot.store.statements import padded

#: What the id of somebody begins with who is nobody's account any more.
ANONYMOUS: Final = "anon-"
#: The name of an order of options that is not kept, because it tells whose answer it is.
UNTOLD: Final = "not_kept"

Row = dict[str, Any]


class Known(Struct, frozen=True):
    """Somebody in the database. `first` is when their first record was made, None when they left none."""

    id: str
    channel: str
    first: datetime | None

    @property
    def anonymous(self) -> bool:
        """Whether no account belongs to it any more."""
        return self.id.startswith(ANONYMOUS)


class Blurred(Struct, frozen=True):
    """What stays of where and when somebody took part."""

    channel: str
    day: datetime


_RECORDS: Final = (answers, suggestions, consents)

_acts = union_all(*(select(table.c.participant, table.c.at) for table in _RECORDS)).subquery()
_firsts = (
    select(_acts.c.participant, func.min(_acts.c.at).label("first")).group_by(_acts.c.participant).subquery()
)
#: Whoever left nothing is let be while they are talking to us: there is nothing to link them to. Demo people
#: hide nobody in their crowd, and keep the ids by which they are erased.
_PEOPLE: Final = (
    select(participants.c.id, participants.c.channel, _firsts.c.first)
    .outerjoin(_firsts, _firsts.c.participant == participants.c.id)
    .where(or_(_firsts.c.first.is_not(None), participants.c.updated_at < bindparam("idle")))
    .where(~is_demo(participants.c.id))
)
_RIGHTS: Final = (
    select(requests.c.kind, func.count(distinct(requests.c.participant)))
    .where(~is_demo(requests.c.participant))
    .group_by(requests.c.kind)
)

_THEM: Final[BindParameter[str]] = bindparam("people", expanding=True)
_FOUND: Final = select(participants.c.id, participants.c.restricted).where(participants.c.id.in_(_THEM))
_THEIRS: Final = {table: select(table).where(table.c.participant.in_(_THEM)) for table in _RECORDS}
_REQUESTS: Final = select(requests.c.id, requests.c.kind, requests.c.receipt).where(
    requests.c.participant.in_(_THEM)
)
_ENTER: Final = {table: insert(table) for table in (participants, *_RECORDS)}
_REDRAW: Final = (
    update(requests)
    .where(requests.c.id == bindparam("was"))
    .values(id=bindparam("becomes"), participant=None, receipt=bindparam("told"))
)
#: Letters before the person, as in an erasure: whoever settles one locks them in this order too.
_GO: Final = (
    *(
        delete(table).where(table.c.participant.in_(_THEM))
        for table in (*_RECORDS, files, fetches, outbox, quarantine, addresses, data_keys)
    ),
    update(events).where(events.c.participant.in_(_THEM)).values(participant=None),
)
_LEAVE: Final = delete(participants).where(participants.c.id.in_(_THEM))


def _strays(table: Table) -> Any:
    """Rows of people who are not there; compared with "", which an index answers, rather than with NULL."""
    return (table.c.participant > "") & ~exists().where(participants.c.id == table.c.participant)


_STRAYS: Final = (
    *(update(table).where(_strays(table)).values(participant=None) for table in (events, requests)),
    *(delete(table).where(_strays(table)) for table in (outbox, fetches, quarantine)),
)


class Unlinking:
    """The people of the database, as those who destroy the link see them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def people(self, idle: datetime) -> list[Known]:
        """Everybody who left a record, and who left none and did nothing since `idle`, by our clock."""
        async with self._database.reading() as connection:
            return [Known(*row) for row in await connection.execute(_PEOPLE, {"idle": idle})]

    async def rights(self) -> dict[RequestKind, int]:
        """How many accounts used each right."""
        async with self._database.reading() as connection:
            return dict((await connection.execute(_RIGHTS)).all())

    async def unlink(
        self,
        people: Mapping[str, Blurred],
        receipt: Callable[[str], str],
        untold: Collection[RequestKind],
    ) -> int:
        """Make these people nobody, in one transaction; how many of them were still somebody.

        What they answered, suggested and consented to moves to a new random id, under new random ids and
        receipts, on the day and channel of their `Blurred`; attachments, what was typed when and where, and
        the order in which options were shown are dropped. Everything else of them goes; requests stay with
        their receipts, but those of the `untold` kinds get another. `receipt` draws one like the one given.
        """
        async with self._database.writing() as connection:
            await lock(connection, ["retention", *people])
            values = {"people": padded(people)}
            restricted = dict((await connection.execute(_FOUND, values)).all())
            records = {
                table: [dict(row) for row in (await connection.execute(query, values)).mappings()]
                for table, query in _THEIRS.items()
            }
            await _redraw(connection, values, receipt, untold)
            for statement in _GO:
                await connection.execute(statement, values)
            await _enter(connection, people, restricted, records, receipt)
            await connection.execute(_LEAVE, values)
        return len(restricted)

    async def sweep(self) -> None:
        """Take whose they were from rows of people who are not there any more."""
        async with self._database.writing() as connection:
            for statement in _STRAYS:
                await connection.execute(statement)

    async def scrub(self) -> None:
        """Leave nothing of deleted rows in the write-ahead log of a SQLite file."""
        await self._database.fold()


async def _redraw(
    connection: AsyncConnection,
    values: Row,
    receipt: Callable[[str], str],
    untold: Collection[RequestKind],
) -> None:
    """New ids for requests; a receipt leads to its event, and so to the account that was given it."""
    told = [
        {"was": id_, "becomes": token_hex(16), "told": receipt(held) if kind in untold else held}
        for id_, kind, held in await connection.execute(_REQUESTS, values)
    ]
    if told:
        await connection.execute(_REDRAW, told)


async def _enter(
    connection: AsyncConnection,
    people: Mapping[str, Blurred],
    restricted: Mapping[str, bool],
    records: Mapping[Table, Sequence[Row]],
    receipt: Callable[[str], str],
) -> None:
    """Put records back under people who are nobody, in an order that says nothing."""
    left = {row["participant"] for rows in records.values() for row in rows}
    ids = _nobodies(left)
    nobody = [
        {
            "id": ids[id_],
            "channel": people[id_].channel,
            "state": Participant(id=ids[id_], channel=people[id_].channel),
            "updated_at": people[id_].day,
            "forget": False,
            "restricted": restricted[id_],
        }
        for id_ in left
    ]
    receipts: dict[tuple[str, str], str] = {}
    names: dict[str, str] = {}
    entering = {participants: nobody} | {
        table: [
            _renewed(row, new, people[row["participant"]], ids[row["participant"]], receipts, receipt)
            for row, new in _drawn(table, rows, names)
        ]
        for table, rows in records.items()
    }
    for table, rows in entering.items():
        if rows:
            await connection.execute(_ENTER[table], SystemRandom().sample(rows, len(rows)))
    await rename(connection, names | {was: becomes for (_, was), becomes in receipts.items()})


def _nobodies(people: Iterable[str]) -> dict[str, str]:
    """What each of these people is called from now on."""
    return {id_: ANONYMOUS + token_hex(16) for id_ in people}


def _drawn(table: Table, rows: Sequence[Row], names: dict[str, str]) -> Iterator[tuple[Row, str]]:
    """The rows, each with a new random id; what each was called and is called now is added to `names`.

    Of two consents of one moment the one with the greater id is the newer, so a person's stay in order.
    Answers do not: which of a mirrored pair came first follows from the pseudonym.
    """
    if table is not consents:
        for row in rows:
            names[row["id"]] = token_hex(16)
            yield row, names[row["id"]]
        return
    ordered = sorted(rows, key=lambda row: (row["participant"], row["at"], row["id"]))
    for _, group in groupby(ordered, key=lambda row: row["participant"]):
        theirs = list(group)
        yield from zip(theirs, sorted(token_hex(16) for _ in theirs), strict=True)


def _renewed(
    row: Row,
    id_: str,
    blurred: Blurred,
    owner: str,
    receipts: dict[tuple[str, str], str],
    receipt: Callable[[str], str],
) -> Row:
    """A record of nobody: `receipts` remembers what each receipt became, for rewritten suggestions."""
    new = row | {"id": id_, "participant": owner, "at": blurred.day}
    if "replaced_at" in row:
        replaced_at = blurred.day if row["replaced_at"] else None
        new |= {"replaced_at": replaced_at, "source": "", "channel": blurred.channel}
    if "options" in row:
        options = tuple(sorted(row["options"], key=attrgetter("id")))
        new |= {"options": options, "order": UNTOLD}
    if "receipt" in row:
        known = owner, row["receipt"]
        became = receipts.setdefault(known, receipt(row["receipt"]))
        new |= {"receipt": became, "attachments": (), "tell": False}
    return new
