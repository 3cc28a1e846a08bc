"""The seal: what is shown is what a second person approved, to the letter.

    content/approvals/reviewers.yaml    whose signatures count
    content/approvals/*.yaml            signed records: who approved what, when, and three answers

A record names the fingerprint of each unit; an edit changes the fingerprint and so breaks the seal.
One rule: nobody approves what they wrote.
"""

import io
import os
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated, Any, Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from bot.errors import Fault, SettingsError
from bot.library.model import Seal
from bot.library.sayings import Saying
from bot.library.versions import DIGITS, fingerprint
from bot.library.yaml_source import KEY, Source, read

FOLDER: Final = "approvals"
REVIEWERS: Final = "reviewers.yaml"

_HEAD: Final = "# Written when somebody approved it. A change in it voids it.\n"

#: The review questions of WORDING.md 1.1 L3, by what an approval answers to each.
QUESTIONS: Final = ("fair_to_an_opponent", "matches_the_source", "harmless_to_refuse")


class Reviewer(BaseModel):
    """Whose signature counts: an Ed25519 public key (base64). `example` marks one that is no office's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    example: bool = False


class Approval(BaseModel):
    """A signed record. `sealed` has the fingerprint of each approved unit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    author: Annotated[str, Field(min_length=1)]
    reviewer: Annotated[str, Field(min_length=1)]
    at: datetime
    edition: str
    answers: dict[str, str]
    sealed: dict[str, str]
    signature: str = ""

    def signed(self) -> bytes:
        """The bytes under the signature: everything else, in one order."""
        return msgspec.json.encode(self.model_dump(mode="json", exclude={"signature"}), order="sorted")

    def sign(self, key: Ed25519PrivateKey) -> "Approval":
        """The record with its signature."""
        signature = b64encode(key.sign(self.signed())).decode()
        return self.model_copy(update={"signature": signature})

    def is_signed_by(self, reviewer: Reviewer) -> bool:
        """Whether the signature is this reviewer's and nothing was changed after it."""
        try:
            public = Ed25519PublicKey.from_public_bytes(b64decode(reviewer.key, validate=True))
            public.verify(b64decode(self.signature, validate=True), self.signed())
        except (InvalidSignature, Base64Error, ValueError):
            return False
        return True


APPROVAL: Final = TypeAdapter(Approval)
REVIEWERS_FILE: Final = TypeAdapter(dict[str, Reviewer])


def fingerprints(said: Iterable[Saying]) -> dict[str, str]:
    """The fingerprint of each unit: of all that is shown of it."""
    shown: defaultdict[str, list[object]] = defaultdict(list)
    for saying in said:
        if saying.shown not in shown[saying.unit]:
            shown[saying.unit].append(saying.shown)
    return {unit: fingerprint(parts[0] if len(parts) == 1 else parts) for unit, parts in shown.items()}


def read_approvals(folder: Path, faults: list[Fault]) -> tuple[list[Approval], dict[str, Reviewer]]:
    """The records that hold, oldest first, and the reviewers; one that does not hold is a fault."""
    if not folder.exists():
        return [], {}
    reviewers = read(folder / REVIEWERS, REVIEWERS_FILE, faults).value or {}
    held: list[Approval] = []
    for path in sorted(folder.glob("*.yaml")):
        if path.name == REVIEWERS:
            continue
        source: Source[Approval] = read(path, APPROVAL, faults)
        if record := source.value:
            if fault := _fault(record, reviewers):
                source.fault(*fault)
            else:
                held.append(record)
    return sorted(held, key=lambda record: record.at), reviewers


def _fault(record: Approval, reviewers: Mapping[str, Reviewer]) -> tuple[tuple[str, ...], str] | None:
    if record.reviewer == record.author:
        return ("reviewer",), f"{record.reviewer} cannot approve what {record.reviewer} wrote"
    if set(record.answers) != set(QUESTIONS):
        return ("answers", KEY), f"answers: must answer {', '.join(QUESTIONS)}"
    if record.reviewer not in reviewers:
        return ("reviewer",), f"{record.reviewer} is not in {REVIEWERS}"
    if not record.is_signed_by(reviewers[record.reviewer]):
        message = f"the record is not what {record.reviewer} signed; it was changed, or signed by another"
        return ("signature",), message
    return None


def sealed(folder: Path, said: list[Saying], edition: str, faults: list[Fault]) -> Seal:
    """What the approvals in the content folder say of these sayings; a broken seal is a fault."""
    records, reviewers = read_approvals(folder / FOLDER, faults)
    first = {saying.unit: saying for saying in reversed(said)}
    readers: dict[str, int] = {}
    example = False
    for unit, shown in fingerprints(said).items():
        by = {record.reviewer for record in records if record.sealed.get(unit) == shown}
        if not by:
            first[unit].source.fault(first[unit].lines[0], _unsealed(unit, records))
        readers[shown[:DIGITS]] = len(by)
        example |= all(reviewers[name].example for name in by)
    return Seal(edition=edition, readers=readers, example=example)


def with_reviewer(
    known: Mapping[str, Reviewer], name: str, key: Ed25519PrivateKey, *, example: bool = False
) -> dict[str, Reviewer]:
    """The reviewers with this one among them. Raises SettingsError when the name has another key."""
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    reviewer = Reviewer(key=b64encode(raw).decode(), example=example)
    if known.get(name, reviewer) != reviewer:
        raise SettingsError(f"{name} has another key in {REVIEWERS}: use that one, or another name.")
    return {**known, name: reviewer}


def record_files(record: Approval, reviewers: Mapping[str, Reviewer], name: str) -> dict[str, str]:
    """What a signed record adds to a content folder: each file, from the folder, and its text.

    The reviewers come first: a record that nobody vouches for would be a fault.
    """
    people = {reviewer: person.model_dump() for reviewer, person in sorted(reviewers.items())}
    return {
        f"{FOLDER}/{REVIEWERS}": _as_yaml(people),
        f"{FOLDER}/{name}": _as_yaml(record.model_dump(mode="json")),
    }


def _as_yaml(content: dict[str, Any]) -> str:
    from ruamel.yaml import YAML  # noqa: PLC0415 - only who approves writes; every start reads

    yaml = YAML()
    yaml.width = 200
    text = io.StringIO()
    yaml.dump(content, text)
    return _HEAD + text.getvalue()


def place(folder: Path, files: Mapping[str, str]) -> None:
    """Put these files into a content folder, whole or not at all, the last one last.

    Everything is written aside first, so that a full disk or a folder that may not be written is an
    OSError before anything changed. What then goes wrong between two of them leaves the later ones as
    they were: the order decides what a half of it means.
    """
    aside: list[tuple[Path, Path]] = []
    try:
        for name, text in files.items():
            file = folder / name
            file.parent.mkdir(exist_ok=True)
            mode = file.stat().st_mode & 0o777 if file.exists() else 0o644
            with NamedTemporaryFile("wb", dir=file.parent, prefix=f".{file.name}.", delete=False) as written:
                aside.append((Path(written.name), file))
                written.write(text.encode())
                written.flush()
                os.fsync(written.fileno())
            aside[-1][0].chmod(mode)
        for written_file, file in aside:
            written_file.replace(file)
    finally:
        for written_file, _ in aside:
            written_file.unlink(missing_ok=True)


def _unsealed(unit: str, records: list[Approval]) -> str:
    before = [record for record in records if unit in record.sealed]
    ask = "a reviewer who did not write it approves it with: python -m bot approve"
    if not before:
        return f"{unit}: nobody has approved it; {ask}"
    last = before[-1]
    return f"{unit}: was changed after {last.reviewer} approved it on {last.at:%Y-%m-%d}; {ask}"
