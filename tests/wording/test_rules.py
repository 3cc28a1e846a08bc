"""Every rule finds its own bad examples and lets its own good ones pass; so does the dev set."""

import csv
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.wording.conftest import CONTENT, Checker

SHARED = Path(__file__).resolve().parents[3] / "shared" / "content" / "wording-devset.tsv"
FILES = sorted((CONTENT / "wording").glob("W*.yaml"))


def test_there_are_31_rules(checker: Checker) -> None:
    assert [rule.id for rule in checker.rules.rules] == [f"W{n:02}" for n in range(1, 32)]
    assert len({rule.family for rule in checker.rules.rules}) == 31


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_a_rule_keeps_its_examples(checker: Checker, file: Path) -> None:
    rule = YAML(typ="safe").load(file.read_text("utf-8"))
    for example in rule["examples"]:
        assert rule["family"] in checker.families(example["bad"]), example["bad"]
        assert checker.blocks(example["good"]) == set(), example["good"]
        assert rule["family"] not in checker.families(example["good"]), example["good"]


@pytest.mark.skipif(not SHARED.exists(), reason="the dev set lies in shared/, which is not here")
def test_the_dev_set(checker: Checker) -> None:
    with SHARED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    bad = [row for row in rows if row["label"] == "bad"]
    assert len(bad) == 20
    assert [row["text"] for row in bad if row["rule_family"] not in checker.families(row["text"])] == []
    assert [row["text"] for row in rows if row["label"] == "ok" and checker.blocks(row["text"])] == []
