"""Each change of a store's mappings is a version that can be shown, compared and gone back to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from causeway.ledger.tables import Utc

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mapping_versions",
        sa.Column("store", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made_at", Utc(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("why", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("store", "number", name=op.f("pk_mapping_versions")),
    )
    # What stood there before versions were kept is version 0.
    op.add_column(
        "mappings", sa.Column("added_in", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("mappings", sa.Column("removed_in", sa.Integer(), nullable=True))
    op.execute("UPDATE mappings SET removed_in = 0 WHERE removed_at IS NOT NULL")


def downgrade() -> None:
    op.drop_column("mappings", "removed_in")
    op.drop_column("mappings", "added_in")
    op.drop_table("mapping_versions")
