"""Deliveries that wait for a word their connection has not got."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from causeway.ledger.tables import Utc

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NAME = "waiting_deliveries"


def upgrade() -> None:
    op.create_table(
        NAME,
        sa.Column(
            "delivery_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("connection", sa.String(length=40), nullable=False),
        sa.Column("table_name", sa.String(length=40), nullable=False),
        sa.Column("word", sa.String(length=255), nullable=False),
        sa.Column("since", Utc(timezone=True), nullable=False),
        sa.Column("tried_at", Utc(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_waiting_deliveries")),
    )
    op.create_index(
        "ix_waiting_deliveries_word", NAME, ["connection", "table_name", "word"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_waiting_deliveries_word", table_name=NAME)
    op.drop_table(NAME)
