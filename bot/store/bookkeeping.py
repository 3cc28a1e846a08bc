"""The tables that are about nobody: what was taken back, done, promised and published.

One rule: no row here says who a participant is, so that none of it has to go when somebody does.
"""

from typing import Final

from sqlalchemy import Column, Integer, Table, Text

from bot.store.columns import Json, Utc
from bot.store.schema import SERIAL, column, metadata

withdrawals: Final = Table(
    "withdrawals",
    metadata,
    Column("kind", Text, primary_key=True, comment="What was taken back: an answer or a suggestion."),
    Column("subject", Text, primary_key=True, comment="The question's id, or the clause of a suggestion."),
    Column("version", Text, primary_key=True, comment="The hash of the wording; empty for a suggestion."),
    column("count", Integer, "How many."),
    comment="How many answers and suggestions were taken back; it names nobody.",
)

audit: Final = Table(
    "audit",
    metadata,
    Column("seq", SERIAL, primary_key=True, autoincrement=False, comment="Counts up from 1 without a gap."),
    column("at", Utc, "When it was done, by our clock."),
    column("actor", Text, "Who did it: an account of the staff, the operator, or the system."),
    column("act", Text, "What was done."),
    column("subject", Text, "To what: a receipt, a file's name, a question; never what anybody said."),
    column("detail", Json(dict[str, str]), "Numbers and settings of the act; no personal data."),
    column("link", Text, "A keyed hash of this row and of the link before it."),
    comment="What was done with the data, in a chain that shows any later change.",
)

promises: Final = Table(
    "promises",
    metadata,
    Column("name", Text, primary_key=True, comment="Which promise about anonymity."),
    column("value", Integer, "The number people were promised."),
    column("at", Utc, "Since when, by our clock."),
    comment="What people who answered were promised, which may be made stricter and never looser.",
)

publications: Final = Table(
    "publications",
    metadata,
    Column("name", Text, primary_key=True, comment="Which table."),
    column("content", Text, "The table as it was published."),
    column("at", Utc, "When, by our clock."),
    comment="Tables as published, so that publishing again gives the same and nothing can be subtracted.",
)
