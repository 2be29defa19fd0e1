"""Mappings, the orders that wait for one, and connections in shadow."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from causeway.ledger.tables import Utc

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mappings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("store", sa.String(length=40), nullable=False),
        sa.Column("connection", sa.String(length=40), nullable=False),
        sa.Column("table_name", sa.String(length=20), nullable=False),
        sa.Column("pattern", sa.String(length=255), nullable=False),
        sa.Column("value", sa.String(length=255), nullable=False),
        sa.Column("valid_from", Utc(timezone=True), nullable=True),
        sa.Column("valid_until", Utc(timezone=True), nullable=True),
        sa.Column("added_at", Utc(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(length=80), nullable=False),
        sa.Column("removed_at", Utc(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mappings")),
    )
    op.create_index("ix_mappings_store", "mappings", ["store"], unique=False)
    op.create_table(
        "waiting_orders",
        sa.Column("store", sa.String(length=40), nullable=False),
        sa.Column("table_name", sa.String(length=20), nullable=False),
        sa.Column("word", sa.String(length=255), nullable=False),
        sa.Column("order_id", sa.String(length=64), nullable=False),
        sa.Column("since", Utc(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "store", "table_name", "word", "order_id", name=op.f("pk_waiting_orders")
        ),
    )
    op.add_column(
        "connections", sa.Column("shadow", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("connections", sa.Column("live_from", Utc(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("connections", "live_from")
    op.drop_column("connections", "shadow")
    op.drop_table("waiting_orders")
    op.drop_index("ix_mappings_store", table_name="mappings")
    op.drop_table("mappings")
