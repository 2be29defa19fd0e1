"""Orders, where each stands, what is told back, and what a person must look at."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, String, Table, Text, UniqueConstraint

from causeway.ledger.tables.columns import ExactText, Serial, Utc, is_open, metadata

orders = Table(
    "orders",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("store", String(40), nullable=False),
    Column("order_id", String(64), nullable=False),
    Column("number", String(64), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("phase", String(12), nullable=False),
    Column("financial", String(24), nullable=False),
    Column("fulfilment", String(24), nullable=False),
    Column("total", ExactText, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("state", Text, nullable=False),
    Column("received_at", Utc, nullable=False),
    Column("changed_at", Utc, nullable=False),
    # Since when its person is taken out of everything kept of it.
    Column("erased_at", Utc),
    UniqueConstraint("store", "order_id"),
)
_ERASED = orders.c.erased_at.is_not(None)
Index("ix_orders_erased", orders.c.erased_at, sqlite_where=_ERASED, postgresql_where=_ERASED)
Index("ix_orders_changed", orders.c.changed_at)
Index("ix_orders_number", orders.c.number)

milestones = Table(
    "milestones",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("store", String(40), nullable=False),
    Column("order_id", String(64), nullable=False),
    Column("name", String(20), nullable=False),
    # What tells several of one name apart: a refund's id, a shipment's.
    Column("ref", String(120), nullable=False, server_default=""),
    Column("detail", String(255), nullable=False, server_default=""),
    Column("at", Utc, nullable=False),
    UniqueConstraint("store", "order_id", "name", "ref"),
)

updates = Table(
    "updates",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("store", String(40), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("key", String(255), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("entity", String(40), nullable=False),
    Column("entity_id", String(64), nullable=False),
    Column("data", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    UniqueConstraint("store", "seq"),
    UniqueConstraint("store", "key"),
)

cases = Table(
    "cases",
    metadata,
    Column("id", Serial, primary_key=True),
    # What it is about, in words that stay the same: the same trouble twice is one case.
    Column("key", String(255), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("state", String(12), nullable=False),
    Column("store", String(40), nullable=False, server_default=""),
    Column("order_id", String(64), nullable=False, server_default=""),
    Column("connection", String(40), nullable=False, server_default=""),
    Column("delivery_id", BigInteger),
    Column("event_seq", BigInteger),
    Column("title", String(255), nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
    Column("remedy", Text, nullable=False, server_default=""),
    Column("opened_at", Utc, nullable=False),
    Column("resolved_at", Utc),
    Column("resolved_by", String(80)),
    # Why it was resolved, in the words of who did it.
    Column("resolution", String(500), nullable=False, server_default=""),
)
_CASE_OPEN = is_open(cases)
Index(
    "uq_cases_open_key",
    cases.c.key,
    unique=True,
    sqlite_where=_CASE_OPEN,
    postgresql_where=_CASE_OPEN,
)
Index("ix_cases_order", cases.c.store, cases.c.order_id)
