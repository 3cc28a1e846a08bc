"""Every question we ask, made worse in every way: each way is caught in each question."""

import csv
from pathlib import Path

import pytest

from bot.library import Question, load
from tests.wording.conftest import Checker

with (Path(__file__).parent / "mutations.tsv").open(encoding="utf-8", newline="") as file:
    MUTATIONS = list(csv.DictReader(file, delimiter="\t"))


def worse(question: Question, way: str, text: str) -> str:
    """The question as a pasted line, with one thing made worse."""
    labels = [option.label for option in question.options] or text.split(" | ")
    options = " | ".join(labels)
    match way:
        case "first":
            return f"{question.stem} | {text}{options}"
        case "stem":
            return f"{text} | {options}"
        case "before":
            return f"{text}{question.stem} | {options}"
        case "after":
            return f"{question.stem}{text} | {options}"
        case _:
            return f"{question.stem} | {text}"


@pytest.mark.parametrize(
    "mutation", MUTATIONS, ids=[f"{n}-{row['family']}" for n, row in enumerate(MUTATIONS)]
)
def test_what_is_made_worse_is_caught(checker: Checker, mutation: dict[str, str]) -> None:
    escaped = [
        line
        for question in load().questions.values()
        for line in [worse(question, mutation["way"], mutation["text"])]
        if mutation["family"] not in checker.families(line)
    ]
    assert escaped == []


def test_as_they_are_none_is_caught(checker: Checker) -> None:
    """They pass as pasted lines too, where roles and values are only guessed from the labels."""
    lines = [worse(question, "before", "") for question in load().questions.values()]
    assert [line for line in lines if checker.blocks(line)] == []
