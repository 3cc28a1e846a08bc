"""The codebook: a row for every wording of every question, followed by one for each of its options."""

from collections.abc import Iterator
from typing import Final

from bot.dialogue import Outcome
from bot.library import Role
from bot.secretariat.exports.extract import Extract
from bot.secretariat.exports.tables import CODEBOOK
from bot.secretariat.exports.variables import MISSING, Variable, variables
from bot.secretariat.exports.wordings import WordedOption, Wording

_OUTCOMES: Final = {
    Role.NOT_APPLICABLE: Outcome.NOT_APPLICABLE,
    Role.DONT_KNOW: Outcome.DONT_KNOW,
    Role.SKIP: Outcome.SKIPPED,
}


def codebook_cells(extract: Extract) -> Iterator[tuple[str, ...]]:
    """The cells of tables.CODEBOOK; of a database with demo people, one row before all says so."""
    if extract.demo:
        yield tuple(extract.words.demo if column == "stem" else "" for column in CODEBOOK)
    for variable in variables(extract.wordings):
        head = _head(variable.wording)
        tail = str(variable.wording.answers)
        yield (*head, "", "", "", "", variable.name, "", tail)
        for option in variable.wording.options:
            value = "" if option.value is None else str(option.value)
            name, code = _coded(variable, option)
            yield (*head, option.id, option.label, option.role.value, value, name, code, tail)


def _head(wording: Wording) -> tuple[str, ...]:
    clause = wording.clause
    return (
        wording.clause_id,
        clause.number if clause else "",
        clause.title if clause else "",
        wording.question,
        wording.version,
        "yes" if wording.in_use else "no",
        wording.kind,
        " | ".join(wording.audience),
        wording.stem,
        wording.stem_personal,
    )


def _coded(variable: Variable, option: WordedOption) -> tuple[str, str]:
    """The variable an option shows in, and as what."""
    if option.role is not Role.SUBSTANTIVE:
        return variable.name, str(MISSING[_OUTCOMES[option.role]])
    if option.id in variable.dichotomies:
        return variable.dichotomies[option.id], "1"
    return variable.name, str(variable.codes[option.id])
