"""What the hearing report tells of suggestions: how many, by clause and subject, and what was replied.

One rule: a suggestion that was withdrawn, rewritten or put under restriction is not there.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import Select, case, func, select

from bot.dialogue import SuggestionStatus
from bot.store.exports import RESTRICTED
from bot.store.office import replies, tags
from bot.store.sampling import evenly_spaced
from bot.store.schema import suggestions


class Issue(Struct, frozen=True):
    """Suggestions about one clause ("" for another topic) with one tag ("" for none).

    `people` who sent them, how many `suggestions`, and how many of these were `answered`.
    """

    clause: str
    tag: str
    people: int
    suggestions: int
    answered: int


class Petition(Struct, frozen=True):
    """A suggestion that was chosen as a sample. `organisation` is "" unless it may be named."""

    receipt: str
    clause: str
    tag: str
    at: datetime
    text: str
    organisation: str


class Replied(Struct, frozen=True):
    """An official reply: how many suggestions of an issue got it in these words, and when the last did."""

    clause: str
    tag: str
    text: str
    suggestions: int
    last: datetime


class Petitions(Struct, frozen=True):
    """All of it. `people` and `total` count the suggestions whatever they are about."""

    people: int
    total: int
    issues: tuple[Issue, ...]
    samples: tuple[Petition, ...]
    replies: tuple[Replied, ...]


#: Reads the rows of a query as structs of a kind, in the order of its fields.
Rows = Callable[[type[Any], Select[*tuple[Any, ...]]], Awaitable[tuple[Any, ...]]]

_COUNTED: Final = (
    suggestions.c.replaced_at.is_(None),
    suggestions.c.status != SuggestionStatus.WITHDRAWN,
    suggestions.c.participant.not_in(RESTRICTED),
)
#: The receipts of suggestions that the moderation log may name.
SUBJECTS: Final = select(suggestions.c.receipt).where(*_COUNTED)

_tag: Final = func.coalesce(tags.c.tag, "")
_tagged: Final = suggestions.outerjoin(tags, tags.c.receipt == suggestions.c.receipt)
_replied: Final = select(replies.c.receipt).distinct().subquery()

_TOTAL: Final = select(func.count(suggestions.c.participant.distinct()), func.count()).where(*_COUNTED)
_ISSUES: Final = (
    select(
        suggestions.c.clause,
        _tag,
        func.count(suggestions.c.participant.distinct()),
        func.count(),
        func.count(_replied.c.receipt),
    )
    .select_from(_tagged.outerjoin(_replied, _replied.c.receipt == suggestions.c.receipt))
    .where(*_COUNTED)
    .group_by(suggestions.c.clause, _tag)
)
_REPLIES: Final = (
    select(
        suggestions.c.clause,
        _tag,
        replies.c.text,
        func.count(suggestions.c.receipt.distinct()),
        func.max(replies.c.at, type_=replies.c.at.type),
    )
    .select_from(_tagged.join(replies, replies.c.receipt == suggestions.c.receipt))
    .where(*_COUNTED)
    .group_by(suggestions.c.clause, _tag, replies.c.text)
    .order_by(func.min(replies.c.at), replies.c.text)
)


class _Count(Struct, frozen=True):
    people: int
    total: int


class PetitionQueries(Struct, frozen=True):
    """The queries, one of which leaves texts out that the staff keep from view."""

    samples: Select[*tuple[Any, ...]]

    async def read(self, rows: Rows) -> Petitions:
        """Everything there is of suggestions."""
        [count] = await rows(_Count, _TOTAL)
        return Petitions(
            people=count.people,
            total=count.total,
            issues=await rows(Issue, _ISSUES),
            samples=await rows(Petition, self.samples),
            replies=await rows(Replied, _REPLIES),
        )


def petitions(unseen: Select[*tuple[Any, ...]]) -> PetitionQueries:
    """The queries; a suggestion whose receipt is among `unseen` counts and is no sample."""
    named = func.coalesce(suggestions.c.organisation, "")
    texts = (
        select(
            suggestions.c.receipt,
            suggestions.c.clause,
            _tag.label("tag"),
            suggestions.c.at,
            suggestions.c.text,
            case((suggestions.c.name_shown.is_(True), named), else_="").label("organisation"),
        )
        .select_from(_tagged)
        .where(*_COUNTED, suggestions.c.text != "", suggestions.c.receipt.not_in(unseen))
    )
    parts = (suggestions.c.clause, _tag, func.coalesce(suggestions.c.group, ""))
    return PetitionQueries(evenly_spaced(texts, parts, (suggestions.c.at, suggestions.c.receipt)))
