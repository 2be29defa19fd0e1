"""What there is, what orders take of it, and what shops were told."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Index, Integer, String, Table, literal_column

from causeway.ledger.tables.columns import ExactText, Utc, metadata

stock_levels = Table(
    "stock_levels",
    metadata,
    Column("connection", String(40), primary_key=True),
    Column("warehouse", String(64), primary_key=True),
    Column("sku", String(120), primary_key=True),
    Column("on_hand", ExactText, nullable=False),
    Column("reserved", ExactText, nullable=False),
    Column("as_of", Utc, nullable=False),
    Column("incoming", ExactText),
    Column("incoming_at", Date),
    Column("unit", String(16), nullable=False, server_default=""),
)
Index("ix_stock_levels_sku", stock_levels.c.sku)

stock_movements = Table(
    "stock_movements",
    metadata,
    # What a source said moved; it counts until a level that is newer than `counted_from`.
    Column("connection", String(40), primary_key=True),
    Column("id", String(120), primary_key=True),
    Column("warehouse", String(64), nullable=False),
    Column("sku", String(120), nullable=False),
    Column("quantity", ExactText, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("at", Utc, nullable=False),
    # Whose levels it changes: the connection itself, or the one that keeps its stock.
    Column("level_of", String(40), nullable=False),
    Column("counted_from", Utc, nullable=False),
)
Index("ix_stock_movements_sku", stock_movements.c.sku)
Index("ix_stock_movements_at", stock_movements.c.counted_from)

allocations = Table(
    "allocations",
    metadata,
    # What an accepted order takes from stock until the source's own figures count it.
    Column("store", String(40), primary_key=True),
    Column("order_id", String(64), primary_key=True),
    Column("sku", String(120), primary_key=True),
    Column("quantity", ExactText, nullable=False),
    # From when `booked_by` (empty: any source) counts it in its own figures.
    Column("booked_at", Utc),
    Column("booked_by", String(40), nullable=False, server_default=""),
    Column("made_at", Utc),
    # An order that waits for its payment holds its goods until then.
    Column("expires_at", Utc),
)
Index("ix_allocations_sku", allocations.c.sku)
Index("ix_allocations_expires_at", allocations.c.expires_at)

stock_parcels = Table(
    "stock_parcels",
    metadata,
    # What left of an order's goods, where a source counts an order only once it has shipped it.
    Column("store", String(40), primary_key=True),
    Column("order_id", String(64), primary_key=True),
    Column("sku", String(120), primary_key=True),
    Column("ref", String(120), primary_key=True),
    Column("connection", String(40), nullable=False),
    Column("quantity", ExactText, nullable=False),
    Column("at", Utc, nullable=False),
)
Index("ix_stock_parcels_sku", stock_parcels.c.sku)

stock_grants = Table(
    "stock_grants",
    metadata,
    # What a store was told it may sell and has not sold since, where stores share stock.
    Column("store", String(40), primary_key=True),
    Column("sku", String(120), primary_key=True),
    Column("remaining", ExactText, nullable=False),
    Column("exposed", ExactText, nullable=False),
    # The catalogue's number of the figure that brings it down to `remaining` once it is in force.
    Column("seq", BigInteger, nullable=False),
    # 1 where more than `remaining` may be in force.
    Column("open", Integer, nullable=False, server_default="0"),
)
Index("ix_stock_grants_sku", stock_grants.c.sku)
_GRANT_OPEN = stock_grants.c.open == literal_column("1")
Index(
    "ix_stock_grants_open",
    stock_grants.c.store,
    stock_grants.c.seq,
    sqlite_where=_GRANT_OPEN,
    postgresql_where=_GRANT_OPEN,
)
