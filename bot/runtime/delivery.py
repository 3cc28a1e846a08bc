"""The outbox: what was said, brought to the people it was said to.

One rule: no letter is dropped. It is sent, or it may have been shown and is not repeated, or the
person is gone, or it is parked where an operator sees it.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.runtime.channel import Channel, Delivered, Fate, Parcel
from bot.runtime.clock import Clock
from bot.runtime.identity import Identity
from bot.runtime.leases import backoff
from bot.runtime.sealing import SealError
from bot.store import Leased, LetterState, Outbox, SealedAddress, Settlement

#: Letters on their way at one moment, each of another person.
AT_ONCE: Final = 32

#: A letter is parked when it is so old that its question has gone by. Attempts are not counted: a platform
#: that is away for an hour, or asks a hundred times for patience, costs no letter.
OLD: Final = timedelta(hours=24)

#: Seconds a letter is leased for, and the shorter time after which an attempt is given up: whoever waits
#: for a letter that a dead process has in its hands waits no longer than that.
_LEASE: Final = 60.0
_ATTEMPT: Final = 50.0
#: Seconds before the second attempt, and the most between two.
_FIRST_RETRY: Final = 2.0
_LAST_RETRY: Final = 600.0

_STATES: Final = {
    Fate.SENT: LetterState.SENT,
    Fate.UNKNOWN: LetterState.UNKNOWN,
    Fate.GONE: LetterState.GONE,
    Fate.REFUSED: LetterState.PARKED,
}

_log = structlog.get_logger("delivery")


class Delivery:
    """The `Work` of sending letters; `channels` are those that send, by name."""

    def __init__(
        self, *, outbox: Outbox, channels: Mapping[str, Channel], identity: Identity, clock: Clock
    ) -> None:
        self._outbox = outbox
        self._channels = channels
        self._identity = identity
        self._clock = clock

    async def lease(self, now: datetime, limit: int) -> list[Leased]:
        """Letters that are due, one a person."""
        return await self._outbox.lease(now, limit, _LEASE)

    async def perform(self, job: Leased) -> Settlement:
        """Send a letter and say what became of it."""
        delivered = await self._send(job)
        settlement = self._settlement(job, delivered)
        if settlement.state is not LetterState.SENT:
            _log.warning(
                "a letter was not sent",
                reference=job.id,
                channel=job.channel,
                attempt=job.attempt,
                fate=settlement.state.value,
                detail=delivered.detail,
            )
        return settlement

    async def settle(self, done: list[Settlement], now: datetime) -> None:
        """Write down what became of letters."""
        await self._outbox.settle(done, now)

    async def next_due(self, now: datetime) -> datetime | None:
        """When a letter falls due."""
        return await self._outbox.next_due(now)

    async def _send(self, job: Leased) -> Delivered:
        channel = self._channels.get(job.channel)
        if channel is None:
            return Delivered(Fate.RETRY, job.sent, detail=f"the channel {job.channel} is not configured")
        if job.address is None:
            return Delivered(Fate.GONE, job.sent, detail="there is no address any more")
        try:
            parcel = self._parcel(job, job.address)
        except SealError:
            detail = (
                "the address does not open: MASTER_KEY (else IDENTITY_KEY) is not the one it was sealed with"
            )
            return Delivered(Fate.REFUSED, job.sent, detail=detail)
        try:
            async with asyncio.timeout(_ATTEMPT):
                return await channel.deliver(parcel)
        except TimeoutError:
            detail = f"the channel gave no answer for {_ATTEMPT:.0f} seconds"
            return Delivered(Fate.UNKNOWN, job.sent, detail=detail)
        except Exception as error:  # a fault of the channel: repeating would repeat it
            _log.exception("a channel failed", reference=job.id, channel=job.channel)
            return Delivered(
                Fate.REFUSED, job.sent, detail=f"a fault of this program: {type(error).__name__}"
            )

    def _parcel(self, job: Leased, address: SealedAddress) -> Parcel:
        key = self._identity.masters.open(address.key)
        return Parcel(
            id=job.id,
            channel=job.channel,
            address=key.unseal("addresses", job.participant, address.sealed).decode(),
            messages=job.messages,
            reply=key.unseal_text("outbox", job.id, job.reply),
            created_at=job.created_at,
            attempt=job.attempt,
            sent=job.sent,
            via=job.via,
        )

    def _settlement(self, job: Leased, delivered: Delivered) -> Settlement:
        now = self._clock.now()
        state, retry_at = _STATES.get(delivered.fate, LetterState.WAITING), None
        if state is LetterState.WAITING:
            if now - job.created_at >= OLD:
                state = LetterState.PARKED
            else:
                wait = delivered.retry_after
                if wait is None:
                    wait = backoff(job.id, job.attempt, _FIRST_RETRY, _LAST_RETRY)
                retry_at = now + timedelta(seconds=wait)
        return Settlement(
            id=job.id,
            attempt=job.attempt,
            state=state,
            sent=delivered.sent,
            retry_at=retry_at,
            detail=delivered.detail,
            via=delivered.via,
        )
