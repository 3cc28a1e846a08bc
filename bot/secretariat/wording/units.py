"""What is approved as a whole: its words, what was found in them, how it is built, who approved it.

One rule: what a reader of the office sees of a unit is all that its fingerprint is about.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from bot.language.tokens import words
from bot.library import Found, Role
from bot.library.sayings import Saying
from bot.library.seal import Approval

#: Parts of a clause that are shown to people as they stand, in the order of its file.
_CLAUSE: Final = ("title", "label", "heading", "status", "explain", "brief")
_FLAGS: Final = ("anchored", "exclusive", "follow_up")


class Unit(Struct, frozen=True):
    """One unit: "question 3.5-c1". `file` is named from the content folder."""

    name: str
    file: str
    sayings: list[Saying]

    @property
    def shown(self) -> Any:
        """All that is approved with it."""
        return self.sayings[0].shown


class Note(Struct, frozen=True):
    """A finding beside its text: `before`, `span` and `after` are the part it was found in.

    `how` is "block", "warn", "waived" or "suspect". `part` is the word for the part, `n` which of
    several (from 1), 0 where there is one.
    """

    rule: str
    name: str
    how: str
    part: str
    n: int
    before: str
    span: str
    after: str
    why: str
    rewrite: str
    waived: str = ""


class Built(Struct, frozen=True):
    """How a unit is built. `words` are counted as newmm cuts them; the rest is about choices.

    `above`, `middle` and `below` count the steps of a scale, `answers` the choices that say something.
    """

    words: int
    answers: int = 0
    above: int = 0
    middle: int = 0
    below: int = 0
    unsure: bool = False
    skip: bool = False


class Approved(Struct, frozen=True):
    """Who approved exactly this, who had written it, and when."""

    reviewer: str
    author: str
    at: datetime


def units_of(said: Sequence[Saying], folder: Path) -> list[Unit]:
    """The units of a folder in the order of its files. A unit lies in one file."""
    units: dict[str, Unit] = {}
    for saying in said:
        file = saying.source.file.relative_to(folder).as_posix()
        units.setdefault(saying.unit, Unit(saying.unit, file, [])).sayings.append(saying)
    return list(units.values())


def lines_of(unit: Unit | None) -> list[str]:
    """Everything that is approved with a unit, for reading and for comparing; [] for none."""
    if unit is None:
        return []
    shown = unit.shown
    match unit.name.partition(" ")[0]:
        case "phrase":
            return list(shown[1])
        case "question":
            return list(_question(shown))
        case "clause":
            return list(_clause(shown))
        case "draft":
            return [shown]
        case _:
            return list(_texts(shown, ()))


def _question(shown: Mapping[str, Any]) -> Iterator[str]:
    yield from (stem for stem in shown["stems"] if stem)
    for option in shown["options"]:
        value = "" if option["value"] is None else f"{option['value']:+d}" if option["value"] else "0"
        role = "" if option["role"] == Role.SUBSTANTIVE else str(option["role"])
        flags = (flag for flag in _FLAGS if option[flag])
        beside = " ".join(part for part in (option["id"], value, role, *flags) if part)
        yield f"[ {option['label']} ] {beside}"


def _clause(shown: Mapping[str, Any]) -> Iterator[str]:
    for name in _CLAUSE:
        part = shown[name]
        yield from [part] if isinstance(part, str) else part or ()
    yield from (f"{term['name']}: {term['meaning']}" for term in shown["terms"])


def _texts(value: object, above: tuple[str, ...]) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, (*above, str(key)))
    else:
        yield f"{'.'.join(above)}: {value}"


def notes_of(unit: Unit, found: Sequence[Found]) -> list[Note]:
    """What was found in a unit, each once: a question may be said in two ways with the same choices."""
    notes = [note for item in found if item.unit == unit.name for note in _note(unit, item)]
    return list(dict.fromkeys(notes))


def _note(unit: Unit, item: Found) -> Iterator[Note]:
    finding = item.finding
    for saying in unit.sayings:
        places = saying.choices if finding.choice else saying.lines
        if finding.part >= len(places):
            continue
        at = saying.position(finding.part, finding.start, choice=finding.choice)
        if at != (item.line, item.column):
            continue
        said = saying.said
        text = said.choices[finding.part].label if finding.choice else said.lines[finding.part]
        waived = f"{item.waiver.reason} ({item.waiver.approver}, {item.waiver.date})" if item.waiver else ""
        part, n = _place(places[finding.part])
        how = "waived" if item.waiver else "suspect" if finding.by == "detector" else finding.severity.value
        yield Note(
            rule=finding.rule,
            name=finding.name,
            how=how,
            part=part,
            n=n,
            before=text[: finding.start],
            span=text[finding.start : finding.end],
            after=text[finding.end :],
            why=finding.why,
            rewrite=finding.rewrite,
            waived=waived,
        )
        return


def _place(where: Sequence[str | int]) -> tuple[str, int]:
    """The word for a part of a file, and which of several it is."""
    numbers = [step for step in where if isinstance(step, int)]
    for name in ("options", "terms"):
        if name in where:
            return name, numbers[-1] + 1
    if isinstance(where[-1], int):
        return str(where[-2]), where[-1] + 1
    return str(where[-1]), 0


def built(unit: Unit) -> Built:
    """How a unit is built."""
    choices = unit.sayings[0].said.choices
    values = [choice.value for choice in choices if choice.value is not None]
    roles = [choice.role for choice in choices]
    return Built(
        words=sum(len(words(line)) for saying in unit.sayings for line in saying.said.lines),
        answers=roles.count(Role.SUBSTANTIVE),
        above=sum(value > 0 for value in values),
        middle=values.count(0),
        below=sum(value < 0 for value in values),
        unsure=Role.DONT_KNOW in roles or Role.NOT_APPLICABLE in roles,
        skip=Role.SKIP in roles,
    )


def approved(unit: str, shown: str, records: Sequence[Approval]) -> list[Approved]:
    """Who approved a unit with this fingerprint, oldest first."""
    return [Approved(r.reviewer, r.author, r.at) for r in records if r.sealed.get(unit) == shown]
