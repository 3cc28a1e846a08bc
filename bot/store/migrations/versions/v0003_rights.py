"""What the rights of people and the promises made to them need: restriction, what was taken back, the audit
log, the promises themselves, and the tables as they were published."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

#: A moment; on SQLite a text of fixed width.
Utc = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
#: A whole number that counts up.
Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """From 0002."""
    op.add_column(
        "participants", sa.Column("restricted", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_table(
        "withdrawals",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject", "version", name="pk_withdrawals"),
    )
    op.create_table(
        "audit",
        sa.Column("seq", Serial, nullable=False, autoincrement=False),
        sa.Column("at", Utc, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
    )
    op.create_table(
        "promises",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("at", Utc, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_promises"),
    )
    op.create_table(
        "publications",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("at", Utc, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_publications"),
    )
