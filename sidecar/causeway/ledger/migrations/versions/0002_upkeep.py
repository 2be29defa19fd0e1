"""Upkeep: replays, marks of backup and restore, erasure, and why a case was resolved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from causeway.ledger.tables import Utc

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("orders", sa.Column("erased_at", Utc(timezone=True), nullable=True))
    erased = sa.text("erased_at IS NOT NULL")
    op.create_index(
        "ix_orders_erased", "orders", ["erased_at"], sqlite_where=erased, postgresql_where=erased
    )
    op.add_column(
        "cases",
        sa.Column("resolution", sa.String(length=500), server_default="", nullable=False),
    )
    op.create_table(
        "replays",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("selection", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("end_id", sa.BigInteger(), nullable=False),
        sa.Column("next_due", Utc(timezone=True), nullable=False),
        sa.Column("started_at", Utc(timezone=True), nullable=False),
        sa.Column("finished_at", Utc(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replays")),
    )
    open_ = sa.text("finished_at IS NULL")
    op.create_index(
        "ix_replays_open", "replays", ["id"], sqlite_where=open_, postgresql_where=open_
    )
    op.create_table(
        "marks",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("at", Utc(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_marks")),
    )
