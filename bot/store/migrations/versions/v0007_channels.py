"""Letters that are due, found by the channel they go through: each has workers of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_UNSETTLED = sa.text("settled_at IS NULL")


def upgrade() -> None:
    """From 0006."""
    op.drop_index("ix_outbox_unsettled", "outbox")
    op.create_index(
        "ix_outbox_unsettled",
        "outbox",
        ["channel", "due_at", "seq"],
        sqlite_where=_UNSETTLED,
        postgresql_where=_UNSETTLED,
    )
