"""Train the detector of paraphrased pressure, and report how well it does: `python -m tests.wording.train`.

Reads corpus.tsv (group, label, family, severity, text), writes content/wording/detector.tsv and
docs/wording.md. Run twice it writes the same bytes: nothing here is drawn by chance.

Out of fold means: a row is judged by a model that saw no row of its group, so that paraphrases of one
sentence never sit on both sides. fresh.tsv, unseen.tsv and blind.tsv were written by people who knew
neither the corpus nor the rules' patterns. No row of theirs was learned from. But features, model and
FALSE_ALARMS were chosen among variants scored on blind.tsv and unseen.tsv both, so the figures of these
two flatter; fresh.tsv was written afterwards, and only its figures say what to expect.
"""

import csv
from pathlib import Path
from typing import Any, Final

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from bot.language.wording import Said, Severity, check, read_line
from bot.language.wording.detector import Detector, features, score, suspects, text_of
from bot.library.rulebook import load_rulebook, write_detector

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
WORDING: Final = ROOT / "content" / "wording"
REPORT: Final = ROOT / "docs" / "wording.md"

#: Families whose fault lies in the choices or in single words: rules see all of it, letters teach nothing.
STRUCTURAL: Final = frozenset({"SCALE", "NO_OPTOUT", "AGREE_ONLY", "LONG", "ABBR", "ENGLISH"})

#: Of the acceptable rows, the share the detector may suspect by itself, out of fold. The corpus is made of
#: near misses; of what officers write, blind.tsv says, it then suspects about half as many.
FALSE_ALARMS: Final = 0.11
#: Features that are kept, those with the greatest weights of all; more change nothing out of fold.
FEATURES: Final = 60_000
#: Weights of a family that are kept.
LEAST_WEIGHT: Final = 0.3
FOLDS: Final = 5
STRENGTH: Final = 30.0


class Row(Struct, frozen=True):
    """A labelled line of a corpus, and the message it is."""

    group: str
    family: str
    bad: bool
    said: Said

    @property
    def learned(self) -> bool:
        """Whether the detector is to find it."""
        return self.bad and self.family not in STRUCTURAL


RULES, LABELS = load_rulebook(WORDING)


def rows(name: str) -> list[Row]:
    """The rows of a corpus beside this file."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        read = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Row(r["group"], r["family"], r["label"] == "bad", read_line(r["text"], LABELS)) for r in read]


def trained(corpus: list[Row]) -> Detector:
    """A detector that learned these rows; its threshold is still 0."""
    taught = [row for row in corpus if row.learned or not row.bad]
    texts, bad = [text_of(row.said) for row in taught], np.array([row.bad for row in taught])
    vectors = TfidfVectorizer(analyzer=features, min_df=2, binary=True, norm=None)
    matrix = vectors.fit_transform(texts)
    weightiest = np.argsort(-np.abs(_model(_unit(matrix), bad).coef_[0]), kind="stable")
    chosen = np.sort(weightiest[:FEATURES])
    unit = _unit(matrix[:, chosen])
    pressure = _model(unit, bad)
    pressing = [row.family for row in taught if row.bad]
    families = tuple(sorted(set(pressing)))
    by_family = [_model(unit[bad], np.array([f == family for f in pressing])) for family in families]
    names = vectors.get_feature_names_out()[chosen]
    weights = np.stack([model.coef_[0] for model in by_family])
    return Detector(
        families=families,
        bias=round(float(pressure.intercept_[0]), 4),
        threshold=0.0,
        biases=tuple(round(float(model.intercept_[0]), 4) for model in by_family),
        features={
            name: (
                round(float(vectors.idf_[column]), 3),
                round(float(pressure.coef_[0, i]), 3),
                _strongest(weights[:, i]),
            )
            for i, (name, column) in enumerate(zip(names, chosen, strict=True))
        },
    )


def _model(matrix: Any, wanted: Any) -> LogisticRegression:
    model = LogisticRegression(C=STRENGTH, class_weight="balanced", solver="liblinear", random_state=0)
    return model.fit(matrix, wanted)


def _unit(matrix: Any) -> Any:
    """Each row at length one, as `score` does it."""
    norms = np.sqrt(matrix.multiply(matrix).sum(axis=1)).A1
    return matrix.multiply(1 / np.where(norms == 0, 1, norms)[:, None]).tocsr()


def _strongest(weights: Any) -> tuple[tuple[int, float], ...]:
    """The families this feature speaks most for or against; the rest is too small to matter."""
    kept = [(i, round(float(w), 2)) for i, w in enumerate(weights) if abs(w) >= LEAST_WEIGHT]
    return tuple(kept)


def out_of_fold(corpus: list[Row]) -> tuple[list[Detector], list[int]]:
    """One detector a fold, and for each row the fold that did not see its group."""
    folds = [0] * len(corpus)
    detectors = []
    split = GroupKFold(FOLDS).split(corpus, groups=[row.group for row in corpus])
    for fold, (seen, unseen) in enumerate(split):
        detectors.append(trained([corpus[i] for i in seen]))
        for i in unseen:
            folds[i] = fold
    return detectors, folds


def threshold(corpus: list[Row], detectors: list[Detector], folds: list[int]) -> float:
    """The score above which no more than FALSE_ALARMS of the acceptable rows lie, out of fold."""
    scores = [
        score(detectors[fold], text_of(row.said))[0]
        for row, fold in zip(corpus, folds, strict=True)
        if not row.bad
    ]
    return round(float(np.quantile(scores, 1 - FALSE_ALARMS)), 4)


class Tally(Struct):
    """Of the rows of a family: how many, found by rules, by the detector, by either, and named rightly."""

    n: int = 0
    rules: int = 0
    detector: int = 0
    either: int = 0
    named: int = 0
    claimed: int = 0


def judged(corpus: list[Row], detectors: list[Detector], folds: list[int]) -> tuple[dict[str, Tally], Tally]:
    """The tallies of the bad rows by family, and one of the acceptable rows (`named` counts blocks).

    `claimed` counts how often a family was named for any row, bad or acceptable: precision is named / claimed.
    """
    families = {family: Tally() for family in sorted({row.family for row in corpus if row.bad})}
    fair = Tally()
    for row, fold in zip(corpus, folds, strict=True):
        by_rules = check(row.said, RULES)
        by_detector = suspects(row.said, detectors[fold], RULES.rules)
        named = {finding.family for finding in (*by_rules, *by_detector)}
        tally = families[row.family] if row.bad else fair
        tally.n += 1
        tally.rules += bool(by_rules)
        tally.detector += bool(by_detector)
        tally.either += bool(named)
        if row.bad:
            tally.named += row.family in named
        else:
            tally.named += any(finding.severity is Severity.BLOCK for finding in by_rules)
        for family in named & families.keys():
            families[family].claimed += 1
    return families, fair


def table(title: str, families: dict[str, Tally], fair: Tally) -> str:
    """The tallies in Markdown."""
    head = "| family | bad rows | found by rules | by the detector | by either | named rightly | precision |"
    lines = [f"### {title}", "", head, "| --- |" + " --- |" * 6]
    for family, t in families.items():
        shares = " | ".join(
            f"{100 * found / t.n:.0f} %" for found in (t.rules, t.detector, t.either, t.named)
        )
        lines.append(f"| {family} | {t.n} | {shares} | {100 * t.named / max(t.claimed, 1):.0f} % |")
    every = sum(t.n for t in families.values())
    found = sum(t.either for t in families.values())
    lines += [
        "",
        f"All bad rows: {100 * found / every:.1f} % of {every} found. Acceptable rows: of {fair.n}, "
        f"{100 * fair.named / fair.n:.1f} % blocked, {100 * fair.either / fair.n:.1f} % flagged at all "
        f"(by rules {100 * fair.rules / fair.n:.1f} %, by the detector {100 * fair.detector / fair.n:.1f} %).",
        "",
    ]
    return "\n".join(lines)


def report(corpus: list[Row], detectors: list[Detector], folds: list[int], final: Detector) -> str:
    """The page that says how well all this does."""
    fresh, unseen, blind = rows("fresh.tsv"), rows("unseen.tsv"), rows("blind.tsv")
    return "\n".join(
        [
            "# How well careful wording is checked",
            "",
            "Made by `python -m tests.wording.train`; do not edit. A row counts as found when anything was found",
            "in it, as named rightly when its own family was. Precision is named rightly / named at all, over",
            "bad and acceptable rows; a row can truly break a second rule, which counts against it here.",
            "",
            table(
                "The corpus (tests/wording/corpus.tsv), the detector out of fold",
                *judged(corpus, detectors, folds),
            ),
            table(
                "Sentences written blind after all tuning (tests/wording/fresh.tsv)",
                *judged(fresh, [final], [0] * len(fresh)),
            ),
            table(
                "Sentences written blind, looked at while choosing (tests/wording/unseen.tsv)",
                *judged(unseen, [final], [0] * len(unseen)),
            ),
            table(
                "Sentences written blind, looked at while choosing (tests/wording/blind.tsv)",
                *judged(blind, [final], [0] * len(blind)),
            ),
        ]
    )


def main() -> None:
    """Train, choose the threshold, write the model and the report."""
    corpus = rows("corpus.tsv")
    detectors, folds = out_of_fold(corpus)
    limit = threshold(corpus, detectors, folds)
    final = replace(trained(corpus), threshold=limit)
    write_detector(WORDING / "detector.tsv", final)
    REPORT.parent.mkdir(exist_ok=True)
    judges = [replace(detector, threshold=limit) for detector in detectors]
    REPORT.write_text(report(corpus, judges, folds, final), "utf-8")


if __name__ == "__main__":
    main()
