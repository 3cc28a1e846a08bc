"""Letters still to be sent or read, when words that they quote are erased.

One rule: only the quotation goes. A letter quotes a person where their words stand by themselves: as a
line, between quotation marks or spaces. The same letters inside a sentence of ours are ours, and striking
them could turn a question into another one.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import BindParameter, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogue import Document, Erase, Message, Participant, Scope
from bot.store.schema import answers, outbox, participants, suggestions
from bot.store.states import LetterState

#: What stands where a quotation stood.
STRUCK: Final = "…"

_PERSON: Final[BindParameter[str]] = bindparam("person")
_ANSWERS: Final = select(answers.c.source, answers.c.text).where(
    answers.c.participant == _PERSON, answers.c.text.is_not(None)
)
_SUGGESTIONS: Final = select(
    suggestions.c.source,
    suggestions.c.receipt,
    suggestions.c.text,
    suggestions.c.organisation,
    suggestions.c.attachments,
).where(suggestions.c.participant == _PERSON)
_STATE: Final = select(participants.c.state).where(participants.c.id == _PERSON)

_UNREAD: Final = select(outbox.c.seq, outbox.c.messages).where(
    outbox.c.participant == _PERSON,
    outbox.c.messages.is_not(None),
    or_(outbox.c.settled_at.is_(None), outbox.c.state == LetterState.KEPT),
)
#: A letter that a worker settled meanwhile has no words any more, and gets none back.
_STRIKE: Final = (
    update(outbox)
    .where(outbox.c.seq == bindparam("letter"), outbox.c.messages.is_not(None))
    .values(messages=bindparam("words", type_=outbox.c.messages.type))
)


class Taken(Struct, frozen=True):
    """The words that an erasure takes: `texts` as a whole, and `held`, of which letters quote parts."""

    texts: frozenset[str]
    held: str = ""


async def strike(connection: AsyncConnection, participant: str, what: Erase) -> None:
    """Strike what TYPED, MESSAGE or RECEIPT takes out of the letters that stay; call it before the erasure.

    Known are the words that are stored: a text that its person had replaced before it was sent or kept
    is nowhere any more, and a letter that quotes it keeps it until it is sent or read.
    """
    taken = await _taken(connection, participant, what)
    if not taken.texts:
        return
    struck = [
        {"letter": seq, "words": words}
        for seq, messages in (await connection.execute(_UNREAD, {"person": participant})).all()
        if (words := without(messages, taken)) != messages
    ]
    if struck:
        await connection.execute(_STRIKE, struck)


def without(messages: tuple[Message, ...], taken: Taken) -> tuple[Message, ...]:
    """The messages without quotations of what is taken."""
    plain = _quoting(taken.texts)
    escaped = _quoting(json.dumps(text, ensure_ascii=False)[1:-1] for text in taken.texts)

    def document(of: Document) -> Document:
        pattern = escaped if of.media_type == "application/json" else plain
        return replace(of, text=pattern.sub(STRUCK, of.text))

    return tuple(
        replace(
            message,
            lines=tuple(plain.sub(STRUCK, _without_part(line, taken.held)) for line in message.lines),
            documents=tuple(map(document, message.documents)),
        )
        for message in messages
    )


def _quoting(texts: Iterable[str]) -> re.Pattern[str]:
    """Any of the texts where it stands by itself; of two that begin alike the longer."""
    longest_first = sorted(texts, key=len, reverse=True)
    return re.compile(rf'(?<![^\s“"])(?:{"|".join(map(re.escape, longest_first))})(?![^\s”"])')


def _without_part(line: str, held: str) -> str:
    """The line without the part of a held text after its colon («phone: …»)."""
    for colon in re.finditer(": ", line) if held else ():
        if line[colon.end() :] in held:
            return line[: colon.end()] + STRUCK
    return line


async def _taken(connection: AsyncConnection, participant: str, what: Erase) -> Taken:
    person = {"person": participant}
    answered = (await connection.execute(_ANSWERS, person)).all()
    suggested = (await connection.execute(_SUGGESTIONS, person)).all()
    state: Participant | None = await connection.scalar(_STATE, person)

    def goes(source: str, receipt: str = "") -> bool:
        if what.scope is Scope.TYPED:
            return True
        return (source if what.scope is Scope.MESSAGE else receipt) == what.of

    def texts() -> Iterator[str | None]:
        yield from (text for source, text in answered if goes(source))
        for source, receipt, text, organisation, attachments in suggested:
            if goes(source, receipt):
                yield from (text, organisation)
            yield from (a.name for a in attachments if goes(a.source, receipt))
        if draft := state and state.draft:
            yield from (a.name for a in draft.attachments if goes(a.source))
            if goes(draft.source):
                yield draft.text

    held = state.held.text if state and state.held and goes(state.held.source) else ""
    return Taken(frozenset(text for text in (*texts(), held) if text), held)
