"""Shops, their secrets, and what they said."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, String, Table, Text, UniqueConstraint

from causeway.ledger.tables.columns import Serial, Utc, is_waiting, lane, lease, metadata

stores = Table(
    "stores",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("url", String(500), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("created_at", Utc, nullable=False),
)

store_secrets = Table(
    "store_secrets",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("store", String(40), nullable=False, index=True),
    Column("secret", String(200), nullable=False),
    Column("created_at", Utc, nullable=False),
    # A rotated secret is still accepted until then; None is the current one.
    Column("expires_at", Utc),
)

events = Table(
    "events",
    metadata,
    Column("seq", Serial, primary_key=True),
    Column("source", String(60), nullable=False),
    Column("id", String(36), nullable=False),
    Column("topic", String(60), nullable=False),
    Column("entity", String(40), nullable=False),
    Column("entity_id", String(64), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("occurred_at", Utc, nullable=False),
    Column("received_at", Utc, nullable=False),
    Column("schema", String(64), nullable=False),
    Column("data", Text, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("state", String(12), nullable=False),
    Column("due_at", Utc, nullable=False),
    Column("done_at", Utc),
    lane(),
    *lease(),
    UniqueConstraint("source", "id"),
)
_WAITING = is_waiting(events)
Index(
    "ix_events_lane",
    events.c.lane,
    events.c.due_at,
    sqlite_where=_WAITING,
    postgresql_where=_WAITING,
)
Index(
    "ix_events_line",
    events.c.source,
    events.c.entity,
    events.c.entity_id,
    events.c.seq,
    sqlite_where=_WAITING,
    postgresql_where=_WAITING,
)
Index("ix_events_entity", events.c.source, events.c.entity, events.c.entity_id)
