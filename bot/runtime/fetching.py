"""Files people offered: brought from the platform at once, because LINE deletes them, and checked.

One rule: what becomes of a file is an event like any other, under an id derived from the event that
offered it, so that bringing a file twice changes nothing.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_hex
from typing import Final

import structlog
from msgspec.structs import replace

from bot.dialogue import Event, FileArrived, FileOffered, FileRefused, RefusalReason
from bot.errors import StoreError
from bot.runtime.channel import (
    Channel,
    FileGoneError,
    FileLaterError,
    FileTooLargeError,
    Incoming,
    Submit,
)
from bot.runtime.clock import Clock
from bot.runtime.edge import file_name
from bot.runtime.files import MAX_FILE, sniff
from bot.runtime.identity import Identity
from bot.runtime.leases import backoff
from bot.runtime.sealing import SealError
from bot.store import FetchSettlement, Files, LeasedFetch, Store, StoredFile

#: Files on their way at one moment; each may take MAX_FILE of memory.
AT_ONCE: Final = 4
#: With the waits below, the last attempt begins five to ten minutes after the first.
ATTEMPTS: Final = 8

_FIRST_RETRY: Final = 5.0
_LAST_RETRY: Final = 300.0
#: Seconds a fetch is leased for, and the shorter time after which an attempt is given up: a file that a dead
#: process was bringing is asked for again within a minute (RELIABILITY.md 7, row 4).
_LEASE: Final = 60.0
_ATTEMPT: Final = 45.0

_log = structlog.get_logger("fetching")


class Keeper:
    """Checks, hashes and stores the bytes of files."""

    def __init__(self, files: Files, clock: Clock) -> None:
        self._files = files
        self._clock = clock

    async def keep(
        self, id_: str, participant: str, content: bytes, *, name: str, message: str = ""
    ) -> FileArrived | FileRefused:
        """Store a file under `id_` if it is one we take; the body of the event that tells of it."""
        # Beside the loop: hashing ten megabytes, or listing an archive made to be slow, takes a while.
        kind, digest = await asyncio.to_thread(_look, content)
        if isinstance(kind, RefusalReason):
            return FileRefused(kind, message)
        await self._files.put(
            StoredFile(
                id=id_,
                participant=participant,
                sha256=digest,
                media_type=kind,
                size=len(content),
                content=content,
                created_at=self._clock.now(),
                source=message,
            )
        )
        return FileArrived(
            file=id_,
            sha256=digest,
            media_type=kind,
            size=len(content),
            name=file_name(name),
            message=message,
        )


def _look(content: bytes) -> tuple[str | RefusalReason, str]:
    return sniff(content), sha256(content).hexdigest()


class StoredUploads:
    """The `Uploads` of one channel."""

    def __init__(self, keeper: Keeper, identity: Identity, channel: str) -> None:
        self._keeper = keeper
        self._identity = identity
        self._channel = channel

    async def keep(self, sender: str, content: bytes, name: str) -> FileArrived | FileRefused:
        """Check, hash and store a file; the event body to submit. Raises UnavailableError.

        Each upload is a file of its own: two that are equal may be discarded apart.
        """
        person = self._identity.pseudonym(self._channel, sender)
        return await self._keeper.keep(f"{self._channel}:{token_hex(16)}", person, content, name=name)


@dataclass(frozen=True, kw_only=True)
class Fetching:
    """The `Work` of bringing files; `channels` are those that have any, by name."""

    store: Store
    channels: Mapping[str, Channel]
    identity: Identity
    clock: Clock
    submit: Submit

    async def turn_over(
        self, done: list[FetchSettlement], now: datetime, limit: int
    ) -> tuple[list[LeasedFetch], datetime | None]:
        """Write down what became of fetches, and take files that are due."""
        return await self.store.fetches.turn_over(done, now, limit, _LEASE)

    async def perform(self, job: LeasedFetch) -> FetchSettlement:
        """Bring a file and submit what became of it."""
        try:
            await self._bring(job)
        except (FileLaterError, StoreError, TimeoutError) as error:
            _log.warning(
                "a file did not come", reference=job.id, attempt=job.attempt, error=type(error).__name__
            )
        except SealError:
            _log.error(
                "an address does not open: MASTER_KEY (else IDENTITY_KEY) is not the one it was sealed with"
            )
            return FetchSettlement(id=job.id, attempt=job.attempt)
        except Exception:  # a fault of this program or of the channel's
            _log.exception("a file did not come", reference=job.id, attempt=job.attempt)
        else:
            return FetchSettlement(id=job.id, attempt=job.attempt)
        wait = backoff(job.id, job.attempt, _FIRST_RETRY, _LAST_RETRY)
        return FetchSettlement(
            id=job.id, attempt=job.attempt, retry_at=self.clock.now() + timedelta(seconds=wait)
        )

    async def _bring(self, job: LeasedFetch) -> None:
        """Bring a file and submit what became of it. Raises when it is to be tried again."""
        person = await self.store.people.load(job.participant)
        if person is None or job.address is None:  # erased meanwhile: their file is not to come
            return
        key = self.identity.masters.open(job.address.key)
        incoming = Incoming(
            Event(
                job.id,
                # Of the platform's clock, never ours: whoever acts next must not seem to be late.
                person.acted_at or self.clock.now(),
                job.channel,
                FileOffered(job.ref, job.name, message=job.message),
            ),
            key.unseal("addresses", job.participant, job.address.sealed).decode(),
            key.unseal_text("outbox", offering_event(job.id), job.reply),
        )
        body = await self._fetched(job, incoming)
        await self.submit([replace(incoming, event=replace(incoming.event, body=body))])

    async def _fetched(self, job: LeasedFetch, offered: Incoming) -> FileArrived | FileRefused:
        try:
            channel = self.channels[job.channel]
            if job.attempt == 1:
                await channel.acknowledge(offered)
            async with asyncio.timeout(_ATTEMPT):
                file = await channel.fetch(job.ref, MAX_FILE)
        except FileGoneError:
            return FileRefused(RefusalReason.UNAVAILABLE, job.message)
        except FileTooLargeError:
            return FileRefused(RefusalReason.SIZE, job.message)
        except Exception:
            if job.attempt < ATTEMPTS:
                raise
            return FileRefused(RefusalReason.UNAVAILABLE, job.message)
        keeper = Keeper(self.store.files, self.clock)
        return await keeper.keep(
            job.id, job.participant, file.content, name=file.name or job.name, message=job.message
        )


def offering_event(fetch: str) -> str:
    """The id of the event that offered the file of a fetch."""
    return fetch.rpartition("/")[0]
