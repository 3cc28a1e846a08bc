"""`backup`, `restore`, `audit`: what keeps the data, and what shows how it was kept."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from bot import settings
from bot.errors import SettingsError
from bot.runtime import log
from bot.runtime.backup import KEYS, LEDGER, Manifest, backup
from bot.runtime.clock import SystemClock
from bot.runtime.identity import Identity
from bot.runtime.restore import Outcome, Restoring, Sources
from bot.runtime.trail import OPERATOR, Trail
from bot.settings import Settings
from bot.store import Deed, Store

#: Where the office is.
_THAILAND: Final = ZoneInfo("Asia/Bangkok")

_LINK: Final = re.compile(r"[0-9a-f]{64}")


async def make_backup(folder: Path, keys: Path | None) -> None:
    """Write a backup of the database, and say what it is and where its parts belong.

    Raises SettingsError when a folder is taken or cannot be written, StoreError when the database cannot
    be read.
    """
    log.configure()
    chosen = settings.load()
    store = await Store.open(chosen.database_url)
    try:
        await store.check()
        made = await backup(chosen.database_url, folder, keys or folder, chosen.key(), SystemClock(), print)
        await _trail(store, chosen).note(
            OPERATOR,
            "backup",
            folder.name,
            answers=made.counts["answers"],
            people=made.counts["participants"],
        )
    finally:
        await store.close()
    print(*_told_of(made, folder, keys), sep="\n")


def _told_of(made: Manifest, folder: Path, keys: Path | None) -> Sequence[str]:
    counts = made.counts
    told = [
        f"{folder} holds a backup: {counts['answers']} answers and {counts['suggestions']} suggestions of"
        f" {counts['participants']} people, and {counts['erasures']} lines in the ledger of erasures."
    ]
    if made.database == "postgresql":
        told += [
            "The content of PostgreSQL is not in it. Dump it beside it, without the keys and the revision:",
            "  pg_dump --format=custom --no-owner --exclude-table-data=data_keys"
            ' --exclude-table-data=alembic_version --file=content.dump "$DATABASE_URL"',
            "Best before this verb, so that everybody in the dump has a key here. To restore: pg_restore it"
            " into a new database, then `python -m bot restore` with that database as --to.",
        ]
    told.append(
        f"The {counts['keys']} data keys are in {(keys or folder) / KEYS}. Delete that file after a month at"
        " most: with it and MASTER_KEY the addresses of people erased since can still be opened."
    )
    if keys is None:
        told.append("Better keep it apart from the content: --keys names another folder.")
    told.append(
        f"Keep the newest {LEDGER}: with it, restoring an older backup forgets whom it names. The files of a"
        " backup still hold what they said until they are deleted."
    )
    return told


async def restore(folder: Path, keys: Path | None, ledgers: Sequence[Path], to: str) -> bool:
    """Make a backup a database again, and say what to do with it; whether its audit log has a fault.

    Raises SettingsError or StoreError, and then leaves nothing that serves.
    """
    log.configure()
    chosen = settings.load()
    # Marks in the ledger and master keys are the same for every campaign; only pseudonyms are not.
    identity = Identity(chosen.key(), "", chosen.master_keys())
    restoring = Restoring(chosen.key(), identity, SystemClock(), print)
    sources = Sources(folder=folder, keys=keys, ledgers=ledgers, present=chosen.database_url)
    done = await restoring.restore(sources, to if "://" in to else f"sqlite:///{to}")
    print(*_told_after(done, to), sep="\n")
    return done.fault is not None


def _told_after(done: Outcome, to: str) -> Sequence[str]:
    counts = done.restored.counts
    told = [
        f"Restored as of {_thai(done.manifest.at)}: {counts.answers} answers and {counts.suggestions}"
        f" suggestions of {counts.participants} people."
    ]
    if done.restored.keyless:
        told.append(
            f"{done.restored.keyless} people have no key here: their answers are kept, and nothing can be"
            " sent to them until they write again."
        )
    told.append(
        "If links to people had been cut since (retention), they are back: do not hand this database on. The"
        " bot cuts them again when it starts."
    )
    if done.fault is not None:
        told.append(
            f"The audit log does not hold at row {done.fault}: it was changed there, or is of another moment"
            " than the backup. `python -m bot audit` shows it."
        )
    where = to if "://" not in to else "that database"
    told.append(
        f"To use it: stop the bot, let DATABASE_URL name {where}, run `python -m bot doctor`, start the bot."
    )
    return told


async def audit(*, head: bool, since: str) -> bool:
    """Print the audit log, or its newest link alone; whether it is not as it was noted.

    `since` is a link that was exported before; only what came after it is printed. Raises SettingsError
    when it is none, StoreError when the database cannot be read.
    """
    if since and not _LINK.fullmatch(since):
        raise SettingsError("--since takes a link as --head prints it: 64 hexadecimal digits.")
    chosen = settings.load()
    store = await Store.open(chosen.database_url)
    try:
        await store.check()
        if head:
            newest = await store.audit.head()
            print(newest.link if newest else "")
            return False
        async with aclosing(store.audit.read()) as deeds, aclosing(_printed(deeds, since)) as printed:
            fault = await _trail(store, chosen).first_fault(printed, since)
    finally:
        await store.close()
    if fault is None:
        print("Every row is as it was noted.")
    else:
        print(
            f"Row {fault} is not as it was noted, or is missing: somebody changed the log there, or this is"
            " another database or IDENTITY_KEY. Rows from there on prove nothing."
        )
    return fault is not None


async def _printed(deeds: AsyncIterator[Deed], since: str) -> AsyncGenerator[Deed]:
    """The deeds, each printed as it goes by, from the one after the link `since` on."""
    due = not since
    async for deed in deeds:
        if due and deed.link:
            print(_line(deed))
        due = due or deed.link == since
        yield deed


def _line(deed: Deed) -> str:
    """Number, when, who, what, to what, and the numbers; one line, whatever somebody put into the row."""
    detail = (f"{name}={value}" for name, value in sorted(deed.detail.items()))
    told = "  ".join((str(deed.seq), _thai(deed.at), deed.actor, deed.act, deed.subject, *detail))
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in told)


def _thai(moment: datetime) -> str:
    return f"{moment.astimezone(_THAILAND):%Y-%m-%d %H:%M:%S}"


def _trail(store: Store, chosen: Settings) -> Trail:
    return Trail(store.audit, chosen.key(), SystemClock())
