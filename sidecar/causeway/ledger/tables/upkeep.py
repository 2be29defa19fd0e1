"""The ledger's own affairs: cursors, numbers, signs of life, records."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from causeway.ledger.tables.columns import Serial, Utc, metadata

cursors = Table(
    "cursors",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("value", Text, nullable=False),
    Column("moved_at", Utc, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    # Numbers that must be given out in the order in which transactions commit: a reader's cursor
    # then misses nothing. Taking one holds its row until the commit.
    Column("name", String(120), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("at", Utc, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("at", Utc, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", String(255), nullable=False),
)

replays = Table(
    "replays",
    metadata,
    # Deliveries made due again by hand, a batch at a time; `last_id` says how far it has come.
    Column("id", Serial, primary_key=True),
    Column("actor", String(80), nullable=False),
    Column("selection", Text, nullable=False),
    Column("total", Integer, nullable=False),
    Column("done", Integer, nullable=False, server_default="0"),
    Column("last_id", BigInteger, nullable=False, server_default="0"),
    Column("end_id", BigInteger, nullable=False),
    Column("next_due", Utc, nullable=False),
    Column("started_at", Utc, nullable=False),
    Column("finished_at", Utc),
)
_UNDER_WAY = replays.c.finished_at.is_(None)
Index("ix_replays_open", replays.c.id, sqlite_where=_UNDER_WAY, postgresql_where=_UNDER_WAY)

marks = Table(
    "marks",
    metadata,
    # What happened to the ledger itself: backed up, restored.
    Column("name", String(120), primary_key=True),
    Column("value", Text, nullable=False),
    Column("at", Utc, nullable=False),
)
