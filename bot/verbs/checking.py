"""`check`: what the wording gate finds in the content, in one file of it, or in a pasted list."""

import json
import sys
from pathlib import Path

from bot import settings
from bot.app import content_folder
from bot.errors import Fault
from bot.language.wording import Severity, offsets, read_line
from bot.language.wording import check as check_said
from bot.language.wording.detector import suspects
from bot.library import Found, Inspection, Library, inspect, load
from bot.library.gate import suspected
from bot.library.rulebook import load_detector, load_rulebook
from bot.library.seal import fingerprints, sealed
from bot.library.versions import DIGITS
from bot.verbs.findings import Format, as_object, pasted_lines, worst, written


def check(path: Path | None, form: Format) -> bool:
    """Print what the rules find and what is not approved; whether anything keeps it from being said.

    Raises ContentError when the content cannot be read at all.
    """
    whole = path is None or path.is_dir()
    folder = path if path and whole else content_folder(settings.load())
    library = load(folder)
    faults: list[Fault] = []
    seen = inspect(folder, faults)
    seal = sealed(folder, seen.sayings, seen.rules.edition, faults)
    unread = {u for u, shown in fingerprints(seen.sayings).items() if not seal.readers[shown[:DIGITS]]}
    detector = load_detector(folder / "wording" / "detector.tsv")
    found = [*seen.found, *suspected(seen, detector, unread)]
    found = sorted((item for item in found if whole or _is(item.file, path)), key=_place)
    faults = [fault for fault in sorted(faults) if whole or _is(fault.file, path)]
    print(written(found, seen.rules, form), end="")
    if form is Format.TEXT:
        print(_summary(library, seen, found))
    for fault in faults:
        print(fault, file=sys.stderr)
    return bool(faults) or any(item.blocks for item in found)


def _place(item: Found) -> tuple[Path, int, int]:
    return item.file, item.line, item.column


def _is(file: Path, path: Path | None) -> bool:
    return path is not None and file.resolve() == path.resolve()


def _summary(library: Library, seen: Inspection, found: list[Found]) -> str:
    blocks = sum(item.blocks for item in found)
    waived = sum(item.waiver is not None for item in found)
    clauses, questions = len(library.clauses), len(library.questions)
    return (
        f"{clauses} clauses, {questions} questions, {len(library.phrases)} phrases: "
        f"{len(seen.sayings)} messages held against {len(seen.rules.rules)} rules, "
        f"edition {seen.rules.edition}. "
        f"Blocked {blocks}, to be looked at {len(found) - blocks - waived}, waived {waived}."
    )


def check_lines(file: Path, form: Format) -> bool:
    """Check a plain list, one message a line; whether any of them must not be said.

    In json there is an object for every line, also for one where nothing was found. Raises
    ContentError when the file cannot be read.
    """
    folder = content_folder(settings.load()) / "wording"
    (rules, labels), detector = load_rulebook(folder), load_detector(folder / "detector.tsv")
    every: list[Found] = []
    for n, line in enumerate(pasted_lines(file), 1):
        said = read_line(line, labels)
        findings = check_said(said, rules)
        findings += tuple(
            suspect
            for suspect in suspects(said, detector, rules.rules)
            if suspect.family not in {finding.family for finding in findings}
        )
        starts = offsets(line)
        every += [Found(file, n, 1 + starts[f.part + 1 if f.choice else 0] + f.start, f) for f in findings]
        if form is Format.JSON:
            row = {"line": n, "severity": worst(findings), "findings": [as_object(f) for f in findings]}
            print(json.dumps(row, ensure_ascii=False))
    if form is not Format.JSON:
        print(written(every, rules, form), end="")
    return any(item.finding.severity is Severity.BLOCK for item in every)
