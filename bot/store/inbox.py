"""The inbox of the secretariat: suggestions as its staff look for them, and the tags they give them.

One rule: what was withdrawn or erased is not here, and what its person asked to be kept and not used is
counted and not shown.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import Column, ColumnElement, bindparam, delete, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogue import Suggestion, SuggestionStatus
from bot.store.counts import SENT
from bot.store.database import Database
from bot.store.exports import RESTRICTED
from bot.store.office import tags
from bot.store.replying import UNRESTRICTED, standing
from bot.store.schema import suggestions
from bot.store.statements import insert_new, padded

#: Suggestions are counted up to here: beyond it the number would cost more than it tells.
COUNTED: Final = 10_000


class Wanted(Struct, frozen=True, kw_only=True):
    """What somebody looks for; None is anything.

    `clause` "" is about no clause in particular, `group` "" said by people who told no group. `words`
    stands in the text or the receipt, letter for letter but for upper and lower case.
    """

    status: SuggestionStatus | None = None
    clause: str | None = None
    group: str | None = None
    channel: str | None = None
    tag: str | None = None
    tell: bool | None = None
    words: str = ""


class Tag(Struct, frozen=True, kw_only=True):
    """What a suggestion is about, in the words of `author`."""

    tag: str
    author: str
    at: datetime


class Sheet(Struct, frozen=True, kw_only=True):
    """One page of the inbox, newest first.

    `tags` are those of each receipt. `total` counts everything wanted, up to COUNTED; `more` says that
    there are older ones; `restricted` counts those of people who asked that nothing be done with them.
    """

    suggestions: list[Suggestion]
    tags: Mapping[str, Sequence[str]]
    total: int
    more: bool
    restricted: int


_SHOWN: Final = (*SENT, UNRESTRICTED)
_SUGGESTION: Final = tuple(suggestions.c[name] for name in Suggestion.__struct_fields__)
_PLACE: Final = tuple_(suggestions.c.at, suggestions.c.id)

_LISTED: Final = (
    select(*_SUGGESTION)
    .where(*_SHOWN)
    .order_by(suggestions.c.at.desc(), suggestions.c.id.desc())
    .limit(bindparam("limit"))
)
_AFTER: Final = select(suggestions.c.at, suggestions.c.id).where(
    suggestions.c.receipt == bindparam("receipt"), suggestions.c.replaced_at.is_(None)
)
_OLDER: Final = (
    tuple_(bindparam("at", type_=suggestions.c.at.type), bindparam("id", type_=suggestions.c.id.type))
    > _PLACE
)
_RESTRICTED: Final = (
    select(func.count()).select_from(suggestions).where(*SENT, suggestions.c.participant.in_(RESTRICTED))
)

_CURRENT: Final = select(*_SUGGESTION, suggestions.c.participant).where(
    *_SHOWN, suggestions.c.receipt == bindparam("receipt")
)
_EARLIER: Final = (
    select(*_SUGGESTION)
    .where(
        suggestions.c.receipt == bindparam("receipt"),
        suggestions.c.participant == bindparam("person"),
        suggestions.c.replaced_at.is_not(None),
        suggestions.c.status != SuggestionStatus.WITHDRAWN,
    )
    .order_by(suggestions.c.at.desc(), suggestions.c.id.desc())
)

_TAGS: Final = (
    select(tags.c.tag, tags.c.author, tags.c.at)
    .where(tags.c.receipt == bindparam("receipt"))
    .order_by(tags.c.tag)
)
_TAGS_OF: Final = (
    select(tags.c.receipt, tags.c.tag)
    .where(tags.c.receipt.in_(bindparam("receipts", expanding=True)))
    .order_by(tags.c.tag)
)
_KNOWN: Final = (
    select(tags.c.tag)
    .group_by(tags.c.tag)
    .order_by(func.count().desc(), tags.c.tag)
    .limit(bindparam("limit"))
)
_TAG: Final = insert_new(tags)
_UNTAG: Final = delete(tags).where(tags.c.receipt == bindparam("of"), tags.c.tag == bindparam("word"))


class Inbox:
    """Suggestions, as the staff see them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, wanted: Wanted, after: str, limit: int) -> Sheet:
        """At most `limit` suggestions older than the one with the receipt `after`, "" for the newest.

        One whose suggestion is not there any more is no place to go on from: the newest come again.
        """
        which = _conditions(wanted)
        counted = select(suggestions.c.id).where(*_SHOWN, *which).limit(COUNTED).subquery()
        async with self._database.reading() as connection:
            listed, place = _LISTED.where(*which), {}
            found = (await connection.execute(_AFTER, {"receipt": after})).first() if after else None
            if found:
                listed, place = listed.where(_OLDER), {"at": found.at, "id": found.id}
            rows = (await connection.execute(listed, {"limit": limit + 1, **place})).all()
            shown = [Suggestion(**row._mapping) for row in rows[:limit]]
            total = len(rows)
            if place or total > limit:
                total = await connection.scalar(select(func.count()).select_from(counted)) or 0
            return Sheet(
                suggestions=shown,
                tags=await _tags_of(connection, [suggestion.receipt for suggestion in shown]),
                total=total,
                more=len(rows) > limit,
                restricted=await connection.scalar(_RESTRICTED) or 0,
            )

    async def versions(self, receipt: str) -> list[Suggestion]:
        """The suggestion with this receipt and what it was before, newest first; [] when there is none."""
        async with self._database.reading() as connection:
            current = (await connection.execute(_CURRENT, {"receipt": receipt})).first()
            if current is None:
                return []
            whose = {"receipt": receipt, "person": current.participant}
            earlier = await connection.execute(_EARLIER, whose)
            fields = {name: current._mapping[name] for name in Suggestion.__struct_fields__}
            return [Suggestion(**fields), *(Suggestion(**row._mapping) for row in earlier)]

    async def tags(self, receipt: str) -> list[Tag]:
        """The tags of a suggestion, in the order of their words."""
        async with self._database.reading() as connection:
            return [Tag(**row._mapping) for row in await connection.execute(_TAGS, {"receipt": receipt})]

    async def known_tags(self, limit: int) -> list[str]:
        """The tags in use, most used first."""
        async with self._database.reading() as connection:
            return list((await connection.execute(_KNOWN, {"limit": limit})).scalars())

    async def tag(self, receipt: str, tag: Tag) -> bool:
        """Tag a suggestion; one that has the tag keeps who gave it. Whether there is such a suggestion."""
        async with self._database.writing() as connection:
            if await standing(connection, receipt) is None:
                return False
            await connection.execute(_TAG[connection.dialect.name], [{"receipt": receipt, **asdict(tag)}])
        return True

    async def untag(self, receipt: str, tag: str) -> bool:
        """Take a tag from a suggestion; whether it had it."""
        async with self._database.writing() as connection:
            return bool((await connection.execute(_UNTAG, {"of": receipt, "word": tag})).rowcount)


async def _tags_of(connection: AsyncConnection, receipts: Collection[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for receipt, tag in await connection.execute(_TAGS_OF, {"receipts": padded(receipts)}):
        found.setdefault(receipt, []).append(tag)
    return found


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    """What a suggestion must be like."""
    same: dict[Any, object] = {
        suggestions.c.status: wanted.status,
        suggestions.c.clause: wanted.clause,
        suggestions.c.channel: wanted.channel,
        suggestions.c.tell: wanted.tell,
        func.coalesce(suggestions.c.group, ""): wanted.group,
    }
    which: list[ColumnElement[bool]] = [
        column == value for column, value in same.items() if value is not None
    ]
    if wanted.tag is not None:
        which.append(suggestions.c.receipt.in_(select(tags.c.receipt).where(tags.c.tag == wanted.tag)))
    if wanted.words:
        which.append(
            or_(*(_holds(column, wanted.words) for column in (suggestions.c.text, suggestions.c.receipt)))
        )
    return which


_ESCAPE: Final = "\\"
#: What LIKE reads as more than itself; the escape first, or it would escape itself again.
_SIGNS: Final = (_ESCAPE, "%", "_")


def _holds(column: Column[str], words: str) -> ColumnElement[bool]:
    """Whether the text of a column has these words in it, whatever signs they are made of."""
    for sign in _SIGNS:
        words = words.replace(sign, _ESCAPE + sign)
    # Thai has one case, and making a million texts lower takes as long as reading them.
    like = column.like if words.lower() == words.upper() else column.ilike
    return like(f"%{words}%", escape=_ESCAPE)
