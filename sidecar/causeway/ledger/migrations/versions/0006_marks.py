"""A mark for each change of a SKU's figures, where there was one for all of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from causeway.ledger.tables import Utc

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.rename_table("dirty_skus", "dirty_skus_before")
    op.create_table(
        "dirty_skus",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sku", sa.String(length=120), nullable=False),
        sa.Column("marked_at", Utc(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_dirty_skus_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_dirty_skus_sku", "dirty_skus", ["sku"])
    op.execute(
        "INSERT INTO dirty_skus (sku, marked_at) SELECT sku, marked_at FROM dirty_skus_before"
        " ORDER BY marked_at, sku"
    )
    op.drop_table("dirty_skus_before")


def downgrade() -> None:
    op.rename_table("dirty_skus", "dirty_skus_after")
    op.create_table(
        "dirty_skus",
        sa.Column("sku", sa.String(length=120), nullable=False),
        sa.Column("marked_at", Utc(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sku", name="pk_dirty_skus_sku"),
    )
    op.execute(
        "INSERT INTO dirty_skus (sku, marked_at) SELECT sku, min(marked_at) FROM dirty_skus_after"
        " GROUP BY sku"
    )
    op.drop_table("dirty_skus_after")
