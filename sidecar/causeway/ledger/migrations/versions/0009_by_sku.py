"""What a SKU's figures are worked out from is found by its SKU alone, in every store at once."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = ("catalog", "stock_grants", "held_changes")


def upgrade() -> None:
    for name in TABLES:
        op.create_index(f"ix_{name}_sku", name, ["sku"], unique=False, if_not_exists=True)


def downgrade() -> None:
    for name in TABLES:
        op.drop_index(f"ix_{name}_sku", table_name=name, if_exists=True)
