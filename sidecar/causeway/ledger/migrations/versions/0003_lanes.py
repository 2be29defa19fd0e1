"""Lanes: what somebody waits for goes before stock, catalogue and history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_WAITING = sa.text("state = 'waiting'")
_OPEN = sa.text("state IN ('waiting', 'sending', 'unknown', 'parked')")
_READY = sa.text("state IN ('waiting', 'sending', 'unknown')")


def upgrade() -> None:
    for table in ("events", "deliveries"):
        lane = sa.Column("lane", sa.SmallInteger(), server_default="0", nullable=False)
        op.add_column(table, lane)
    op.drop_index("ix_events_due", table_name="events")
    op.create_index("ix_events_lane", "events", ["lane", "due_at"],
                    sqlite_where=_WAITING, postgresql_where=_WAITING)
    op.drop_index("ix_deliveries_due", table_name="deliveries")
    op.create_index("ix_deliveries_open", "deliveries", ["connection", "state"],
                    sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_index("ix_deliveries_ready", "deliveries", ["connection", "store", "lane", "due_at"],
                    sqlite_where=_READY, postgresql_where=_READY)


def downgrade() -> None:
    op.drop_index("ix_deliveries_ready", table_name="deliveries")
    op.drop_index("ix_deliveries_open", table_name="deliveries")
    op.create_index("ix_deliveries_due", "deliveries", ["connection", "due_at"],
                    sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.drop_index("ix_events_lane", table_name="events")
    op.create_index("ix_events_due", "events", ["due_at"],
                    sqlite_where=_WAITING, postgresql_where=_WAITING)
    for table in ("deliveries", "events"):
        op.drop_column(table, "lane")
