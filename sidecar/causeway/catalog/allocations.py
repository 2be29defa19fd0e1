"""What orders take from stock before the source's own figures know of it.

A source counts an order from its booking on. So an order's goods are taken off here until a level
arrives whose `as_of` is later than the booking: an outage of the source cannot resurrect what the
shop has sold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, bindparam, delete, select, update

from causeway.ledger.tables import allocations


def allocate(
    connection: Connection, store: str, order_id: str, goods: Mapping[str, Decimal]
) -> None:
    """Take exactly `goods` (SKU → quantity) for the order; what it took before is given back."""
    allocate_all(connection, [(store, order_id, goods)])


def allocate_all(
    connection: Connection, taken_by: Sequence[tuple[str, str, Mapping[str, Decimal]]]
) -> None:
    """As `allocate`, for several: store, order, goods."""
    rows = [
        {"store": store, "order_id": order_id, "sku": sku, "quantity": quantity}
        for store, order_id, goods in taken_by
        for sku, quantity in goods.items()
        if sku and quantity > 0
    ]
    for store in sorted({store for store, _, _ in taken_by}):
        ids = [order_id for its, order_id, _ in taken_by if its == store]
        connection.execute(_GIVEN_BACK, {"of_store": store, "ids": ids})
    if rows:
        connection.execute(allocations.insert(), rows)


def booked(connection: Connection, store: str, order_id: str, at: datetime) -> None:
    """From `at` on, the source's own figures will count the order."""
    connection.execute(
        update(allocations)
        .where(allocations.c.store == store, allocations.c.order_id == order_id)
        .values(booked_at=at)
    )


def booked_all(connection: Connection, found: Sequence[tuple[str, str, datetime]]) -> None:
    """As `booked`, for several: store, order, since when."""
    if found:
        names = [{"of_store": s, "of_order": o, "since": at} for s, o, at in found]
        connection.execute(_BOOKED, names)


def taken(
    connection: Connection, skus: list[str]
) -> dict[str, list[tuple[Decimal, datetime | None]]]:
    """By SKU: how many each order takes, and since when a source counts it (None: not yet)."""
    query = select(allocations.c.sku, allocations.c.quantity, allocations.c.booked_at).where(
        allocations.c.sku.in_(skus)
    )
    found: dict[str, list[tuple[Decimal, datetime | None]]] = {}
    for row in connection.execute(query):
        found.setdefault(row.sku, []).append((row.quantity, row.booked_at))
    return found


def forget_counted(connection: Connection, sku: str, counted_until: datetime) -> None:
    """Drop what the source counts itself by now."""
    connection.execute(
        delete(allocations).where(allocations.c.sku == sku, allocations.c.booked_at < counted_until)
    )


def counted_skus(connection: Connection, counted_until: datetime, most: int) -> list[str]:
    """SKUs of orders that the sources count themselves by now; at most so many."""
    query = (
        select(allocations.c.sku)
        .where(allocations.c.booked_at < counted_until)
        .distinct()
        .limit(most)
    )
    return [row.sku for row in connection.execute(query)]


_GIVEN_BACK = delete(allocations).where(
    allocations.c.store == bindparam("of_store"),
    allocations.c.order_id.in_(bindparam("ids", expanding=True)),
)
_BOOKED = (
    update(allocations)
    .where(
        allocations.c.store == bindparam("of_store"),
        allocations.c.order_id == bindparam("of_order"),
    )
    .values(booked_at=bindparam("since"))
)
