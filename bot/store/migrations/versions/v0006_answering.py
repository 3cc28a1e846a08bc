"""What the console counts and lists answers by: a million of them are not read through for one page."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_CURRENT = sa.text("replaced_at IS NULL")
_LISTED = sa.text("text IS NOT NULL AND replaced_at IS NULL")


def upgrade() -> None:
    """From 0005."""
    for name, columns, which in (
        (
            "ix_answers_chosen",
            ["clause", "question", "version", "outcome", "chosen", "group", "channel", "at", "participant"],
            _CURRENT,
        ),
        (
            "ix_answers_typed",
            ["clause", "at", "id", "question", "version", "group", "channel", "participant"],
            _LISTED,
        ),
        ("ix_answers_typed_at", ["at", "id"], _LISTED),
    ):
        op.create_index(name, "answers", columns, sqlite_where=which, postgresql_where=which)
