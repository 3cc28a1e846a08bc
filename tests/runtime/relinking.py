"""Somebody who wants to know who said what, with the whole database, every key and the platforms' own logs.

An attack is a function from what they have to claims: this account is that participant.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import select, text

from bot.library import KINDS, Library
from bot.runtime.channel import Incoming
from bot.runtime.identity import Identity
from bot.store import WrappedKey
from bot.store.database import Database
from bot.store.schema import metadata
from handlers.scene import BANGKOK, Scene

Row = dict[str, Any]
Account = tuple[str, str]
Claims = set[tuple[Account, str]]


class Loot(Struct, frozen=True):
    """All they have: the tables, the rows of answers as they lie on the disk, the keys and the logs."""

    tables: Mapping[str, list[Row]]
    lying: list[str]
    identity: Identity
    library: Library
    log: list[Incoming]

    @property
    def accounts(self) -> list[Account]:
        """Everybody in the logs, in the order in which they came."""
        return list(dict.fromkeys(account(event) for event in self.log))

    def rows(self, *tables: str) -> Iterator[Row]:
        """The rows of these tables."""
        for table in tables:
            yield from self.tables[table]

    @property
    def spoke(self) -> set[str]:
        """The participants that answers are from."""
        return {row["participant"] for row in self.tables["answers"]}


def account(event: Incoming) -> Account:
    """Whose event it is, as the platform knows them."""
    return event.event.channel, event.sender


async def stolen(url: str, identity: Identity, library: Library, log: list[Incoming]) -> Loot:
    """The whole database, and what lies outside of it."""
    database = await Database.open(url)
    try:
        async with database.reading() as connection:
            tables = {
                table.name: [dict(row) for row in (await connection.execute(select(table))).mappings()]
                for table in metadata.sorted_tables
            }
            place = "rowid" if connection.dialect.name == "sqlite" else "ctid"
            lying = await connection.execute(text(f"SELECT participant FROM answers ORDER BY {place}"))
            return Loot(tables, list(lying.scalars()), identity, library, log)
    finally:
        await database.close()


def by_pseudonym(loot: Loot) -> Claims:
    """The pseudonym made again, in whatever stands for a person."""
    made = {one: loot.identity.pseudonym(*one) for one in loot.accounts}
    return {(one, id_) for one, pseudonym in made.items() for id_ in loot.spoke if pseudonym in id_}


def by_address(loot: Loot) -> Claims:
    """Every sealed address opened with the master key."""
    keys = {row["participant"]: WrappedKey(**row) for row in loot.rows("data_keys")}
    opened = {
        row["participant"]: loot.identity.masters.open(keys[row["participant"]])
        .unseal("addresses", row["participant"], row["sealed"])
        .decode()
        for row in loot.rows("addresses")
    }
    return {(one, id_) for one in loot.accounts for id_, sender in opened.items() if sender == one[1]}


def by_event(loot: Loot) -> Claims:
    """What the tables say of an event's participant."""
    whose = {event.event.id: account(event) for event in loot.log}
    rows = [*loot.rows("events"), *loot.rows("outbox")]
    return {(whose[row["id"]], row["participant"]) for row in rows if row["id"] in whose} & _speakers(loot)


def by_record_id(loot: Loot) -> Claims:
    """Ids of records made again from the events'."""
    made = {f"{event.event.id}/r{n}": account(event) for event in loot.log for n in range(4)}
    return {(made[row["id"]], row["participant"]) for row in _records(loot) if row["id"] in made}


def by_receipt(loot: Loot) -> Claims:
    """Receipts of suggestions made again from the events."""
    made = _receipts(loot, "B")
    found = ((made.get(row["receipt"]), row["participant"]) for row in loot.rows("suggestions"))
    return {(one, id_) for one, id_ in found if one}


def by_message(loot: Loot) -> Claims:
    """The platforms' own ids of messages, beside texts, files and attachments."""
    sent = {
        message: account(event) for event in loot.log if (message := getattr(event.event.body, "message", ""))
    }
    found = [(row["source"], row["participant"]) for row in loot.rows("answers", "suggestions")]
    found += [(a.source, row["participant"]) for row in loot.rows("suggestions") for a in row["attachments"]]
    return {(sent[source], id_) for source, id_ in found if source in sent}


def by_file(loot: Loot) -> Claims:
    """Ids of files that the log of the web, or of the events that brought them, has too."""
    sent = {file: account(e) for e in loot.log if (file := getattr(e.event.body, "file", ""))}
    held = [(a.file, row["participant"]) for row in loot.rows("suggestions") for a in row["attachments"]]
    return {(sent[file], id_) for file, id_ in held if file in sent}


def by_time(loot: Loot) -> Claims:
    """A moment at which one account did something, and something was said."""
    acted: defaultdict[datetime, set[Account]] = defaultdict(set)
    for event in loot.log:
        acted[event.event.at].add(account(event))
    return {
        (one, row["participant"])
        for row in _records(loot)
        for one in acted.get(row["at"], ())
        if len(acted[row["at"]]) == 1
    }


def by_days(loot: Loot) -> Claims:
    """The days on which somebody did something, where they are one account's and one participant's alone."""
    accounts = _days(((account(event), event.event.at) for event in loot.log), lambda one: one[0])
    channels = {row["id"]: row["channel"] for row in loot.rows("participants")}
    said = ((row["participant"], row["at"]) for row in _records(loot))
    return _alone(accounts, _days(said, channels.__getitem__))


def by_first_day(loot: Loot) -> Claims:
    """The day on which somebody came first, where it is one account's and one participant's alone."""
    accounts = _days(((account(event), event.event.at) for event in loot.log), lambda one: one[0])
    channels = {row["id"]: row["channel"] for row in loot.rows("participants")}
    said = _days(((row["participant"], row["at"]) for row in _records(loot)), channels.__getitem__)
    return _alone(_firsts(accounts), _firsts(said))


def by_channel(loot: Loot) -> Claims:
    """A channel on which there is nobody else."""
    channels = {row["id"]: row["channel"] for row in loot.rows("participants") if row["id"] in loot.spoke}
    return _alone({one: one[0] for one in loot.accounts}, channels)


def by_order_of_options(loot: Loot) -> Claims:
    """The orders of options that follow from an account's pseudonym, where they are one participant's."""
    orders: defaultdict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for row in loot.rows("answers"):
        orders[row["participant"]][row["question"]] = tuple(option.id for option in row["options"])
    claims: Claims = set()
    for id_, shown in orders.items():
        fitting = [one for one in loot.accounts if _would_see(loot, one, shown)]
        claims |= {(fitting[0], id_)} if len(fitting) == 1 else set()
    return claims


def by_order_of_coming(loot: Loot) -> Claims:
    """Answers as they lie on the disk, beside the accounts as they came."""
    return set(zip(loot.accounts, dict.fromkeys(loot.lying), strict=False))


def by_order_of_pseudonyms(loot: Loot) -> Claims:
    """Answers as they lie on the disk, beside the accounts as their pseudonyms sort."""
    in_order = sorted(loot.accounts, key=lambda one: loot.identity.pseudonym(*one))
    return set(zip(in_order, dict.fromkeys(loot.lying), strict=False))


def by_right(loot: Loot) -> Claims:
    """A right whose receipt leads to one account, where one participant shows that it was used."""
    restricted = {row["id"] for row in loot.rows("participants") if row["restricted"]} & loot.spoke
    made = _receipts(loot, "R")
    used = {made[row["receipt"]] for row in loot.rows("requests") if row["receipt"] in made}
    return _alone(dict.fromkeys(used, True), dict.fromkeys(restricted, True))


ATTACKS: Final[tuple[Callable[[Loot], Claims], ...]] = (
    by_pseudonym,
    by_address,
    by_event,
    by_record_id,
    by_receipt,
    by_message,
    by_file,
    by_time,
    by_days,
    by_first_day,
    by_channel,
    by_order_of_options,
    by_order_of_coming,
    by_order_of_pseudonyms,
    by_right,
)


def _records(loot: Loot) -> Iterator[Row]:
    return loot.rows("answers", "suggestions", "consents")


def _speakers(loot: Loot) -> Claims:
    return {(one, id_) for one in loot.accounts for id_ in loot.spoke}


def _receipts(loot: Loot, letter: str) -> dict[str, Account]:
    return {
        Scene(person=None, event=event.event, library=loot.library).receipt(letter): account(event)
        for event in loot.log
    }


def _days(acts: Iterable[tuple[Any, datetime]], channel: Callable[[Any], str]) -> dict[Any, Any]:
    days: defaultdict[Any, set[date]] = defaultdict(set)
    for one, at in acts:
        days[one].add(at.astimezone(BANGKOK).date())
    return {one: (channel(one), *sorted(found)) for one, found in days.items()}


def _firsts(days: Mapping[Any, Any]) -> dict[Any, Any]:
    return {one: found[:2] for one, found in days.items()}


def _alone(accounts: Mapping[Account, Any], people: Mapping[str, Any]) -> Claims:
    """Who have something on both sides that nobody else there has."""
    ours, theirs = Counter(accounts.values()), Counter(people.values())
    return {
        (one, id_)
        for one, what in accounts.items()
        for id_, seen in people.items()
        if what == seen and ours[what] == theirs[seen] == 1
    }


def _would_see(loot: Loot, one: Account, shown: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether the account would have seen all these options in this order."""
    pseudonym = loot.identity.pseudonym(*one)
    for id_, order in shown.items():
        question = loot.library.questions[id_]
        arranged = [o.id for o in KINDS[question.kind].arrange(question, pseudonym).options if o.id in order]
        if tuple(arranged) != order:
            return False
    return True
