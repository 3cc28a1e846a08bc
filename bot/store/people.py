"""Which people we know, with what they told us: the state of the conversation and the current records."""

from collections.abc import Collection
from operator import attrgetter
from typing import Any, Final

import msgspec
from msgspec.structs import replace
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    ScalarSelect,
    Select,
    Table,
    bindparam,
    exists,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogue import Answer, Consent, Participant, Suggestion
from bot.store.database import Database
from bot.store.records import DIALECTS, as_json, gathered
from bot.store.schema import answers, consents, participants, suggestions
from bot.store.statements import padded

_PEOPLE: Final[BindParameter[str]] = bindparam("people", expanding=True)

_newer = consents.alias("newer")
_NEWEST: Final = ~exists().where(
    _newer.c.participant == consents.c.participant,
    _newer.c.purpose == consents.c.purpose,
    tuple_(_newer.c.at, _newer.c.id) > tuple_(consents.c.at, consents.c.id),
)


def _theirs(
    table: Table, kind: type[msgspec.Struct], current: ColumnElement[bool], dialect: str
) -> ScalarSelect[str]:
    """The current records of one table, of the person of the row around it."""
    return (
        select(gathered(as_json(table, kind, dialect), dialect))
        .where(table.c.participant == participants.c.id, current)
        .correlate(participants)
        .scalar_subquery()
    )


def _people(dialect: str) -> Select[Any]:
    return select(
        participants.c.id,
        participants.c.state,
        _theirs(consents, Consent, _NEWEST, dialect),
        _theirs(answers, Answer, answers.c.replaced_at.is_(None), dialect),
        _theirs(suggestions, Suggestion, suggestions.c.replaced_at.is_(None), dialect),
    ).where(participants.c.id.in_(_PEOPLE))


_LOAD: Final = {dialect: _people(dialect) for dialect in DIALECTS}

_consents: Final = msgspec.json.Decoder(list[Consent])
_answers: Final = msgspec.json.Decoder(list[Answer])
_suggestions: Final = msgspec.json.Decoder(list[Suggestion])

_by_time: Final = attrgetter("at", "id")


async def load(connection: AsyncConnection, ids: Collection[str]) -> dict[str, Participant]:
    """The people of these ids that are known, by id; their records oldest first."""
    if not ids:
        return {}
    rows = await connection.execute(_LOAD[connection.dialect.name], {"people": padded(ids)})
    return {
        id_: replace(
            state,
            consents=_records(_consents, consented),
            answers=_records(_answers, answered),
            suggestions=_records(_suggestions, suggested),
        )
        for id_, state, consented, answered, suggested in rows.all()
    }


def _records(decoder: msgspec.json.Decoder[list[Any]], array: str | None) -> tuple[Any, ...]:
    return tuple(sorted(decoder.decode(array), key=_by_time)) if array else ()


class People:
    """Reading of one person, for a copy of their data."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, participant: str) -> Participant | None:
        """The person as of this moment; None when unknown."""
        async with self._database.reading() as connection:
            return (await load(connection, [participant])).get(participant)
