"""What turns leave behind: one statement a table for a whole run of them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, assert_never

from msgspec import Struct
from msgspec.structs import asdict, replace
from sqlalchemy import bindparam, delete, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogue import Answer, Consent, Participant, Record, RightsRequest, Scope, Suggestion, Turn
from bot.store.schema import (
    addresses,
    answers,
    consents,
    fetches,
    files,
    outbox,
    participants,
    requests,
    suggestions,
)
from bot.store.statements import upsert
from bot.store.states import FetchState, LetterState

Row = dict[str, Any]


class Commit(Struct, frozen=True, kw_only=True):
    """A turn to store.

    `event` is the id of the event it follows from. `address` is the sealed platform id of the person,
    b"" where nothing is ever pushed. `reply` is what the channel needs to answer this very event.
    `pulls` says that the channel reads its letters itself. `now` is our own clock's time.
    """

    event: str
    turn: Turn
    address: bytes
    reply: str
    pulls: bool
    now: datetime

    @property
    def erases_everything(self) -> bool:
        """Whether this turn forgets the person."""
        return self.turn.erase is not None and self.turn.erase.scope is Scope.EVERYTHING


#: In this order: a person before what is theirs. Whose a record is never changes.
_PEOPLE: Final = {
    "participants": upsert(participants),
    "addresses": upsert(addresses),
}
_RECORDS: Final = {
    "answers": upsert(answers, "participant"),
    "suggestions": upsert(suggestions, "participant"),
    "consents": upsert(consents, "participant"),
    "requests": upsert(requests),
}
_OUTBOX: Final = insert(outbox)
_FETCHES: Final = insert(fetches)
_DISCARD: Final = delete(files).where(
    files.c.id == bindparam("file"), files.c.participant == bindparam("person")
)


async def write(connection: AsyncConnection, commits: Sequence[Commit]) -> None:
    """Store turns in their order; of two values with one id the later stands."""
    dialect = connection.dialect.name
    people = {c.turn.participant.id: _person(c.turn.participant, c.now) for c in commits}
    known = {c.turn.participant.id: _address(c) for c in commits if _reached(c)}
    rows = {"participants": list(people.values()), "addresses": list(known.values()), **_record_rows(commits)}
    for name, statements in (_PEOPLE | _RECORDS).items():
        if rows[name]:
            await connection.execute(statements[dialect], rows[name])
    for statement, made in (
        (_OUTBOX, [_letter(commit) for commit in commits if commit.turn.messages]),
        (_FETCHES, [row for commit in commits for row in _fetch_rows(commit)]),
        (_DISCARD, [row for commit in commits for row in _discarded(commit.turn)]),
    ):
        if made:
            await connection.execute(statement, made)


def _person(person: Participant, now: datetime) -> Row:
    state = replace(person, consents=(), answers=(), suggestions=())
    return {"id": person.id, "channel": person.channel, "state": state, "updated_at": now}


def _reached(commit: Commit) -> bool:
    """Whether there is an address to keep: of somebody erased only to say so."""
    return bool(commit.address) and (bool(commit.turn.messages) or not commit.erases_everything)


def _address(commit: Commit) -> Row:
    return {
        "participant": commit.turn.participant.id,
        "sealed": commit.address,
        "forget": commit.erases_everything,
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
    return {
        "id": commit.event,
        "participant": commit.turn.participant.id,
        "channel": commit.turn.participant.channel,
        "messages": commit.turn.messages,
        "reply": commit.reply,
        "state": LetterState.KEPT if commit.pulls else LetterState.WAITING,
        "sent": 0,
        "attempt": 0,
        "due_at": commit.now,
        "created_at": commit.now,
        "settled_at": commit.now if commit.pulls else None,
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
