"""Sales that are on are worked out anew, so that their shops hear of their last day.

`catalog.sale_from`, which 0010 added, is written no more: a shop whose zone is behind the store's
would wait for that day. The column stays while workers of the version before may run beside.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from causeway.ledger.tables import Utc

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    rows = sa.table("catalog", sa.column("sku"), sa.column("sale_state"))
    marks = sa.table("sku_marks", sa.column("sku"), sa.column("marked_at"))
    on_sale = sa.select(rows.c.sku, sa.literal(datetime.now(UTC), Utc)).distinct()
    on_sale = on_sale.where(rows.c.sale_state == "on")
    op.execute(marks.insert().from_select(["sku", "marked_at"], on_sale))


def downgrade() -> None:
    """Marks are worked off in any version."""
