"""What turns leave behind: one statement a table for a whole run of them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, assert_never

from msgspec import Struct
from msgspec.structs import asdict, replace
from sqlalchemy import bindparam, delete
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogue import Answer, Consent, Message, Participant, Record, RightsRequest, Scope, Suggestion, Turn
from bot.store.keys import WrappedKey
from bot.store.many import Many
from bot.store.schema import (
    addresses,
    answers,
    consents,
    data_keys,
    fetches,
    files,
    outbox,
    participants,
    requests,
    suggestions,
)
from bot.store.statements import insert_new, insert_rows, upsert
from bot.store.states import FetchState, LetterState

Row = dict[str, Any]


class Commit(Struct, frozen=True, kw_only=True):
    """A turn to store.

    `event` is the id of the event it follows from. `address` is the sealed platform id of the person, b""
    where nothing is ever pushed. `reply` is what the channel needs to answer this very event, sealed as
    well. `key` is the data key that opens both; where it is stored already it is None and there is no
    address. `mark` is the person's in the ledger of erasures, "" for a demo person, whose erasures are
    neither written down nor counted as taken back. `pulls` says that the channel reads its letters itself.
    `now` is our own clock's time.
    """

    event: str
    turn: Turn
    address: bytes
    reply: str
    key: WrappedKey | None
    mark: str
    pulls: bool
    now: datetime

    @property
    def erases_everything(self) -> bool:
        """Whether this turn forgets the person."""
        return self.turn.erase is not None and self.turn.erase.scope is Scope.EVERYTHING

    @property
    def leaves_somebody(self) -> bool:
        """Whether there is a person afterwards: somebody erased only as long as something is to be said."""
        return bool(self.turn.messages) or not self.erases_everything


#: In this order: a person before what is theirs, and first of all, because the row is what farewell.py
#: locks. A key is new here: people are locked before anybody looks for theirs. Whose a record is never
#: changes.
_PEOPLE: Final = {
    "participants": Many(upsert(participants)),
    "addresses": Many(upsert(addresses)),
    "data_keys": Many(insert_new(data_keys)),
}
_RECORDS: Final = {
    "answers": Many(upsert(answers, "participant")),
    "suggestions": Many(upsert(suggestions, "participant")),
    "consents": Many(upsert(consents, "participant")),
    "requests": Many(upsert(requests)),
}
_OUTBOX: Final = Many(insert_rows(outbox))
_FETCHES: Final = Many(insert_rows(fetches))
_DISCARD: Final = delete(files).where(
    files.c.id == bindparam("file"), files.c.participant == bindparam("person")
)


async def write(connection: AsyncConnection, commits: Sequence[Commit]) -> None:
    """Store turns in their order; of two values with one id the later stands."""
    rows = {**_people_rows(commits), **_record_rows(commits)}
    for name, statement in (_PEOPLE | _RECORDS).items():
        if rows[name]:
            await statement.execute(connection, rows[name])
    if letters := [_letter(commit) for commit in commits if commit.turn.messages]:
        await _OUTBOX.execute(connection, letters)
    if fetched := [row for commit in commits for row in _fetch_rows(commit)]:
        await _FETCHES.execute(connection, fetched)
    if discarded := [row for commit in commits for row in _discarded(commit.turn)]:
        await connection.execute(_DISCARD, discarded)


def _people_rows(commits: Iterable[Commit]) -> dict[str, list[Row]]:
    """The rows of each table of people, the newest of each person."""
    rows: dict[str, dict[str, Row]] = {name: {} for name in _PEOPLE}
    for commit in commits:
        person = commit.turn.participant
        if commit.leaves_somebody:
            rows["participants"][person.id] = _person(person, commit)
            if commit.key:
                rows["data_keys"][person.id] = asdict(commit.key)
            if commit.address:
                rows["addresses"][person.id] = {"participant": person.id, "sealed": commit.address}
    return {name: list(by_id.values()) for name, by_id in rows.items()}


def _person(person: Participant, commit: Commit) -> Row:
    return {
        "id": person.id,
        "channel": person.channel,
        "state": replace(person, consents=(), answers=(), suggestions=()),
        "updated_at": commit.now,
        "forget": commit.erases_everything,
        "restricted": person.restricted,
    }


def _record_rows(commits: Iterable[Commit]) -> dict[str, list[Row]]:
    """The rows of each table of records, replaced ones first.

    Those make room: two current answers of one person to one question cannot stand together, not
    even between two statements.
    """
    rows: dict[str, dict[str, Row]] = {name: {} for name in _RECORDS}
    for commit in commits:
        for record in commit.turn.records:
            person = commit.turn.participant.id
            owner = None if isinstance(record, RightsRequest) and commit.erases_everything else person
            rows[_table_of(record)][record.id] = {"participant": owner, **asdict(record)}
    return {
        name: sorted(by_id.values(), key=lambda row: row.get("replaced_at") is None)
        for name, by_id in rows.items()
    }


def _table_of(record: Record) -> str:
    match record:
        case Answer():
            return "answers"
        case Suggestion():
            return "suggestions"
        case Consent():
            return "consents"
        case RightsRequest():
            return "requests"
        case _:
            assert_never(record)


def _letter(commit: Commit) -> Row:
    person = commit.turn.participant
    letter = letter_row(
        commit.event, person.id, person.channel, commit.turn.messages, commit.now, commit.pulls
    )
    return {**letter, "reply": commit.reply}


def letter_row(
    id_: str, participant: str, channel: str, messages: tuple[Message, ...], now: datetime, pulls: bool
) -> Row:
    """A row of the outbox for a new letter, which answers no event of its own."""
    return {
        "id": id_,
        "participant": participant,
        "channel": channel,
        "messages": messages,
        "reply": "",
        "state": LetterState.KEPT if pulls else LetterState.WAITING,
        "sent": 0,
        "attempt": 0,
        "due_at": now,
        "created_at": now,
        "settled_at": now if pulls else None,
        "detail": "",
        "via": "",
    }


def _fetch_rows(commit: Commit) -> Iterable[Row]:
    for n, fetch in enumerate(commit.turn.fetches):
        yield {
            "id": f"{commit.event}/f{n}",
            "participant": commit.turn.participant.id,
            "channel": commit.turn.participant.channel,
            "ref": fetch.ref,
            "name": fetch.name,
            "message": fetch.message,
            "reply": commit.reply,
            "state": FetchState.WAITING,
            "attempt": 0,
            "due_at": commit.now,
            "created_at": commit.now,
        }


def _discarded(turn: Turn) -> Iterable[Row]:
    return ({"file": file, "person": turn.participant.id} for file in turn.discards)
