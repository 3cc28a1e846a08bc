"""The columns of the tables, the same in every format that has tables, and the cells of a row."""

from typing import Final

from bot.secretariat.exports.rows import AnswerRow, Asked, SuggestionRow

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

#: Every table by its name.
TABLES: Final = {"answers": ANSWERS, "suggestions": SUGGESTIONS, "codebook": CODEBOOK}

#: Columns that hold whole numbers.
NUMBERS: Final = ("option_value", "variable_code", "answers")


def answer_cells(answer: tuple[Asked, AnswerRow]) -> tuple[str, ...]:
    """The cells of ANSWERS."""
    asked, row = answer
    return (
        *(row.id, row.participant, row.at, row.at_be, row.channel, row.group, row.capacity),
        *asked.cells,
        row.outcome,
        *asked.chosen(row.chosen),
        *(row.text or "", row.notice, "no" if row.replaced_at else "yes", row.replaced_at),
    )


def suggestion_cells(row: SuggestionRow) -> tuple[str, ...]:
    """The cells of SUGGESTIONS."""
    return (
        *(row.id, row.thread, row.participant, row.at, row.at_be, row.channel, row.group, row.capacity),
        *(row.clause, row.text, row.status, row.organisation, row.attachments, row.notice),
        *("no" if row.replaced_at else "yes", row.replaced_at),
    )
