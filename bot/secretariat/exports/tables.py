"""The columns of the tables, the same in every format that has tables, and the cells of a row."""

from functools import lru_cache
from typing import Final

import msgspec

from bot.dialogue import ShownOption
from bot.secretariat.exports.rows import AnswerRow, SuggestionRow

ANSWERS: Final = (
    *("answer_id", "participant", "at", "at_be", "channel", "group", "capacity", "clause", "question_id"),
    *("version", "stem", "options_shown", "order", "outcome", "chosen_codes", "chosen_labels", "text"),
    *("notice", "current", "replaced_at"),
)
SUGGESTIONS: Final = (
    *("suggestion_id", "thread", "participant", "at", "at_be", "channel", "group", "capacity", "clause"),
    *("text", "status", "organisation", "attachments", "notice", "current", "replaced_at"),
)
#: A row a question and wording, followed by one for each of its options.
CODEBOOK: Final = (
    *("clause", "clause_number", "clause_title", "question_id", "version", "in_use", "kind", "audience"),
    *("stem", "stem_personal", "option_code", "option_label", "option_role", "option_value", "variable"),
    *("variable_code", "answers"),
)
#: The first columns where a row is a person; the variables of the questions come after them.
PARTICIPANTS: Final = ("participant", "group", "capacity", "channel", "first_at", "last_at")

#: The columns that hold what was typed: only they may be long.
TYPED: Final = ("text", "organisation")

_BETWEEN: Final = " | "

#: Wordings remembered; an option's place is shuffled, so one question has many.
_REMEMBERED: Final = 8_000

_options: Final = msgspec.json.Decoder(tuple[ShownOption, ...]).decode
_chosen: Final = msgspec.json.Decoder(tuple[str, ...]).decode


@lru_cache(_REMEMBERED)
def options_of(json: str) -> tuple[ShownOption, ...]:
    """The options of an answer's row, in the order shown."""
    return _options(json)


@lru_cache(_REMEMBERED)
def chosen_of(json: str) -> tuple[str, ...]:
    """The ids of the chosen options of an answer's row."""
    return _chosen(json)


@lru_cache(_REMEMBERED)
def options_shown(options: str) -> str:
    """The options as one cell."""
    return _BETWEEN.join(f"{option.id}={option.label}" for option in options_of(options))


@lru_cache(_REMEMBERED)
def chosen_shown(options: str, chosen: str) -> tuple[str, str]:
    """The chosen codes and their labels as shown, each as one cell."""
    labels = {option.id: option.label for option in options_of(options)}
    codes = chosen_of(chosen)
    return _BETWEEN.join(codes), _BETWEEN.join(labels.get(code, "") for code in codes)


def answer_cells(row: AnswerRow) -> tuple[str, ...]:
    """The cells of ANSWERS."""
    return (
        *(row.id, row.participant, row.at, row.at_be, row.channel, row.group, row.capacity, row.clause),
        *(row.question, row.version, row.stem, options_shown(row.options), row.order, row.outcome),
        *chosen_shown(row.options, row.chosen),
        *(row.text or "", row.notice, "no" if row.replaced_at else "yes", row.replaced_at),
    )


def suggestion_cells(row: SuggestionRow) -> tuple[str, ...]:
    """The cells of SUGGESTIONS."""
    return (
        *(row.id, row.thread, row.participant, row.at, row.at_be, row.channel, row.group, row.capacity),
        *(row.clause, row.text, row.status, row.organisation, row.attachments, row.notice),
        *("no" if row.replaced_at else "yes", row.replaced_at),
    )
