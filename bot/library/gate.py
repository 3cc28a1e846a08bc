"""The gate: nothing is said that has not passed it.

    inspect   a content folder → every finding of the wording rules, with its place
    admit     a content folder → the Library that may be said, or ContentError
    passes    one message made later (a broadcast, an official reply) → what blocks it

One rule: a finding that blocks is waived by name, with a reason, or nothing starts.
"""

from collections.abc import Collection
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace
from pydantic import BaseModel, ConfigDict, TypeAdapter

from bot.errors import ContentError, Fault
from bot.language.wording import Finding, Rules, Said, Severity, check
from bot.language.wording.detector import Detector, suspects
from bot.library.loader import load
from bot.library.model import Library
from bot.library.rulebook import load_rulebook
from bot.library.sayings import Saying, sayings
from bot.library.schema import Line
from bot.library.seal import sealed
from bot.library.yaml_source import read

WAIVERS: Final = "waivers.yaml"


class Waiver(BaseModel):
    """A finding that stands on purpose: this rule, on these very words, in this unit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    unit: Line
    rule: Line
    span: Line
    reason: Line
    approver: Line
    date: Line


class Found(Struct, frozen=True):
    """A finding in a content file, and the waiver that lets it stand, if there is one."""

    file: Path
    line: int
    column: int
    finding: Finding
    unit: str = ""
    waiver: Waiver | None = None

    @property
    def blocks(self) -> bool:
        """Whether nothing may start because of it."""
        return self.finding.severity is Severity.BLOCK and self.waiver is None

    @property
    def fault(self) -> Fault:
        """The finding on one line: the rule, the words, the reason."""
        finding = self.finding
        told = f"{finding.rule} {finding.family} “{finding.span}”: {finding.why}"
        return Fault(self.file, self.line, self.column, told)


class Inspection(Struct, frozen=True):
    """What the gate saw: everything that can be said, what was found in it, and waivers for nothing."""

    sayings: list[Saying]
    found: list[Found]
    rules: Rules

    @staticmethod
    def place(saying: Saying, finding: Finding, waiver: Waiver | None = None) -> Found:
        """The finding where it stands in the content."""
        line, column = saying.position(finding.part, finding.start, choice=finding.choice)
        return Found(saying.source.file, line, column, finding, saying.unit, waiver)


_WAIVERS_FILE: Final = TypeAdapter(tuple[Waiver, ...])


def inspect(folder: Path, faults: list[Fault]) -> Inspection:
    """Hold everything the content in this folder says against its rules. Raises ContentError."""
    rules, _ = load_rulebook(folder / "wording")
    said = sayings(folder, faults)
    source = read(folder / WAIVERS, _WAIVERS_FILE, faults) if (folder / WAIVERS).exists() else None
    waivers = {(w.unit, w.rule, w.span): w for w in (source.value or () if source else ())}
    found = [
        Inspection.place(saying, finding, waivers.get((saying.unit, finding.rule, finding.span)))
        for saying in said
        for finding in check(saying.said, rules)
    ]
    used = {(f.unit, f.finding.rule, f.finding.span) for f in found}
    for i, waiver in enumerate((source.value or ()) if source else ()):
        if source and (waiver.unit, waiver.rule, waiver.span) not in used:
            source.fault((i,), f"{waiver.unit}: {waiver.rule} finds no {waiver.span!r} there; take it out")
    return Inspection(said, found, rules)


def read_waivers(folder: Path, faults: list[Fault]) -> tuple[Waiver, ...]:
    """The waivers of the content in this folder; what is wrong with them is added to `faults`."""
    file = folder / WAIVERS
    return (read(file, _WAIVERS_FILE, faults).value or ()) if file.exists() else ()


def passes(said: Said, rules: Rules) -> tuple[Finding, ...]:
    """What blocks a message that is made later, such as an official reply; () lets it through.

    No waiver holds for it: those are for words that a second reader has approved.
    """
    return tuple(finding for finding in check(said, rules) if finding.severity is Severity.BLOCK)


def suspected(seen: Inspection, detector: Detector, units: Collection[str]) -> list[Found]:
    """What the learned detector would have a second reader look at, among these units.

    It can be wrong either way, so it never stops anything: approving a unit is having looked at it.
    """
    return [
        seen.place(saying, finding)
        for saying in seen.sayings
        if saying.unit in units
        for finding in suspects(saying.said, detector, seen.rules.rules)
    ]


def admit(folder: Path | None = None) -> Library:
    """The library in `folder` (without one, the content this program ships with), if it may be said.

    Raises ContentError with every fault: what cannot be read, what a rule blocks, what is not approved.
    """
    if folder is None:
        with as_file(files("content")) as shipped:
            return admit(shipped)
    library = load(folder)
    faults: list[Fault] = []
    seen = inspect(folder, faults)
    faults += [item.fault for item in seen.found if item.blocks]
    seal = sealed(folder, seen.sayings, seen.rules.edition, faults)
    if faults:
        raise ContentError(faults)
    return replace(library, seal=seal)
