"""content/wording/ → the rules of careful wording: one file a rule, and what they all need to know of Thai.

    <id>-<family>.yaml   a rule: why, its clues, its good and bad examples
    reading.yaml         what is covered before the rules read: names, reassurance, quotations
    labels.yaml          what the labels of pasted choices mean
    plain.yaml           what the measures of plain Thai look for

One rule: a rule without examples is no rule; its examples are its tests.
"""

import re
from functools import lru_cache
from pathlib import Path
from re import Pattern
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from bot.dialogue import MessageType
from bot.errors import ContentError, Fault
from bot.language.plainness import Vocabulary
from bot.language.wording import CHECKS, Clue, Degrees, Labels, Rule, Rules, Scales, Severity
from bot.language.wording.detector import Detector
from bot.library.yaml_source import read

_RULES: Final = "W[0-9][0-9]-*.yaml"


def compiled(text: str) -> Pattern[str]:
    """The pattern, line by line. Raises ValueError when it is none."""
    try:
        return re.compile(text, re.MULTILINE)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from None


def _check(name: str) -> str:
    if name not in CHECKS:
        raise ValueError(f"there is no check {name!r}; there are {', '.join(CHECKS)}")
    return name


#: A regular expression in a content file.
Regex = Annotated[str, AfterValidator(lambda text: compiled(text) and text)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CluePart(_Part):
    """A pattern that speaks for the rule."""

    match: Regex
    unless: Regex | None = None
    severity: Severity | None = None
    choices: bool = False
    types: frozenset[MessageType] = frozenset()
    rewrite: str = ""

    def clue(self, rule: "RulePart") -> Clue:
        """The clue of the model, as severe as its rule when it says nothing else."""
        return Clue(
            match=compiled(self.match),
            unless=compiled(self.unless) if self.unless else None,
            severity=self.severity or rule.severity,
            choices=self.choices,
            types=self.types,
            rewrite=self.rewrite,
        )


class ExamplePart(_Part):
    """A bad wording and how it can be said well, each as a pasted line."""

    bad: str
    good: str


class RulePart(_Part):
    """A rule's own file."""

    id: Annotated[str, Field(pattern=r"^W\d\d$")]
    family: Annotated[str, Field(pattern=r"^[A-Z_]+$")]
    name: str
    severity: Severity
    types: frozenset[MessageType] = frozenset()
    why: str
    clues: tuple[CluePart, ...] = ()
    check: Annotated[str, AfterValidator(_check)] | None = None
    words: dict[str, Regex] = {}
    rewrite: str = ""
    rewrites: dict[str, str] = {}
    examples: Annotated[tuple[ExamplePart, ...], Field(min_length=1)]

    def rule(self) -> Rule:
        """The rule of the model."""
        return Rule(
            id=self.id,
            family=self.family,
            name=self.name,
            severity=self.severity,
            types=self.types,
            why=self.why,
            clues=tuple(clue.clue(self) for clue in self.clues),
            check=self.check or "",
            words={name: compiled(regex) for name, regex in self.words.items()},
            rewrite=self.rewrite,
            rewrites=self.rewrites,
        )


class ReadingPart(_Part):
    """reading.yaml."""

    edition: str
    names: tuple[Regex, ...]
    reassuring: tuple[Regex, ...]
    attribution: Regex


class ScalePart(_Part):
    """Words of one scale in labels.yaml."""

    up: Regex
    down: Regex
    middle: Regex
    stance: bool = False


class ScalesPart(_Part):
    """What makes a scale, in labels.yaml."""

    known: tuple[ScalePart, ...]
    much: Regex
    some: Regex
    little: Regex
    negation: Regex
    wholly: Regex
    condition: Regex
    acts: Regex
    amounts: Regex
    enough: Regex
    short: Regex
    often: Regex
    nothing: Regex
    numbering: Regex
    rating: Regex
    star: Regex
    rated: Regex
    deciding: Regex

    def scales(self) -> Scales:
        """The scales of the model."""
        known = tuple(
            Degrees(compiled(s.up), compiled(s.down), compiled(s.middle), stance=s.stance) for s in self.known
        )
        words = self.model_dump(exclude={"known"})
        return Scales(known=known, **{name: compiled(regex) for name, regex in words.items()})


class LabelsPart(_Part):
    """labels.yaml."""

    roles: dict[str, Regex]
    scales: ScalesPart
    beside: Regex
    preset: Regex
    aside: Regex


class PlainPart(_Part):
    """plain.yaml."""

    names: frozenset[str]
    light: Regex
    nominal: frozenset[str]
    connectors: frozenset[str]
    sentence_ends: Regex
    pronouns: frozenset[str]


RULE: Final = TypeAdapter(RulePart)
READING: Final = TypeAdapter(ReadingPart)
LABELS: Final = TypeAdapter(LabelsPart)
PLAIN: Final = TypeAdapter(PlainPart)


def read_rules(folder: Path, faults: list[Fault]) -> Rules | None:
    """The rules in this folder; None when reading.yaml cannot be used."""
    files = [read(path, RULE, faults) for path in sorted(folder.glob(_RULES))]
    for file in files:
        if file.value and file.file.name[:3] != file.value.id:
            file.fault(("id",), f"id: must be what the file's name begins with, {file.file.name[:3]}")
    general = read(folder / "reading.yaml", READING, faults).value
    if general is None:
        return None
    return Rules(
        edition=general.edition,
        rules=tuple(file.value.rule() for file in files if file.value),
        names=tuple(compiled(regex) for regex in general.names),
        reassuring=tuple(compiled(regex) for regex in general.reassuring),
        attribution=compiled(general.attribution),
    )


def read_labels(folder: Path, faults: list[Fault]) -> Labels | None:
    """What the labels of pasted choices mean; None when labels.yaml cannot be used."""
    part = read(folder / "labels.yaml", LABELS, faults).value
    if part is None:
        return None
    return Labels(
        roles={role: compiled(regex) for role, regex in part.roles.items()},
        scales=part.scales.scales(),
        beside=compiled(part.beside),
        preset=compiled(part.preset),
        aside=compiled(part.aside),
    )


def load_rulebook(folder: Path) -> tuple[Rules, Labels]:
    """The rules and what pasted labels mean. Raises ContentError with every fault found."""
    faults: list[Fault] = []
    rules, labels = read_rules(folder, faults), read_labels(folder, faults)
    if faults or rules is None or labels is None:
        raise ContentError(faults)
    return rules, labels


def load_vocabulary(folder: Path) -> tuple[Vocabulary, Pattern[str]]:
    """What the measures of plain Thai know, and where a sentence of the minutes ends.

    Raises ContentError with every fault found.
    """
    faults: list[Fault] = []
    part = read(folder / "plain.yaml", PLAIN, faults).value
    if part is None:
        raise ContentError(faults)
    vocabulary = Vocabulary(
        names=part.names,
        light=compiled(part.light),
        nominal=part.nominal,
        connectors=part.connectors,
        pronouns=part.pronouns,
    )
    return vocabulary, compiled(part.sentence_ends)


def load_detector(file: Path) -> Detector:
    """The learned detector that `write_detector` wrote. Raises ContentError when the file is not that."""
    try:
        return _detector(file.read_text("utf-8"))
    except (OSError, ValueError):
        fault = Fault(file, 1, 1, "is no detector; write it anew with: python -m tests.wording.train")
        raise ContentError([fault]) from None


@lru_cache(maxsize=1)  # 60,000 lines, half a second
def _detector(text: str) -> Detector:
    lines = text.rstrip("\n").split("\n")
    families, biases, (bias, threshold) = (line.split("\t")[1:] for line in lines[1:4])
    return Detector(
        families=tuple(families),
        bias=float(bias),
        threshold=float(threshold),
        biases=tuple(map(float, biases)),
        features=dict(_feature(line) for line in lines[4:]),
    )


def _feature(line: str) -> tuple[str, tuple[float, float, tuple[tuple[int, float], ...]]]:
    name, idf, weight, *families = line.split("\t")
    pairs = (family.split(":") for family in families)
    return name, (float(idf), float(weight), tuple((int(i), float(w)) for i, w in pairs))


def write_detector(file: Path, detector: Detector) -> None:
    """One feature a line: the letters or ~words, their rarity, their weight, and index:weight of families."""
    head = [
        "# Written by `python -m tests.wording.train`; a feature, its rarity, its weight, its families.",
        "\t".join(("families", *detector.families)),
        "\t".join(("biases", *map(str, detector.biases))),
        "\t".join(("bias, threshold", str(detector.bias), str(detector.threshold))),
    ]
    rows = (
        "\t".join((name, str(idf), str(weight), *(f"{i}:{w}" for i, w in families)))
        for name, (idf, weight, families) in detector.features.items()
    )
    file.write_text("\n".join([*head, *rows]) + "\n", "utf-8")
