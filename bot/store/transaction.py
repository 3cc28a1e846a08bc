"""One write transaction: the intake's batch of events from the claim to the last record."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogue import Participant
from bot.store import ledger, people
from bot.store.commits import Commit, write
from bot.store.database import lock
from bot.store.erasure import erase
from bot.store.keys import WrappedKey, keys_of
from bot.store.schema import events, quarantine
from bot.store.statements import insert_new, padded


class NewEvent(Struct, frozen=True):
    """An event to claim. `participant` is None when nobody can tell whose it is. `at` is platform time."""

    id: str
    participant: str | None
    at: datetime


class Quarantined(Struct, frozen=True, kw_only=True):
    """An event that could not be read or answered, sealed for an operator.

    `error` names the kind of fault in English, without any of the content.
    """

    id: str
    channel: str
    participant: str | None
    at: datetime
    error: str
    sealed: bytes


_CLAIM: Final = {name: insert.returning(events.c.id) for name, insert in insert_new(events).items()}
_QUARANTINE: Final = insert_new(quarantine)


class Transaction:
    """Everything the intake asks of the database; nothing is stored until the `async with` has ended."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def claim(self, incoming: Sequence[NewEvent], now: datetime) -> set[str]:
        """The ids no transaction has claimed before; of one that another is claiming now, the outcome."""
        if not incoming:
            return set()
        ordered = sorted(incoming, key=lambda event: event.id)  # so that two processes never deadlock
        rows = [{**asdict(event), "seen_at": now} for event in padded(ordered)]
        claimed = await self._connection.execute(_CLAIM[self._connection.dialect.name], rows)
        return set(claimed.scalars())

    async def participants(self, ids: Collection[str]) -> dict[str, Participant]:
        """The people of these ids that are known; no other transaction changes any of `ids` until this ends.

        Ask once a transaction, for everyone in it: a second call could wait for a process that waits
        for this one.
        """
        await lock(self._connection, ids)
        return await people.load(self._connection, sorted(ids))

    async def keys(self, ids: Collection[str]) -> dict[str, WrappedKey]:
        """The data keys of these people, by person; ask after `participants`, which locks them."""
        return await keys_of(self._connection, sorted(ids))

    async def erased(self, marks: Collection[str]) -> dict[str, datetime]:
        """When those of these marks that were erased were, by the platform's clock, by mark."""
        return await ledger.erased(self._connection, marks)

    async def apply(self, commits: Sequence[Commit]) -> None:
        """Store turns, in the order in which they were taken.

        Everything between two erasures goes in one statement a table.
        """
        run: list[Commit] = []
        for commit in commits:
            if commit.turn.erase is not None:
                await write(self._connection, run)
                person, marked = commit.turn.participant.id, bool(commit.mark)
                await erase(self._connection, person, commit.turn.erase, counted=marked)
                if commit.erases_everything and marked:
                    acted = commit.turn.participant.acted_at
                    await ledger.record(self._connection, {commit.mark: acted or commit.now})
                run = []
            run.append(commit)
        await write(self._connection, run)

    async def quarantine(self, broken: Sequence[Quarantined]) -> None:
        """Keep broken events; one that is kept already stays as it is."""
        if broken:
            await self._connection.execute(
                _QUARANTINE[self._connection.dialect.name], [asdict(event) for event in broken]
            )
