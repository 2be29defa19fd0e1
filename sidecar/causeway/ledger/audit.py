"""Who did what by hand."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from causeway.ledger.tables import audit


def note(connection: Connection, actor: str, action: str, subject: str, now: datetime) -> None:
    """Keep that `actor` (`cli`, `ops`, …) did `action` to `subject`."""
    connection.execute(
        audit.insert().values(at=now, actor=actor, action=action, subject=subject[:255])
    )
