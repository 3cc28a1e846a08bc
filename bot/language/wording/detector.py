"""Pressure that no pattern foresaw: a linear model over the words and letters of a message.

It was trained on tests/wording/corpus.tsv by tests/wording/train.py, which writes the file read here.
One rule: it can only ask for a second reader. What it finds is a warning, never a block, never a pass.
"""

import re
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
#: How far apart two words may stand that are looked at together.
APART: Final = (2, 3, 4)
#: Counts above this say no more than this one.
MANY: Final = 4

#: Families that are named for one message: the likest, and another that is nearly as like.
NAMED: Final = 2
_AS_LIKE: Final = 1.0

_DIGITS: Final = re.compile(r"\d+")

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
    """The features of a text, each once.

    Letter sequences stand as they are; after "~" word sequences, after "+" two words near each other,
    after "<" a word before the last sentence of the stem and after ">" one in it (a question that comes
    after an argument reads otherwise than one that stands alone), after "#" how many options and
    sentences there are. A space is the only sign of a new sentence that Thai has.
    """
    plain = f" {view(text).text.replace(COVER, ' ').strip()} "
    yield from sorted({plain[i : i + n] for n in LETTERS for i in range(len(plain) - n + 1)})
    tokens = ["^", *(_DIGITS.sub("0", word) for word in words(plain)), "$"]
    yield from sorted({f"~{' '.join(tokens[i : i + n])}" for n in WORDS for i in range(len(tokens) - n + 1)})
    pairs = (zip(tokens, tokens[n:], strict=False) for n in APART)
    yield from sorted({f"+{one} {other}" for near in pairs for one, other in near})
    stem, *options = plain.split(" | ")
    before, _, last = stem.strip().rpartition(" ")
    yield from sorted({f"<{word}" for word in words(before)} | {f">{word}" for word in words(last)})
    yield f"#options {min(len(options), MANY)}"
    yield f"#sentences {min(before.count(' ') + 2 if before else 1, MANY)}"


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
    """A warning for each family the message is most like, when it is suspect at all."""
    if not any(said.lines):
        return ()
    total, by_family = score(detector, text_of(said))
    if total < detector.threshold:
        return ()
    ranked = sorted(zip(by_family, detector.families, strict=True), reverse=True)[:NAMED]
    likest = {family for likeness, family in ranked if likeness >= ranked[0][0] - _AS_LIKE}
    return tuple(_finding(said, rule) for rule in rules if rule.family in likest)


def _finding(said: Said, rule: Rule) -> Finding:
    return Finding(
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
    )
