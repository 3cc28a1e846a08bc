"""A backup: the content, and apart from it the keys and the ledger of erasures, as of one moment.

One rule: the manifest is written last and says the SHA-256 of everything else under our own key, so that a
folder without one is no backup, and one that was changed since is refused.
"""

import asyncio
import hmac
import os
from collections.abc import Callable
from datetime import datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import asdict, replace

from bot.errors import SettingsError, StoreError
from bot.runtime.clock import Clock
from bot.runtime.sealing import derive
from bot.store import Snapshot, copy_content, snapshot, sqlite_file, write_keys

#: The files of a backup. KEYS may lie in a folder of its own; PostgreSQL has no CONTENT.
CONTENT: Final = "content.db"
KEYS: Final = "keys.db"
LEDGER: Final = "ledger.json"
MANIFEST: Final = "manifest.json"

#: The ledger of erasures in a file: when a person was last erased, by their mark.
Ledger = dict[str, datetime]

#: Tells the operator how far it is, in a sentence.
Tell = Callable[[str], None]


class Manifest(Struct, frozen=True, kw_only=True):
    """What a backup is: when it was made, of what, with what in it.

    `database` is "sqlite" or "postgresql", `schema` its revision. `counts` are those of `Counts` and of
    data keys and erasures. `head` is the link of the newest deed in the audit log, "" for none. `files`
    are their SHA-256 in hexadecimal by name, and `mac` is an HMAC of all the rest.
    """

    at: datetime
    database: str
    schema: str
    counts: dict[str, int]
    head: str
    files: dict[str, str]
    mac: str = ""

    def sealed(self, key: bytes) -> "Manifest":
        """The same with its `mac`; `key` is IDENTITY_KEY's bytes."""
        told = msgspec.json.encode(replace(self, mac=""), order="deterministic")
        return replace(self, mac=hmac.digest(derive(key, b"backup manifest"), told, sha256).hex())


async def backup(url: str, folder: Path, keys: Path, key: bytes, clock: Clock, tell: Tell) -> Manifest:
    """Write a backup of the database of `url`, which may be in use, to `folder`, and its keys to `keys`.

    `key` is IDENTITY_KEY's bytes. Of PostgreSQL the content is left to pg_dump. Raises SettingsError when
    a folder holds a backup or cannot be written, StoreError when the database cannot be read.
    """
    try:
        _prepare(folder, keys)
        at = clock.now()
        files = [folder / LEDGER, keys / KEYS]
        if sqlite_file(url):
            tell("Copying the database; the bot may go on serving.")
            seen = await copy_content(url, folder / CONTENT)
            tell("The copy is whole: SQLite's own check found no fault.")
            files.append(folder / CONTENT)
        else:
            seen = await snapshot(url)
        await asyncio.to_thread(write_keys, keys / KEYS, seen.keys)
        _write(folder / LEDGER, msgspec.json.format(msgspec.json.encode(seen.erasures)))
        tell("Reading what was written once more, for the manifest.")
        manifest = Manifest(
            at=at,
            database="sqlite" if sqlite_file(url) else "postgresql",
            schema=seen.schema,
            counts=_counts(seen),
            head=seen.head.link if seen.head else "",
            files={file.name: await asyncio.to_thread(digest, file) for file in files},
        ).sealed(key)
        _write(folder / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
    except OSError as error:
        raise SettingsError(f"The backup cannot be written to {folder}: {error.strerror}.") from None
    return manifest


def read_manifest(folder: Path, key: bytes) -> Manifest:
    """The manifest of a backup.

    Raises SettingsError when there is none, StoreError when it was changed or made with another key.
    """
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except OSError:
        raise SettingsError(f"{folder} holds no backup: there is no {MANIFEST} that can be read.") from None
    except ValueError:
        raise StoreError(f"{MANIFEST} of {folder} is damaged. Nothing was restored.") from None
    if not hmac.compare_digest(manifest.sealed(key).mac.encode(), manifest.mac.encode()):
        raise StoreError(
            f"{MANIFEST} of {folder} was changed, or made with another IDENTITY_KEY. Nothing was restored."
        )
    return manifest


def read_ledger(file: Path) -> Ledger:
    """The lines of a ledger of erasures. Raises SettingsError when the file is none."""
    try:
        ledger = msgspec.json.decode(file.read_bytes(), type=Ledger)
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}.") from None
    except ValueError:
        ledger = None
    if ledger is None or any(at.tzinfo is None for at in ledger.values()):
        raise SettingsError(f"{file} is no ledger of erasures: name the {LEDGER} of a backup.")
    return ledger


def require_unchanged(file: Path, manifest: Manifest, name: str = "") -> None:
    """Raise StoreError when a file is not the one of the manifest, there under `name` if not its own."""
    name = name or file.name
    if digest(file) != manifest.files.get(name):
        raise StoreError(
            f"{name} is not as it was when the backup was made. Nothing was restored; use another backup."
        )


def digest(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal. Raises OSError."""
    with file.open("rb") as content:
        return file_digest(content, sha256).hexdigest()


def _prepare(folder: Path, keys: Path) -> None:
    for one, name in ((folder, MANIFEST), (keys, KEYS)):
        one.mkdir(mode=0o700, parents=True, exist_ok=True)
        if (one / name).exists():
            raise SettingsError(
                f"{one} holds a backup already ({name}). Give each backup a folder of its own."
            )


def _counts(seen: Snapshot) -> dict[str, int]:
    return {**asdict(seen.counts), "keys": len(seen.keys), "erasures": len(seen.erasures)}


def _write(file: Path, content: bytes) -> None:
    """Whole or not at all, for its owner only."""
    aside = file.with_name(f".{file.name}.part")
    aside.touch(mode=0o600)
    with aside.open("wb") as written:
        written.write(content)
        written.flush()
        os.fsync(written.fileno())
    aside.replace(file)
