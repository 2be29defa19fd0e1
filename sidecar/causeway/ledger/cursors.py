"""Cursors: how far a feed has been read. They move in the transaction that keeps what was read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from causeway.ledger.sql import upsert
from causeway.ledger.tables import cursors


def get(connection: Connection, name: str) -> str:
    """The cursor's value; empty at the beginning."""
    return connection.scalar(select(cursors.c.value).where(cursors.c.name == name)) or ""


def among(connection: Connection, names: Sequence[str]) -> dict[str, str]:
    """Those of these that stand anywhere, by name."""
    query = select(cursors.c.name, cursors.c.value).where(cursors.c.name.in_(list(names)))
    return {name: value for name, value in connection.execute(query) if value}


def move(connection: Connection, name: str, value: str, now: datetime) -> None:
    upsert(connection, cursors, [{"name": name, "value": value, "moved_at": now}], ("name",))
