"""The words of variables, for files that carry them along."""

from collections.abc import Iterator, Mapping

from bot.dialogue import Outcome
from bot.secretariat.exports.extract import Extract
from bot.secretariat.exports.variables import MISSING, Variable
from bot.secretariat.exports.wide import ANSWERED, Wide


def column_labels(extract: Extract, wide: Wide) -> dict[str, str]:
    """What each column asks or holds, in full."""
    told = dict(extract.words.columns["participants"])
    for variable in wide.variables:
        stem = variable.wording.stem
        told[variable.name] = stem
        options = {option.id: option.label for option in variable.wording.options}
        told |= {name: f"{stem} / {options[id_]}" for id_, name in variable.dichotomies.items()}
        if variable.text:
            told[variable.text] = f"{stem} / {extract.words.typed}"
    return told


def value_labels(extract: Extract, wide: Wide) -> dict[str, dict[int, str]]:
    """What each code of each column means, what is not an answer included."""
    return {name: labels for variable in wide.variables for name, labels in _labels(extract, variable)}


def _labels(extract: Extract, variable: Variable) -> Iterator[tuple[str, dict[int, str]]]:
    words = extract.words
    missing = {code: words.outcomes[outcome.value] for outcome, code in MISSING.items()}
    for name in variable.dichotomies.values():
        yield name, {1: words.chosen, 0: words.not_chosen, **missing}
    codes = _codes(variable) or {ANSWERED: words.outcomes[Outcome.ANSWERED.value]}
    yield variable.name, {**codes, **missing}


def _codes(variable: Variable) -> Mapping[int, str]:
    labels = {option.id: option.label for option in variable.wording.options}
    return {} if variable.dichotomies else {code: labels[id_] for id_, code in variable.codes.items()}
