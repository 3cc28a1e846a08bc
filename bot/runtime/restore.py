"""Restoring: a backup becomes a database that may serve.

One rule: whoever was erased, by any ledger that can be had, is erased again before there is a database
that serves; until then it has no schema revision (bot/store/copies.py), and a file has another name.
"""

import asyncio
import os
import shutil
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

from msgspec import Struct

from bot.errors import SettingsError, StoreError
from bot.runtime.backup import (
    CONTENT,
    KEYS,
    LEDGER,
    Ledger,
    Manifest,
    Tell,
    read_ledger,
    read_manifest,
    require_unchanged,
)
from bot.runtime.clock import Clock
from bot.runtime.identity import Identity
from bot.runtime.trail import OPERATOR, Trail
from bot.store import (
    Restored,
    Store,
    WrappedKey,
    discard,
    read_keys,
    require_free,
    require_sound,
    sqlite_file,
    take_up,
)


class Sources(Struct, frozen=True, kw_only=True):
    """Where everything comes from: the folder of the backup, the folder of its keys (the same when None),
    more ledgers of erasures, and the URL of the present database, which may know of newer erasures."""

    folder: Path
    keys: Path | None
    ledgers: Sequence[Path]
    present: str


class Outcome(Struct, frozen=True, kw_only=True):
    """What was restored: the backup's manifest, what became of it, how many keys were brought, and the
    number of the first deed of its audit log that is not as it was noted (None when all are)."""

    manifest: Manifest
    restored: Restored
    keys: int
    fault: int | None


class Restoring:
    """Restores with the keys of this installation; `key` is IDENTITY_KEY's bytes."""

    def __init__(self, key: bytes, identity: Identity, clock: Clock, tell: Tell) -> None:
        self._key = key
        self._identity = identity
        self._clock = clock
        self._tell = tell

    async def restore(self, sources: Sources, to: str) -> Outcome:
        """Restore a backup into the database of the URL `to`: a new file of SQLite, or PostgreSQL with the
        dump in it.

        Raises SettingsError when a file is missing, a key does not fit or the target is taken, StoreError
        when something is damaged or was changed. Then nothing is left that serves.
        """
        manifest = await asyncio.to_thread(read_manifest, sources.folder, self._key)
        target = sqlite_file(to)
        if (manifest.database == "sqlite") != (target is not None):
            raise SettingsError(f"This is a backup of {manifest.database}; restore it into one with --to.")
        try:
            keys = self._keys(sources, manifest)
            erasures = await self._erasures(sources, manifest, to)
            if target is None:
                return await self._take_up(to, sources, manifest, keys, erasures)
            return await self._into_file(target, sources, manifest, keys, erasures)
        except OSError as error:
            raise SettingsError(f"{error.filename or to} cannot be used: {error.strerror}.") from None

    def _keys(self, sources: Sources, manifest: Manifest) -> list[WrappedKey]:
        """The data keys, all of which open; none when they were not kept."""
        file = (sources.keys or sources.folder) / KEYS
        if not file.exists() and sources.keys is None:
            self._tell(f"There is no {KEYS} beside the backup; where they are is said with --keys.")
            return []
        require_unchanged(file, manifest)
        keys = read_keys(file)
        if unknown := sum(key.master not in self._identity.masters.ids for key in keys):
            raise SettingsError(
                f"{unknown} of the {len(keys)} data keys are under a master key that is not set. Nothing was"
                " restored. Set MASTER_KEY_OLD to the key that was in use when the backup was made."
            )
        return keys

    async def _erasures(self, sources: Sources, manifest: Manifest, to: str) -> Ledger:
        """Every line of every ledger; of one person's the newest stands."""
        require_unchanged(sources.folder / LEDGER, manifest)
        ledgers = [read_ledger(file) for file in (sources.folder / LEDGER, *sources.ledgers)]
        if present := await self._present(sources.present, to):
            ledgers.append(present)
        merged: Ledger = {}
        for ledger in ledgers:
            merged |= {mark: at for mark, at in ledger.items() if mark not in merged or merged[mark] < at}
        return merged

    async def _present(self, url: str, to: str) -> Ledger | None:
        """The ledger of the present database; None, and told, when it cannot be had."""
        file = sqlite_file(url)
        if url != to and (file is None or file.exists()):
            try:
                store = await Store.open(url)
                try:
                    await store.check()
                    ledger = await store.erasures.ledger()
                finally:
                    await store.close()
            except (SettingsError, StoreError) as error:
                self._tell(f"The present database cannot be asked: {error}")
            else:
                self._tell(f"The present database knows of {len(ledger)} erasures.")
                return ledger
        self._tell(
            "Nobody erased since the backup is known from the present database (DATABASE_URL). If there is a"
            f" newer {LEDGER}, of a later backup, give it with --ledger."
        )
        return None

    async def _into_file(
        self, target: Path, sources: Sources, manifest: Manifest, keys: list[WrappedKey], erasures: Ledger
    ) -> Outcome:
        """Everything is done in a file aside, which takes the target's name at the very end."""
        require_free(target)
        aside = target.with_name(f".{target.name}.part")
        try:
            discard(aside)
            aside.touch(mode=0o600)
            await asyncio.to_thread(shutil.copyfile, sources.folder / CONTENT, aside)
            await asyncio.to_thread(require_unchanged, aside, manifest, CONTENT)
            await asyncio.to_thread(require_sound, aside)
            self._tell("The copy is as it was made, and whole.")
            outcome = await self._take_up(f"sqlite:///{aside}", sources, manifest, keys, erasures)
            with aside.open("rb") as written:
                os.fsync(written.fileno())
            aside.replace(target)
        finally:
            discard(aside)
        return outcome

    async def _take_up(
        self, url: str, sources: Sources, manifest: Manifest, keys: list[WrappedKey], erasures: Ledger
    ) -> Outcome:
        restored = await take_up(url, manifest.schema, keys, erasures, self._identity.mark)
        self._tell(f"{restored.erased} people who were erased since are erased again.")
        store = await Store.open(url)
        try:
            trail = Trail(store.audit, self._key, self._clock)
            async with aclosing(store.audit.read()) as deeds:
                fault = await trail.first_fault(deeds, manifest.head)
            await trail.note(
                OPERATOR,
                "restore",
                sources.folder.name,
                backup=manifest.at.isoformat(),
                erased=restored.erased,
                unreachable=restored.keyless,
            )
        finally:
            await store.close()
        return Outcome(manifest=manifest, restored=restored, keys=len(keys), fault=fault)
