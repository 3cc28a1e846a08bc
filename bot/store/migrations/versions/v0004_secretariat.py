"""The secretariat: its accounts, replies, tags and wordings being edited; who wants to be told of a reply."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

#: A moment; on SQLite a text of fixed width.
Utc = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    """From 0003."""
    op.add_column("suggestions", sa.Column("tell", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("suggestions", sa.Column("reply", sa.Text(), nullable=True))
    op.create_table(
        "staff",
        _text("id"),
        _text("name"),
        _text("roles"),
        _text("password", nullable=True),
        sa.Column("totp", sa.LargeBinary(), nullable=True),
        sa.Column("totp_step", sa.Integer(), nullable=False),
        _text("recovery"),
        sa.Column("signing_key", sa.LargeBinary(), nullable=True),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        _time("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_staff"),
        sa.UniqueConstraint("name", name="uq_staff_name"),
    )
    for table, *others in (
        ("staff_links", _time("expires_at")),
        ("staff_sessions", _time("created_at"), _time("seen_at")),
    ):
        op.create_table(
            table,
            _text("mark"),
            _text("staff"),
            *others,
            sa.PrimaryKeyConstraint("mark", name=f"pk_{table}"),
            sa.ForeignKeyConstraint(["staff"], ["staff.id"], name=f"fk_{table}_staff"),
        )
    op.create_table(
        "staff_attempts",
        _text("mark"),
        sa.Column("failures", sa.Integer(), nullable=False),
        _time("until"),
        sa.PrimaryKeyConstraint("mark", name="pk_staff_attempts"),
    )
    op.create_table(
        "replies",
        *map(_text, ("id", "receipt", "text", "author")),
        _time("at"),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_replies"),
    )
    op.create_table(
        "tags",
        *map(_text, ("receipt", "tag", "author")),
        _time("at"),
        sa.PrimaryKeyConstraint("receipt", "tag", name="pk_tags"),
    )
    op.create_table(
        "moderations",
        *map(_text, ("id", "subject", "flag", "reason", "author")),
        _time("at"),
        sa.PrimaryKeyConstraint("id", name="pk_moderations"),
    )
    op.create_table(
        "wordings",
        *map(_text, ("id", "file", "base", "content", "state", "author")),
        _text("reviewer", nullable=True),
        _text("note", nullable=True),
        _time("created_at"),
        _time("changed_at"),
        sa.PrimaryKeyConstraint("id", name="pk_wordings"),
    )


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _time(name: str) -> sa.Column[Any]:
    return sa.Column(name, Utc, nullable=False)
