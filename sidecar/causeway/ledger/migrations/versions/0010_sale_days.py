"""A row of the catalogue says from when until when its sale holds: the shop ends it by itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("catalog", sa.Column("sale_from", sa.Date(), nullable=True))
    op.add_column("catalog", sa.Column("sale_until", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("catalog", "sale_until")
    op.drop_column("catalog", "sale_from")
