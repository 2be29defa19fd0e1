"""Orders as the flows left them, and the dated steps of their journey."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, select

from causeway.ledger.sql import insert_new, upsert
from causeway.ledger.tables import milestones, orders


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order's line in the ledger. `state` is the flow's own record of it, as JSON text."""

    store: str
    order_id: str
    number: str
    version: int
    phase: str
    financial: str
    fulfilment: str
    total: Decimal
    currency: str
    state: str
    received_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Milestone:
    """A dated step of an order's journey. `ref` tells several of one name apart."""

    name: str
    at: datetime
    ref: str = ""
    detail: str = ""


def get(connection: Connection, store: str, order_id: str) -> OrderRow | None:
    query = select(*_COLUMNS).where(orders.c.store == store, orders.c.order_id == order_id)
    row = connection.execute(query).first()
    return OrderRow(*row) if row else None


def save(connection: Connection, row: OrderRow) -> None:
    """Write the order over what was known of it; `received_at` stays as it first was."""
    values = {name: getattr(row, name) for name in OrderRow.__slots__}
    upsert(connection, orders, [values], ("store", "order_id"), keep=("received_at",))


def reach(connection: Connection, store: str, order_id: str, reached: Sequence[Milestone]) -> None:
    """Note the steps that are new; one reached before keeps its first date."""
    insert_new(
        connection,
        milestones,
        [
            {
                "store": store,
                "order_id": order_id,
                "name": step.name,
                "ref": step.ref,
                "detail": step.detail[:255],
                "at": step.at,
            }
            for step in reached
        ],
    )


def journey(connection: Connection, store: str, order_id: str) -> list[Milestone]:
    """The order's milestones, oldest first."""
    query = (
        select(milestones.c.name, milestones.c.at, milestones.c.ref, milestones.c.detail)
        .where(milestones.c.store == store, milestones.c.order_id == order_id)
        .order_by(milestones.c.at, milestones.c.id)
    )
    return [Milestone(*row) for row in connection.execute(query)]


_COLUMNS = [orders.c[name] for name in OrderRow.__slots__]
