"""A second reader approves a wording: a signature with their own key, and the file in its place with it.

One rule: what is signed is what was seen. Whoever wrote it, another text than was shown, a live file that
changed since, anything that would keep the bot from starting: each refuses, and nothing was changed.
"""

import hmac
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol
from unicodedata import normalize

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct
from msgspec.structs import replace

from bot.errors import ContentError, Fault, RuamkhitError
from bot.library import Library, admit
from bot.library.seal import FOLDER, QUESTIONS, Approval, place, read_approvals, record_files, with_reviewer
from bot.runtime.clock import Clock
from bot.runtime.trail import Trail
from bot.secretariat.wording.folder import Folder, Look, hashed
from bot.store import Store
from bot.store.staff import Account
from bot.store.wordings import Wording, WordingState

YES: Final = "yes"


class RefusedError(RuamkhitError):
    """A wording was not approved. `reason` is a word of ours, `faults` what stands against it."""

    def __init__(self, reason: str, faults: list[Fault] | None = None) -> None:
        self.reason = reason
        self.faults = faults or []
        super().__init__(f"not approved: {reason}")


class Keys(Protocol):
    """Keeps the signing keys of accounts, each readable for its own account only."""

    def seal_key(self, account: str, key: bytes) -> bytes:
        """A signing key as it is kept."""

    def open_key(self, account: str, sealed: bytes) -> bytes:
        """The signing key inside. Raises SealError."""


class Files(Struct, frozen=True):
    """What an approval puts into the content folder, by name, and the units that it seals."""

    files: dict[str, str]
    units: list[str]


class Approving(Struct, frozen=True):
    """Approvals in the office of this store and this folder."""

    store: Store
    folder: Folder
    codes: Keys
    trail: Trail
    clock: Clock

    async def wrote(self, wording: Wording, account: Account) -> bool:
        """Whether this account wrote the text: by its name, however it is typed, and by its id."""
        author = await self.store.staff.named(wording.author)
        same_id = author is not None and author.id == account.id
        return same_id or _folded(wording.author) == _folded(account.name)

    async def approve(
        self, wording: Wording, seen: str, answers: Mapping[str, str], reviewer: Account
    ) -> Wording:
        """Sign a wording and put it in its place; the wording as it is then.

        `seen` is the SHA-256 of the text that the reviewer was shown. Raises RefusedError; with the
        reason "unwritable" when the content folder cannot be written, which `sign` is for.
        """
        state = self.folder.state()
        await self._require(wording, seen, answers, reviewer)
        at = self.clock.now()
        key = await self._key(reviewer)
        made = await self._made(wording, reviewer, key, at)
        becomes = replace(
            wording, state=WordingState.APPROVED, reviewer=reviewer.name, note=None, changed_at=at
        )

        def put() -> None:
            if self.folder.state() != state:
                raise RefusedError("moved")
            try:
                place(self.folder.path, made.files)
            except OSError:
                raise RefusedError("unwritable") from None

        if not await self.store.wordings.change(wording, becomes, put):
            raise RefusedError("changed")
        await self._note("wording approved", becomes, reviewer, made.units)
        return becomes

    async def sign(
        self, wording: Wording, seen: str, answers: Mapping[str, str], reviewer: Account
    ) -> dict[str, str]:
        """The files of an approval, for somebody who can write the content folder. Raises RefusedError.

        The wording stays where it is until its file is the live one.
        """
        await self._require(wording, seen, answers, reviewer)
        at = self.clock.now()
        made = await self._made(wording, reviewer, await self._key(reviewer), at)
        if not await self.store.wordings.change(wording, replace(wording, reviewer=reviewer.name)):
            raise RefusedError("changed")
        await self._note("wording signed", wording, reviewer, made.units)
        return made.files

    async def settled(self, wording: Wording) -> Wording:
        """The wording; approved when its file is the live one, put there by other hands after `sign`."""
        if wording.state is not WordingState.SENT:
            return wording
        if self.folder.mark(wording.file) != hashed(wording.content):
            return wording
        becomes = replace(wording, state=WordingState.APPROVED, changed_at=self.clock.now())
        return becomes if await self.store.wordings.change(wording, becomes) else wording

    async def _require(
        self, wording: Wording, seen: str, answers: Mapping[str, str], reviewer: Account
    ) -> None:
        if wording.state is not WordingState.SENT:
            raise RefusedError("changed")
        if await self.wrote(wording, reviewer):
            raise RefusedError("own")
        if not hmac.compare_digest(hashed(wording.content), seen):
            raise RefusedError("changed")
        if any(answers.get(question) != YES for question in QUESTIONS):
            raise RefusedError("answers")
        if self.folder.mark(wording.file) != wording.base:
            raise RefusedError("moved")

    async def _made(self, wording: Wording, reviewer: Account, key: Ed25519PrivateKey, at: datetime) -> Files:
        """The files, after the folder with them was admitted as the next start will admit it."""
        live, would = (
            await self.folder.live(),
            await self.folder.with_file(wording.file, wording.content),
        )
        if would.faults or would.inspection is None or any(item.blocks for item in would.found):
            raise RefusedError("blocked", would.faults + [i.fault for i in would.found if i.blocks])
        sealed = changed(live, would)
        faults: list[Fault] = []
        _, reviewers = read_approvals(self.folder.path / FOLDER, faults)
        record = Approval(
            author=wording.author,
            reviewer=reviewer.name,
            at=at.replace(microsecond=0),
            edition=would.inspection.rules.edition,
            answers=dict.fromkeys(QUESTIONS, YES),
            sealed=sealed,
        )
        try:
            known = with_reviewer(reviewers, reviewer.name, key)
        except RuamkhitError:
            raise RefusedError("other_key") from None
        files = record_files(record.sign(key), known, f"{at:%Y%m%dT%H%M%SZ}-{wording.id}.yaml")
        files[wording.file] = wording.content
        try:
            await self.folder.judge(files, _admitted)
        except ContentError as error:
            raise RefusedError("blocked", error.faults) from None
        return Files(files, list(sealed))

    async def _key(self, reviewer: Account) -> Ed25519PrivateKey:
        """The reviewer's own key, made the first time; nobody but the program ever holds it in clear."""
        kept = reviewer.signing_key or await self.store.staff.give_key(
            reviewer.id,
            self.codes.seal_key(reviewer.id, Ed25519PrivateKey.generate().private_bytes_raw()),
        )
        return Ed25519PrivateKey.from_private_bytes(self.codes.open_key(reviewer.id, kept))

    async def _note(self, act: str, wording: Wording, reviewer: Account, units: list[str]) -> None:
        await self.trail.note(
            reviewer.name, act, wording.id, file=wording.file, units=", ".join(units), author=wording.author
        )


def changed(live: Look, would: Look) -> dict[str, str]:
    """The units that a change makes or changes, with their new fingerprints."""
    return {unit: shown for unit, shown in would.prints.items() if live.prints.get(unit) != shown}


def _admitted(folder: Path) -> Library:
    try:
        return admit(folder)
    except ContentError as error:
        named = [Fault(f.file.relative_to(folder), f.line, f.column, f.message) for f in error.faults]
        raise ContentError(named) from None


def _folded(name: str) -> str:
    return normalize("NFKC", name).strip().casefold()
