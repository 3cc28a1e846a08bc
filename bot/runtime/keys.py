"""Envelopes: a data key for each person, wrapped by a master key that is never in the database.

One rule: everything sealed of a person is sealed with their data key, so that deleting one row makes
all of it unreadable, wherever a copy of it lies. A master key wraps data keys and nothing else, so
that changing it re-wraps them and re-encrypts nothing.
"""

import os
from hashlib import sha256
from typing import Final

from msgspec import Struct

from bot.errors import SettingsError
from bot.runtime.sealing import KEY_BYTES, Sealer, SealError, derive
from bot.store import DataKeys, Store, WrappedKey

#: Data keys re-wrapped in one transaction: few, because the bot serves meanwhile.
BATCH: Final = 500

#: Where wrapped keys lie, as part of their additional data.
_TABLE: Final = "data_keys"


class DataKey(Sealer):
    """The data key of one person, open; `wrapped` is how it is stored."""

    def __init__(self, key: bytes, wrapped: WrappedKey) -> None:
        super().__init__(key)
        self.wrapped = wrapped


class MasterKeys:
    """The master key that wraps, and those that still unwrap; each is known by a short id."""

    def __init__(self, current: bytes, *older: bytes) -> None:
        derived = [derive(key, b"master key") for key in (current, *older)]
        #: The id of the master key that wraps.
        self.current = _id(derived[0])
        self._sealers = {_id(key): Sealer(key) for key in derived}

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all of them."""
        return frozenset(self._sealers)

    def make(self, participant: str) -> DataKey:
        """A new random data key of a person."""
        key = os.urandom(KEY_BYTES)
        return DataKey(key, self._wrap(participant, key))

    def open(self, wrapped: WrappedKey) -> DataKey:
        """The data key inside. Raises SealError when no master key here opens it."""
        return DataKey(self._unwrap(wrapped), wrapped)

    def rewrap(self, wrapped: WrappedKey) -> WrappedKey:
        """The same data key under the current master key. Raises SealError."""
        return self._wrap(wrapped.participant, self._unwrap(wrapped))

    def _wrap(self, participant: str, key: bytes) -> WrappedKey:
        sealed = self._sealers[self.current].seal(_TABLE, participant, key)
        return WrappedKey(participant, sealed, self.current)

    def _unwrap(self, wrapped: WrappedKey) -> bytes:
        if wrapped.master not in self._sealers:
            raise SealError("wrapped by a master key that is not set")
        return self._sealers[wrapped.master].unseal(_TABLE, wrapped.participant, wrapped.wrapped)


class Rotated(Struct, frozen=True):
    """How many data keys were re-wrapped, and how many are still under another master key."""

    rewrapped: int
    left: int


async def rotate(data_keys: DataKeys, masters: MasterKeys) -> Rotated:
    """Re-wrap every data key with the current master key, a batch a transaction.

    What is done is done, whenever it is interrupted: a second run finds the rest. Left are keys that
    no master key here opens, and those a process with older settings has wrapped meanwhile.
    """
    rewrapped, after = 0, ""
    while batch := await data_keys.under_others(masters.current, after, BATCH):
        pairs = [(old, masters.rewrap(old)) for old in batch if old.master in masters.ids]
        rewrapped += await data_keys.replace(pairs)
        after = batch[-1].participant
    wraps = await data_keys.masters()
    return Rotated(rewrapped, sum(n for master, n in wraps.items() if master != masters.current))


async def require_masters(store: Store, masters: MasterKeys) -> None:
    """Raises SettingsError when the database holds data keys that none of these opens."""
    wraps = await store.keys.masters()
    if unknown := sum(n for master, n in wraps.items() if master not in masters.ids):
        raise SettingsError(
            f"{unknown} data keys in the database are under a master key that is not set, so their people"
            " cannot be answered. Set MASTER_KEY to the key that was in use, or put it in MASTER_KEY_OLD."
        )


def _id(derived: bytes) -> str:
    """Eight hexadecimal digits: enough to tell a few keys apart, and nothing of the key."""
    return sha256(derived).hexdigest()[:8]
