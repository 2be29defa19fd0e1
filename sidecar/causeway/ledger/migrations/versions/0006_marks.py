"""A mark for each change of a SKU's figures, where there was one for all of them.

The table of before stays: processes of that version go on marking there while both run.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from causeway.ledger.tables import Utc

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sku_marks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sku", sa.String(length=120), nullable=False),
        sa.Column("marked_at", Utc(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sku_marks")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sku_marks_sku", "sku_marks", ["sku"])


def downgrade() -> None:
    op.execute(
        "INSERT INTO dirty_skus (sku, marked_at) SELECT sku, min(marked_at) FROM sku_marks"
        " WHERE sku NOT IN (SELECT sku FROM dirty_skus) GROUP BY sku"
    )
    op.drop_table("sku_marks")
