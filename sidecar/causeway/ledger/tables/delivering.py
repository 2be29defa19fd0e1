"""Systems behind the shops: what is to be done in them, what was, and by which words."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, UniqueConstraint

from causeway.ledger.tables.columns import (
    Serial,
    Utc,
    is_ready,
    is_unfinished,
    lane,
    lease,
    metadata,
)

connections = Table(
    "connections",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("paused_reason", String(255)),
    Column("paused_at", Utc),
    Column("polled_at", Utc),
    Column("poll_problem", String(500)),
    # Up to when it has reported every change of its stock.
    Column("stock_as_of", Utc),
    # While it runs beside another connector: everything is computed, nothing is sent.
    Column("shadow", Integer, nullable=False, server_default="0"),
    # Orders that arrived before then stay in shadow: another connector has them.
    Column("live_from", Utc),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("connection", String(40), nullable=False),
    Column("key", String(255), nullable=False),
    Column("store", String(40), nullable=False),
    Column("order_id", String(64), nullable=False),
    Column("operation", String(20), nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", String(12), nullable=False),
    Column("due_at", Utc, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("done_at", Utc),
    Column("reason", String(500), nullable=False, server_default=""),
    # How often a worker died while sending it.
    Column("deaths", Integer, nullable=False, server_default="0"),
    lane(),
    *lease(),
    UniqueConstraint("connection", "key"),
)
_OPEN = is_unfinished(deliveries)
_READY = is_ready(deliveries)
Index(
    "ix_deliveries_open",
    deliveries.c.connection,
    deliveries.c.state,
    sqlite_where=_OPEN,
    postgresql_where=_OPEN,
)
Index(
    "ix_deliveries_ready",
    deliveries.c.connection,
    deliveries.c.store,
    deliveries.c.lane,
    deliveries.c.due_at,
    sqlite_where=_READY,
    postgresql_where=_READY,
)
Index(
    "ix_deliveries_line",
    deliveries.c.connection,
    deliveries.c.store,
    deliveries.c.order_id,
    deliveries.c.id,
)
Index("ix_deliveries_order", deliveries.c.store, deliveries.c.order_id)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("delivery_id", BigInteger, nullable=False, index=True),
    Column("started_at", Utc, nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("detail", String(500), nullable=False, server_default=""),
)

bindings = Table(
    "bindings",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("connection", String(40), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("ours", String(255), nullable=False),
    Column("theirs", String(255), nullable=False),
    Column("number", String(255), nullable=False, server_default=""),
    Column("bound_at", Utc, nullable=False),
    UniqueConstraint("connection", "kind", "ours"),
    UniqueConstraint("connection", "kind", "theirs"),
)

mappings = Table(
    "mappings",
    metadata,
    # Never changed: an entry that is no longer right gets its end, and another one follows.
    Column("id", Serial, primary_key=True),
    Column("store", String(40), nullable=False),
    Column("connection", String(40), nullable=False),
    Column("table_name", String(20), nullable=False),
    Column("pattern", String(255), nullable=False),
    Column("value", String(255), nullable=False),
    Column("valid_from", Utc),
    Column("valid_until", Utc),
    Column("added_at", Utc, nullable=False),
    Column("added_by", String(80), nullable=False),
    Column("removed_at", Utc),
    # In force from one version on until another; 0 is what stood there before there were any.
    Column("added_in", Integer, nullable=False, server_default="0"),
    Column("removed_in", Integer),
)
Index("ix_mappings_store", mappings.c.store)

mapping_versions = Table(
    "mapping_versions",
    metadata,
    # Each change of a store's mappings: who, when, why.
    Column("store", String(40), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("made_at", Utc, nullable=False),
    Column("made_by", String(80), nullable=False),
    Column("why", String(255), nullable=False),
)

waiting_orders = Table(
    "waiting_orders",
    metadata,
    # Orders that wait until a table has a word.
    Column("store", String(40), primary_key=True),
    Column("table_name", String(20), primary_key=True),
    Column("word", String(255), primary_key=True),
    Column("order_id", String(64), primary_key=True),
    Column("since", Utc, nullable=False),
)

waiting_deliveries = Table(
    "waiting_deliveries",
    metadata,
    # Deliveries that a connection refused for want of a word: a product it has not got, say.
    Column("delivery_id", Serial, primary_key=True, autoincrement=False),
    Column("connection", String(40), nullable=False),
    Column("table_name", String(40), nullable=False),
    Column("word", String(255), nullable=False),
    Column("since", Utc, nullable=False),
    Column("tried_at", Utc, nullable=False),
)
Index(
    "ix_waiting_deliveries_word",
    waiting_deliveries.c.connection,
    waiting_deliveries.c.table_name,
    waiting_deliveries.c.word,
)
