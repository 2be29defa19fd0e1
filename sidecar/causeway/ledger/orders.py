"""Orders as the flows left them, and the dated steps of their journey."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, bindparam, or_, select

from causeway.canonical import Money
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


def totals(connection: Connection, store: str, numbers: Sequence[str]) -> dict[str, Money]:
    """What orders of the store come to, by the number or id they were named by."""
    columns = (orders.c.number, orders.c.order_id, orders.c.total, orders.c.currency)
    query = select(*columns).where(
        orders.c.store == store,
        or_(orders.c.number.in_(list(numbers)), orders.c.order_id.in_(list(numbers))),
    )
    found: dict[str, Money] = {}
    for row in connection.execute(query):
        total = Money(row.total, row.currency)
        found |= {name: total for name in (row.order_id, row.number) if name in numbers}
    return found


def get_all(
    connection: Connection, named: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], OrderRow]:
    """Those of the orders, named by store and id, that there are."""
    found: dict[tuple[str, str], OrderRow] = {}
    for store in sorted({store for store, _ in named}):
        ids = [order_id for its, order_id in named if its == store]
        for row in connection.execute(_SOME, {"of_store": store, "ids": ids}):
            found[row.store, row.order_id] = OrderRow(*row)
    return found


def save(connection: Connection, row: OrderRow) -> None:
    """Write the order over what was known of it; `received_at` stays as it first was."""
    save_all(connection, [row])


def save_all(connection: Connection, rows: Sequence[OrderRow]) -> None:
    """As `save`, for several."""
    values = [{name: getattr(row, name) for name in OrderRow.__slots__} for row in rows]
    upsert(connection, orders, values, ("store", "order_id"), keep=("received_at",))


def reach(connection: Connection, store: str, order_id: str, reached: Sequence[Milestone]) -> None:
    """Note the steps that are new; one reached before keeps its first date."""
    reach_all(connection, [((store, order_id), reached)])


def reach_all(
    connection: Connection, reached: Sequence[tuple[tuple[str, str], Sequence[Milestone]]]
) -> None:
    """As `reach`, for several orders, named by store and id."""
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
            for (store, order_id), steps in reached
            for step in steps
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
_SOME = select(*_COLUMNS).where(
    orders.c.store == bindparam("of_store"), orders.c.order_id.in_(bindparam("ids", expanding=True))
)
