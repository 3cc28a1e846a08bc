"""Findings of the wording gate on standard output: for a person, for a program, for a code host.

One rule: every format says the same; `text` reads like a linter, `json` has one object a line, `sarif`
is SARIF 2.1.0 (OASIS), which code hosts show beside the changed line.
"""

import json
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from bot.errors import ContentError, Fault
from bot.language.wording import Finding, Rules, Severity
from bot.language.words import clean
from bot.library import Found

_SARIF: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


class Format(StrEnum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


def written(found: list[Found], rules: Rules, format_: Format) -> str:
    """All findings in one format; "" for none in text and json."""
    match format_:
        case Format.TEXT:
            return "".join(f"{line}\n" for item in found for line in _text(item))
        case Format.JSON:
            return "".join(f"{json.dumps(_object(item), ensure_ascii=False)}\n" for item in found)
        case Format.SARIF:
            return json.dumps(_sarif(found, rules), ensure_ascii=False, indent=2) + "\n"


def _text(item: Found) -> Iterator[str]:
    finding = item.finding
    severity = "waived" if item.waiver else finding.severity.value
    place = f"{_shown(item.file)}:{item.line}:{item.column}"
    yield f"{place}: {severity} {finding.rule} {finding.family} “{finding.span}”"
    yield f"    {finding.why}"
    if item.waiver:
        yield f"    {item.waiver.reason} ({item.waiver.approver}, {item.waiver.date})"
    elif finding.rewrite:
        yield f"    → {finding.rewrite}"


def _object(item: Found) -> dict[str, Any]:
    return {
        "file": str(_shown(item.file)),
        "line": item.line,
        "column": item.column,
        "unit": item.unit,
        **as_object(item.finding),
        "waiver": item.waiver.model_dump() if item.waiver else None,
    }


def as_object(finding: Finding) -> dict[str, Any]:
    """A finding for a program; `start` and `end` are offsets in the line or the label."""
    return {
        "rule": finding.rule,
        "family": finding.family,
        "name": finding.name,
        "severity": finding.severity.value,
        "span": finding.span,
        "start": finding.start,
        "end": finding.end,
        "option": finding.part if finding.choice else None,
        "by": finding.by,
        "why": finding.why,
        "rewrite": finding.rewrite or None,
    }


def worst(findings: Iterable[Finding]) -> str:
    """The severity of a line: block, warn or ok."""
    severities = {finding.severity for finding in findings}
    return next((s.value for s in (Severity.BLOCK, Severity.WARN) if s in severities), "ok")


def _sarif(found: list[Found], rules: Rules) -> dict[str, Any]:
    described = [
        {
            "id": rule.id,
            "name": rule.family,
            "shortDescription": {"text": rule.name},
            "help": {"text": rule.why},
        }
        for rule in rules.rules
    ]
    driver = {"name": "ruamkhit-wording", "version": rules.edition, "rules": described}
    return {
        "$schema": _SARIF,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": [_result(item) for item in found]}],
    }


def _result(item: Found) -> dict[str, Any]:
    finding = item.finding
    region = {
        "startLine": item.line,
        "startColumn": item.column,
        "endColumn": item.column + finding.end - finding.start,
    }
    location = {"artifactLocation": {"uri": _shown(item.file).as_posix()}, "region": region}
    suppressions = (
        {"suppressions": [{"kind": "external", "justification": item.waiver.reason}]} if item.waiver else {}
    )
    return {
        "ruleId": finding.rule,
        "level": "error" if finding.severity is Severity.BLOCK else "warning",
        "message": {"text": f"“{finding.span}”: {finding.why}"},
        "locations": [{"physicalLocation": location}],
        **suppressions,
    }


def _shown(file: Path) -> Path:
    """The file as someone in this folder would name it."""
    try:
        return file.resolve().relative_to(Path.cwd())
    except ValueError:
        return file


def pasted_lines(file: Path) -> list[str]:
    """The lines of a file that someone pasted together. Raises ContentError when it cannot be read."""
    try:
        text = clean(file.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise ContentError([Fault(file, 1, 1, f"the file cannot be read: {error.strerror}")]) from None
    except UnicodeDecodeError:
        raise ContentError([Fault(file, 1, 1, "the file is not UTF-8: save it as UTF-8 text")]) from None
    return text.removesuffix("\n").split("\n")
