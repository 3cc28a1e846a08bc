"""Content that is being edited, until it is approved and lies in its file.

One rule: a wording changes only from what its changer last saw, so that of two at once one does nothing.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import bindparam, insert, select, update

from bot.store.database import Database, lock
from bot.store.office import wordings


class WordingState(StrEnum):
    """How far a wording is. A returned one is its author's again; the last two change no more."""

    WRITING = "writing"
    SENT = "sent"
    RETURNED = "returned"
    APPROVED = "approved"
    GIVEN_UP = "given_up"


#: Those that somebody still has to do something about.
OPEN: Final = (WordingState.WRITING, WordingState.SENT, WordingState.RETURNED)


class Wording(Struct, frozen=True, kw_only=True):
    """One content file as it would be.

    `file` is named from the content folder, `base` is the SHA-256 of the file that was edited, `content`
    its new text. `reviewer` is the name of who returned, signed or approved it, with their `note`.
    """

    id: str
    file: str
    base: str
    content: str
    state: WordingState
    author: str
    created_at: datetime
    changed_at: datetime
    reviewer: str | None = None
    note: str | None = None


_ROW: Final = select(*(wordings.c[name] for name in Wording.__struct_fields__))
_ONE: Final = _ROW.where(wordings.c.id == bindparam("wording"))
_OPEN: Final = (
    _ROW.where(wordings.c.state.in_([state.value for state in OPEN]))
    .order_by(wordings.c.changed_at.desc(), wordings.c.id)
    .limit(bindparam("most"))
)
_BEGUN: Final = (
    _ROW.where(
        wordings.c.file == bindparam("of_file"),
        wordings.c.author == bindparam("by"),
        wordings.c.state.in_([state.value for state in OPEN]),
    )
    .order_by(wordings.c.changed_at.desc(), wordings.c.id)
    .limit(1)
)
_BEGIN: Final = insert(wordings)
_CHANGE: Final = (
    update(wordings)
    .where(
        wordings.c.id == bindparam("wording"),
        wordings.c.state == bindparam("was"),
        wordings.c.content == bindparam("seen", type_=wordings.c.content.type),
    )
    .values(
        {
            name: bindparam(f"new_{name}", type_=wordings.c[name].type)
            for name in ("base", "content", "state", "changed_at", "reviewer", "note")
        }
    )
)


class Wordings:
    """The wordings of a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, wording: str) -> Wording | None:
        """The wording with this id."""
        async with self._database.reading() as connection:
            row = (await connection.execute(_ONE, {"wording": wording})).one_or_none()
        return _wording(row) if row else None

    async def open(self, most: int = 50) -> list[Wording]:
        """Those that somebody still has to do something about, the newest first."""
        async with self._database.reading() as connection:
            return [_wording(row) for row in await connection.execute(_OPEN, {"most": most})]

    async def begin(self, wording: Wording) -> Wording:
        """Keep a new wording; the open one that this author has of this file, where there is one."""
        async with self._database.writing() as connection:
            await lock(connection, [f"wording {wording.author} {wording.file}"])
            named = {"of_file": wording.file, "by": wording.author}
            if begun := (await connection.execute(_BEGUN, named)).one_or_none():
                return _wording(begun)
            await connection.execute(_BEGIN, asdict(wording) | {"state": wording.state.value})
        return wording

    async def change(
        self, was: Wording, becomes: Wording, meanwhile: Callable[[], None] | None = None
    ) -> bool:
        """Store a wording that was `was`; False when it is not so any more.

        `meanwhile` is done in the transaction, alone in all processes on this database, and off the
        event loop. When it raises, the wording stays as it was.
        """
        new = {
            f"new_{name}": getattr(becomes, name)
            for name in ("base", "content", "changed_at", "reviewer", "note")
        }
        asked = {"wording": was.id, "was": was.state.value, "seen": was.content} | new
        async with self._database.writing() as connection:
            await lock(connection, ["the content folder"])
            done = await connection.execute(_CHANGE, asked | {"new_state": becomes.state.value})
            if done.rowcount and meanwhile:
                await asyncio.to_thread(meanwhile)
        return bool(done.rowcount)


def _wording(row: Any) -> Wording:
    told = dict(row._mapping)
    return Wording(**told | {"state": WordingState(told["state"])})
