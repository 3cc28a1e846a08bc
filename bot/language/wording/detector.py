"""Pressure that no pattern foresaw: a linear model over the words and letters of a message.

It was trained on tests/wording/corpus.tsv by tests/wording/train.py, which writes the file read here.
One rule: it can only ask for a second reader. What it finds is a warning, never a block, never a pass.
"""

from collections.abc import Iterable, Iterator
from math import sqrt
from typing import Final

from msgspec import Struct

from bot.language.tokens import words
from bot.language.wording.model import SUBSTANTIVE, Finding, Rule, Said, Severity
from bot.language.wording.view import COVER, view

#: Lengths of the letter sequences and of the word sequences that are looked at.
LETTERS: Final = (2, 3, 4, 5)
WORDS: Final = (1, 2, 3)

#: Characters of a message that are read; the longest of the corpus has 250.
MAX_CHARS: Final = 1_000


class Detector(Struct, frozen=True):
    """The model: for each feature its rarity (idf), its weight for pressure, and its weights by family.

    `threshold` is the score from which a message is suspect, chosen by cross-validation; `biases` are
    those of the families, in the order of `families`.
    """

    families: tuple[str, ...]
    bias: float
    threshold: float
    biases: tuple[float, ...]
    features: dict[str, tuple[float, float, tuple[tuple[int, float], ...]]]


def text_of(said: Said) -> str:
    """What the model reads of a message: its lines, and the labels that are answers."""
    labels = (choice.label for choice in said.choices if choice.role == SUBSTANTIVE)
    return " | ".join((" ".join(said.lines), *labels))[:MAX_CHARS]


def features(text: str) -> Iterator[str]:
    """The features of a text, each once: letter sequences, and word sequences after a "~"."""
    plain = f" {view(text).text.replace(COVER, ' ').strip()} "
    seen = {plain[i : i + n] for n in LETTERS for i in range(len(plain) - n + 1)}
    yield from sorted(seen)
    tokens = ["^", *words(plain), "$"]
    yield from sorted({f"~{' '.join(tokens[i : i + n])}" for n in WORDS for i in range(len(tokens) - n + 1)})


def score(detector: Detector, text: str) -> tuple[float, tuple[float, ...]]:
    """How much the text is like pressure, and like each family; from the threshold it is suspect."""
    known = [detector.features[name] for name in features(text) if name in detector.features]
    norm = sqrt(sum(idf * idf for idf, _, _ in known)) or 1.0
    families = list(detector.biases)
    total = detector.bias
    for idf, weight, by_family in known:
        total += idf / norm * weight
        for family, its_weight in by_family:
            families[family] += idf / norm * its_weight
    return total, tuple(families)


def suspects(said: Said, detector: Detector, rules: Iterable[Rule]) -> tuple[Finding, ...]:
    """A warning for the family the message is most like, when it is suspect at all."""
    if not any(said.lines):
        return ()
    total, by_family = score(detector, text_of(said))
    if total < detector.threshold:
        return ()
    likest = max(range(len(by_family)), key=by_family.__getitem__)
    rule = next(rule for rule in rules if rule.family == detector.families[likest])
    return (
        Finding(
            rule=rule.id,
            family=rule.family,
            name=rule.name,
            severity=Severity.WARN,
            why=rule.why,
            part=0,
            start=0,
            end=len(said.lines[0]),
            span=said.lines[0],
            by="detector",
        ),
    )
