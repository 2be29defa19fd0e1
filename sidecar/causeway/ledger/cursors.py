"""Cursors: how far a feed has been read. They move in the transaction that keeps what was read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from causeway.ledger.sql import upsert
from causeway.ledger.tables import cursors


def get(connection: Connection, name: str) -> str:
    """The cursor's value; empty at the beginning."""
    return connection.scalar(select(cursors.c.value).where(cursors.c.name == name)) or ""


def move(connection: Connection, name: str, value: str, now: datetime) -> None:
    upsert(connection, cursors, [{"name": name, "value": value, "moved_at": now}], ("name",))
