"""What the secretariat looks up by receipt or by tag: a million suggestions are not read through for one."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """From 0004."""
    op.create_index("ix_suggestions_receipt", "suggestions", ["receipt"])
    op.create_index("ix_replies_receipt", "replies", ["receipt"])
    op.create_index("ix_tags_tag", "tags", ["tag"])
    op.create_index("ix_moderations_subject", "moderations", ["subject"])
