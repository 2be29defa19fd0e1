"""What the ledger remembers of each connection: whether it is paused, when it was polled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from causeway.ledger.sql import insert_new, upsert
from causeway.ledger.tables import connections


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    name: str
    paused_reason: str | None = None
    paused_at: datetime | None = None
    polled_at: datetime | None = None
    poll_problem: str | None = None
    stock_as_of: datetime | None = None
    shadow: int = 0
    live_from: datetime | None = None


def every(connection: Connection) -> dict[str, ConnectionRow]:
    rows = connection.execute(select(*[connections.c[n] for n in ConnectionRow.__slots__]))
    return {row.name: ConnectionRow(*row) for row in rows}


def pause(connection: Connection, name: str, reason: str, now: datetime) -> None:
    """Send nothing more there until it is resumed; the first reason stays."""
    insert_new(connection, connections, [{"name": name}])
    connection.execute(
        update(connections)
        .where(connections.c.name == name, connections.c.paused_at.is_(None))
        .values(paused_reason=reason[:255], paused_at=now)
    )


def resume(connection: Connection, name: str) -> bool:
    """Send again; False when it was not paused."""
    done = connection.execute(
        update(connections)
        .where(connections.c.name == name, connections.c.paused_at.is_not(None))
        .values(paused_reason=None, paused_at=None)
    )
    return done.rowcount == 1


def polled(connection: Connection, name: str, now: datetime, problem: str | None) -> None:
    """Note that the connection was read, or what kept us from it."""
    row = {"name": name, "polled_at": now, "poll_problem": problem and problem[:500]}
    upsert(connection, connections, [row], ("name",))


def stock_reported(connection: Connection, name: str, as_of: datetime) -> None:
    """Note that every change of the connection's stock up to `as_of` has been read."""
    upsert(connection, connections, [{"name": name, "stock_as_of": as_of}], ("name",))


def set_shadow(connection: Connection, name: str, shadow: bool, live_from: datetime | None) -> None:
    """Compute for it and send nothing; or send, from orders that arrived at `live_from` on."""
    row = {"name": name, "shadow": int(shadow), "live_from": live_from}
    upsert(connection, connections, [row], ("name",))
