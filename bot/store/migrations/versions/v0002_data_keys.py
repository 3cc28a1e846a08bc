"""A data key for each person, the ledger of erasures, and the mark on whoever is to be forgotten.

Addresses were sealed with one key for all of them, which a migration does not have. Nothing was ever
released with that scheme, so they go, as does what else was sealed of a known person: each person's
next event brings their address back, sealed with their own key. A letter that waits to be pushed to
somebody who does not come back is settled as undeliverable.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

#: A moment; on SQLite a text of fixed width.
Utc = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    """From 0001."""
    op.add_column(
        "participants", sa.Column("forget", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.execute(
        "UPDATE participants SET forget = true WHERE id IN (SELECT participant FROM addresses WHERE forget)"
    )
    op.drop_table("addresses")
    op.execute("UPDATE outbox SET reply = '' WHERE reply IS NOT NULL")
    op.execute("UPDATE fetches SET reply = ''")
    op.execute("DELETE FROM quarantine WHERE participant IS NOT NULL")
    op.create_table(
        "addresses",
        sa.Column("participant", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("participant", name="pk_addresses"),
        sa.ForeignKeyConstraint(["participant"], ["participants.id"], name="fk_addresses_participant"),
    )
    op.create_table(
        "data_keys",
        sa.Column("participant", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("master", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("participant", name="pk_data_keys"),
        sa.ForeignKeyConstraint(["participant"], ["participants.id"], name="fk_data_keys_participant"),
    )
    op.create_table(
        "erasures",
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("at", Utc, nullable=False),
        sa.PrimaryKeyConstraint("mark", name="pk_erasures"),
    )
