"""How much was taken back: what published tables and exports say of answers that are no longer there.

One rule: a line names nobody, and nothing is counted twice: what was emptied before and is erased now
said nothing any more.
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import BindParameter, Select, Text, bindparam, func, literal_column, or_, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogue import Erase, Outcome, Scope, SuggestionStatus
from bot.store.bookkeeping import withdrawals
from bot.store.database import lock
from bot.store.schema import answers, suggestions
from bot.store.statements import Statement, add_up

#: The kinds of what is taken back.
ANSWER: Final = "answer"
SUGGESTION: Final = "suggestion"

_PERSON: Final[BindParameter[str]] = bindparam("person")
_OF: Final[BindParameter[str]] = bindparam("of")

#: An answer with chosen options, and one with a text.
CHOSE: Final = type_coerce(answers.c.chosen, Text) != "[]"
TYPED: Final = answers.c.text.is_not(None)

_ANSWERS: Final = (
    select(literal_column(f"'{ANSWER}'"), answers.c.question, answers.c.version, func.count())
    .where(
        answers.c.participant == _PERSON,
        answers.c.replaced_at.is_(None),
        answers.c.outcome == Outcome.ANSWERED,
        or_(CHOSE, TYPED),
    )
    .group_by(answers.c.question, answers.c.version)
)
#: An answer that has a chosen option beside its text still says something without the text.
_ONLY_TYPED: Final = _ANSWERS.where(TYPED, ~CHOSE)

_SUGGESTIONS: Final = (
    select(literal_column(f"'{SUGGESTION}'"), suggestions.c.clause, literal_column("''"), func.count())
    .where(
        suggestions.c.participant == _PERSON,
        suggestions.c.replaced_at.is_(None),
        suggestions.c.status != SuggestionStatus.WITHDRAWN,
    )
    .group_by(suggestions.c.clause)
)


def _counted(*found: Select[tuple[str, str, str, int]]) -> tuple[Mapping[str, Statement], ...]:
    return tuple(add_up(withdrawals, "count", query) for query in found)


_TAKEN_BACK: Final = {
    Scope.EVERYTHING: _counted(_ANSWERS, _SUGGESTIONS),
    Scope.TYPED: _counted(_ONLY_TYPED, _SUGGESTIONS),
    Scope.MESSAGE: _counted(
        _ONLY_TYPED.where(answers.c.source == _OF), _SUGGESTIONS.where(suggestions.c.source == _OF)
    ),
    Scope.RECEIPT: _counted(_SUGGESTIONS.where(suggestions.c.receipt == _OF)),
}


async def count_withdrawn(connection: AsyncConnection, participant: str, what: Erase) -> None:
    """Add up what an erasure takes back, before it does.

    EVERYTHING counts current answers that say something and suggestions not withdrawn yet; the other
    scopes count answers that say nothing without their text, and suggestions that they withdraw.
    """
    await lock(connection, ["withdrawals"])  # so that two processes never wait for each other's lines
    values = {"person": participant, **({"of": what.of} if what.of else {})}
    for statements in _TAKEN_BACK[what.scope]:
        await connection.execute(statements[connection.dialect.name], values)
