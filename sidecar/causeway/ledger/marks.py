"""Marks: what happened to the ledger itself, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from causeway.ledger.sql import upsert
from causeway.ledger.tables import marks

BACKUP = "backup"
"""In a copy: when it was made. In the ledger: when the last copy was, and where it lies."""
RESTORED = "restored"
"""When the ledger was put back, and to which time."""


@dataclass(frozen=True, slots=True)
class Mark:
    value: str
    at: datetime


def get(connection: Connection, name: str) -> Mark | None:
    row = connection.execute(select(marks.c.value, marks.c.at).where(marks.c.name == name)).first()
    return Mark(*row) if row else None


def put(connection: Connection, name: str, value: str, at: datetime) -> None:
    upsert(connection, marks, [{"name": name, "value": value, "at": at}], ("name",))
