"""`approve`: a second reader sees what a person will see, answers three questions, and signs it."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from bot import settings
from bot.app import content_folder
from bot.errors import ContentError, Fault, SettingsError
from bot.library import inspect
from bot.library.gate import suspected
from bot.library.rulebook import load_detector
from bot.library.sayings import Saying
from bot.library.seal import (
    FOLDER,
    QUESTIONS,
    Approval,
    fingerprints,
    place,
    read_approvals,
    record_files,
    with_reviewer,
)
from bot.verbs.findings import Format, written

#: The file of the example's record; there is one, made anew each time.
_EXAMPLE: Final = "example.yaml"

_ASKED: Final = {
    "fair_to_an_opponent": "Would someone who opposes it call it fair?",
    "matches_the_source": "Does it say what its source says, and no more?",
    "harmless_to_refuse": "Does nothing happen to someone who refuses?",
}


def approve(units: list[str], author: str, reviewer: str, key: Path | None, *, example: bool) -> bool:
    """Seal what is not approved yet; whether everything asked for is sealed now.

    Raises SettingsError when author and reviewer are the same or there is no key, ContentError when
    the content has a finding that blocks or a record that does not hold.
    """
    if author == reviewer:
        raise SettingsError(f"{author} wrote it and cannot approve it: name another --reviewer.")
    folder = content_folder(settings.load())
    approvals, faults = folder / FOLDER, list[Fault]()
    seen = inspect(folder, faults)
    records, reviewers = read_approvals(approvals, faults)
    faults += [item.fault for item in seen.found if item.blocks]
    if faults:
        raise ContentError(faults)
    key_ = _example_key() if example else _own_key(key)
    known = with_reviewer(reviewers, reviewer, key_, example=example)
    shown = fingerprints(seen.sayings)
    done = {} if example else _approved_by(reviewer, records)
    asked_for = set(units or shown)
    waiting = {unit: mark for unit, mark in shown.items() if unit in asked_for and done.get(unit) != mark}
    if not waiting:
        print("Nothing is waiting for an approval.")
        return True
    detector = load_detector(folder / "wording" / "detector.tsv")
    look = [item for item in seen.found if item.unit in waiting] + suspected(seen, detector, waiting)
    notes = written(look, seen.rules, Format.TEXT)
    answers = dict.fromkeys(QUESTIONS, "example") if example else _read(seen.sayings, waiting, notes)
    if not answers:
        print("Nothing was sealed.")
        return False
    at = datetime.now(UTC).replace(microsecond=0)
    record = Approval(
        author=author, reviewer=reviewer, at=at, edition=seen.rules.edition, answers=answers, sealed=waiting
    )
    name = _EXAMPLE if example else f"{at:%Y%m%dT%H%M%SZ}.yaml"
    place(folder, record_files(record.sign(key_), known, name))
    print(f"{reviewer} sealed {len(waiting)} of {len(shown)} units.")
    return True


def _example_key() -> Ed25519PrivateKey:
    """A key that everybody has, on purpose: it seals examples, and the bot says that they are."""
    return Ed25519PrivateKey.from_private_bytes(sha256(b"ruamkhit example").digest())


def _own_key(file: Path | None) -> Ed25519PrivateKey:
    """The reviewer's key; made, for its owner's eyes only, where there is none yet."""
    if file is None:
        raise SettingsError("Name the file of the reviewer's own key with --key; a missing one is made.")
    if not file.exists():
        made = Ed25519PrivateKey.generate()
        file.touch(mode=0o600)
        file.write_bytes(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        print(f"A new key lies in {file}; keep it out of the content folder and out of backups of it.")
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsError(f"{file} holds no Ed25519 key in PEM.")
    return key


def _approved_by(reviewer: str, records: list[Approval]) -> dict[str, str]:
    return {unit: shown for r in records if r.reviewer == reviewer for unit, shown in r.sealed.items()}


def _read(said: list[Saying], waiting: Mapping[str, str], notes: str) -> dict[str, str]:
    """Show every unit as a person will see it, what to look at, then ask; {} unless every answer is yes."""
    for saying in said:
        if saying.unit in waiting:
            print(f"\n— {saying.unit}", *saying.said.lines, sep="\n  ")
            print(*(f"  [ {choice.label} ]" for choice in saying.said.choices), sep="\n", end="")
    print()
    print(notes)
    for asked in _ASKED.values():
        print(f"{asked} (yes/no) ", end="", flush=True)
        if sys.stdin.readline().strip().lower() not in ("yes", "y"):
            print("Change the content first, or approve the rest with --unit.")
            return {}
    return dict.fromkeys(QUESTIONS, "yes")
