"""What an erasure takes, by its scope.

One rule: whatever a scope names goes in the transaction of the turn that asked, history included.
The turn's own state, messages and records are stored after it, and must not bring any of it back.
"""

from collections.abc import Iterable
from typing import Any, Final, assert_never

from sqlalchemy import BindParameter, ColumnElement, Executable, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogue import Erase, Scope, SuggestionStatus
from bot.store.office import moderations, replies, tags
from bot.store.quotations import strike
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
from bot.store.states import LetterState
from bot.store.withdrawals import count_withdrawn

_PERSON: Final[BindParameter[str]] = bindparam("person")
_OF: Final[BindParameter[str]] = bindparam("of")


def _without_text(*which: ColumnElement[bool]) -> Executable:
    return update(answers).where(answers.c.participant == _PERSON, *which).values(text=None, source="")


def _withdrawn(*which: ColumnElement[bool]) -> Executable:
    return (
        update(suggestions)
        .where(suggestions.c.participant == _PERSON, *which)
        .values(
            text="",
            attachments=(),
            organisation=None,
            name_shown=None,
            source="",
            status=SuggestionStatus.WITHDRAWN,
            tell=False,
            reply=None,
        )
    )


def _forgotten(*which: ColumnElement[bool]) -> tuple[Executable, ...]:
    """What the staff wrote of suggestions: it may quote them, and its receipt leads to the person."""
    receipts = select(suggestions.c.receipt).where(suggestions.c.participant == _PERSON, *which)
    columns = (replies.c.receipt, tags.c.receipt, moderations.c.subject)
    return tuple(delete(column.table).where(column.in_(receipts)) for column in columns)


_ANSWERS: Final = select(answers.c.id).where(answers.c.participant == _PERSON)

#: What was said to a person may quote them. Letters still to be sent or read stay (quotations.py).
_QUOTED: Final = (
    update(outbox)
    .where(
        outbox.c.participant == _PERSON,
        outbox.c.settled_at.is_not(None),
        outbox.c.state != LetterState.KEPT,
    )
    .values(messages=None, reply=None)
)

_QUARANTINED: Final = delete(quarantine).where(quarantine.c.participant == _PERSON)

_EVERYTHING: Final[tuple[Executable, ...]] = (
    *_forgotten(),
    delete(moderations).where(moderations.c.subject.in_(_ANSWERS)),
    *(
        delete(table).where(table.c.participant == _PERSON)
        for table in (answers, suggestions, consents, files, fetches, addresses, data_keys)
    ),
    delete(outbox).where(outbox.c.participant == _PERSON, outbox.c.settled_at.is_(None)),
    update(outbox).where(outbox.c.participant == _PERSON).values(messages=None, reply=None, participant=None),
    _QUARANTINED,
    *(
        update(table).where(table.c.participant == _PERSON).values(participant=None)
        for table in (requests, events)
    ),
    delete(participants).where(participants.c.id == _PERSON),
)

_TYPED: Final[tuple[Executable, ...]] = (
    *_forgotten(),
    _without_text(),
    _withdrawn(),
    *(delete(table).where(table.c.participant == _PERSON) for table in (files, fetches)),
    _QUOTED,
    _QUARANTINED,
)

_OF_MESSAGE: Final[tuple[Executable, ...]] = (
    *_forgotten(suggestions.c.source == _OF, suggestions.c.replaced_at.is_(None)),
    _without_text(answers.c.source == _OF),
    _withdrawn(suggestions.c.source == _OF),
    delete(files).where(files.c.participant == _PERSON, files.c.source == _OF),
    delete(fetches).where(fetches.c.participant == _PERSON, fetches.c.message == _OF),
    _QUOTED,
    _QUARANTINED,
)

_OF_RECEIPT: Final[tuple[Executable, ...]] = (
    *_forgotten(suggestions.c.receipt == _OF),
    _withdrawn(suggestions.c.receipt == _OF),
    _QUOTED,
    _QUARANTINED,
)

_ATTACHED: Final = select(suggestions.c.id, suggestions.c.attachments).where(
    suggestions.c.participant == _PERSON
)
_DETACH: Final = (
    update(suggestions)
    .where(suggestions.c.id == bindparam("suggestion"))
    .values(attachments=bindparam("kept", type_=suggestions.c.attachments.type))
)
_DROP: Final = delete(files).where(files.c.id == bindparam("file"), files.c.participant == _PERSON)


async def erase(connection: AsyncConnection, participant: str, what: Erase, *, counted: bool = True) -> None:
    """Erase of one person, and count what is taken back by it (withdrawals.py) unless it is nobody's.

    EVERYTHING  answers, suggestions, consents, files, fetches, the address, the data key, letters not
                sent yet, events in quarantine and the state are deleted. Sent letters keep only that
                they were sent, requests and event ids only that they were; none says any more whose
                it was. What is still to be said is sealed with a new key, and both go with the last
                letter (farewell.py).
    TYPED       the text of every answer; suggestions are emptied and withdrawn; files and fetches,
                events in quarantine, and the words of letters that were sent are deleted.
    MESSAGE     the same of what came from one platform message, and every quarantined event and sent
                letter, because nobody can tell which of them quote it.
    RECEIPT     the same of every version of one suggestion; its files go with the turn's `discards`.

    Replies, tags and flags of suggestions that are deleted or withdrawn go with them, whatever the scope.
    A letter still to be sent or read stays under TYPED, MESSAGE and RECEIPT, because without it the
    person might wait for a question for ever; where it quotes what is erased it has "…" instead
    (quotations.py).
    """
    if what.scope is Scope.MESSAGE and not what.of:
        return  # "" is the source of everything that was tapped
    if counted:
        await count_withdrawn(connection, participant, what)
    if what.scope is not Scope.EVERYTHING:
        await strike(connection, participant, what)
    person = {"person": participant}
    match what.scope:
        case Scope.EVERYTHING:
            await _run(connection, _EVERYTHING, person)
        case Scope.TYPED:
            await _run(connection, _TYPED, person)
        case Scope.MESSAGE:
            await _detach(connection, participant, what.of)
            await _run(connection, _OF_MESSAGE, {**person, "of": what.of})
        case Scope.RECEIPT:
            await _run(connection, _OF_RECEIPT, {**person, "of": what.of})
        case _:
            assert_never(what.scope)


async def _run(connection: AsyncConnection, statements: Iterable[Executable], values: dict[str, Any]) -> None:
    for statement in statements:
        await connection.execute(statement, values)


async def _detach(connection: AsyncConnection, participant: str, message: str) -> None:
    """Take the files of one message from every suggestion they are attached to."""
    found = (await connection.execute(_ATTACHED, {"person": participant})).all()
    kept = [
        {"suggestion": id_, "kept": tuple(a for a in attachments if a.source != message)}
        for id_, attachments in found
        if any(a.source == message for a in attachments)
    ]
    dropped = {a.file for _, attachments in found for a in attachments if a.source == message}
    if kept:
        await connection.execute(_DETACH, kept)
        await connection.execute(_DROP, [{"file": file, "person": participant} for file in dropped])
