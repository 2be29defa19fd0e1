"""A row of the catalogue says until when its sale holds: the shop ends it by itself.

Sales that are on already are worked out anew, so that their shops hear of their last day.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from causeway.ledger.tables import Utc

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("catalog", sa.Column("sale_until", sa.Date(), nullable=True))
    rows = sa.table("catalog", sa.column("sku"), sa.column("sale_state"))
    marks = sa.table("sku_marks", sa.column("sku"), sa.column("marked_at"))
    on_sale = sa.select(rows.c.sku, sa.literal(datetime.now(UTC), Utc)).distinct()
    on_sale = on_sale.where(rows.c.sale_state == "on")
    op.execute(marks.insert().from_select(["sku", "marked_at"], on_sale))


def downgrade() -> None:
    op.drop_column("catalog", "sale_until")
