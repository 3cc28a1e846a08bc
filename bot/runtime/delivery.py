"""The outbox: what was said, brought to the people it was said to.

One rule: no letter is dropped. It is sent, or it may have been shown and is not repeated, or the
person is gone, or it is parked where an operator sees it.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.errors import StoreError
from bot.runtime.channel import Channel, Delivered, Fate, Parcel
from bot.runtime.clock import Clock
from bot.runtime.identity import Identity
from bot.runtime.leases import Worker, backoff
from bot.runtime.sealing import SealError
from bot.store import Leased, LetterState, Outbox, SealedAddress, Settlement, Terms

#: Letters of a channel on their way at one moment, each of another person.
AT_ONCE: Final = 32

#: A letter is parked when it is so old that its question has gone by, and was tried at least so often. Either
#: alone would cost letters: a platform may ask a hundred times for patience within an hour, and a process
#: may start after a day, or with a clock that is a year ahead.
OLD: Final = timedelta(hours=24)
TRIES: Final = 8

#: Seconds a letter is leased for, and the shorter time after which an attempt is given up: whoever waits
#: for a letter that a dead process has in its hands waits no longer than that.
_LEASE: Final = 60.0
_ATTEMPT: Final = 50.0
#: Leases in doubt that are remembered: about as many as can be asked for in a minute, after which they end.
_REMEMBERED: Final = 64
#: Seconds before the second attempt, and the most between two.
_FIRST_RETRY: Final = 2.0
_LAST_RETRY: Final = 600.0

_STATES: Final = {
    Fate.SENT: LetterState.SENT,
    Fate.UNKNOWN: LetterState.UNKNOWN,
    Fate.GONE: LetterState.GONE,
    Fate.REFUSED: LetterState.PARKED,
}

#: A worker that sends.
Sender = Worker[Leased, Settlement]

_log = structlog.get_logger("delivery")


class Senders:
    """The workers that send, by channel: one whose platform is silent holds no other's letters up."""

    def __init__(self, senders: Mapping[str, Sender]) -> None:
        self._senders = senders

    def wake(self, channels: Iterable[str] | None = None) -> None:
        """There are letters to send through these channels; None for any."""
        for name in self._senders if channels is None else channels:
            self._senders[name].wake()

    def close(self) -> None:
        """Begin what is due now, and no more; `run` returns once everything leased is settled."""
        for sender in self._senders.values():
            sender.close()

    async def run(self) -> None:
        """Work until `close`."""
        async with asyncio.TaskGroup() as group:
            for name, sender in self._senders.items():
                group.create_task(sender.run(), name=f"delivery through {name}")


class Delivery:
    """The `Work` of sending a channel's letters; `channel` is None where it is not configured."""

    def __init__(
        self, *, outbox: Outbox, name: str, channel: Channel | None, identity: Identity, clock: Clock
    ) -> None:
        self._outbox = outbox
        self._name = name
        self._channel = channel
        self._unsure: deque[datetime] = deque(maxlen=_REMEMBERED)
        self._identity = identity
        self._clock = clock

    async def turn_over(
        self, done: list[Settlement], now: datetime, limit: int
    ) -> tuple[list[Leased], datetime | None]:
        """Write down what became of letters, and take those that are due, one a person."""
        replies_for = self._channel.replies_for if self._channel else None
        push_before = now - replies_for if replies_for is not None else None
        terms = Terms(self._name, limit, _LEASE, push_before, tuple(self._unsure))
        try:
            leased = await self._outbox.turn_over(done, now, terms)
        except StoreError:
            self._unsure.append(now + timedelta(seconds=_LEASE))
            raise
        self._unsure.clear()
        return leased

    async def perform(self, job: Leased) -> Settlement:
        """Send a letter and say what became of it."""
        delivered = await self._send(job)
        settlement = self._settlement(job, delivered)
        if settlement.state is not LetterState.SENT and delivered.detail:
            _log.warning(
                "a letter was not sent",
                reference=job.id,
                channel=job.channel,
                attempt=job.attempt,
                fate=settlement.state.value,
                detail=delivered.detail,
            )
        return settlement

    async def _send(self, job: Leased) -> Delivered:
        if self._channel is None:
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
                return await self._channel.deliver(parcel)
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
            if job.attempt >= TRIES and now - job.created_at >= OLD:
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
