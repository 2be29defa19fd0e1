"""Reservations: what orders take from stock before the source's own figures know of it.

Made when an order is accepted, released when it is cancelled, given back or its time to pay has
run out, and consumed when the source counts it: by its own reservation, or by what has left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, delete, select, update

from causeway.catalog import grants
from causeway.catalog.availability import Hold, Parcel
from causeway.ledger.sql import insert_new
from causeway.ledger.tables import allocations, stock_parcels


def reserve(
    connection: Connection,
    store: str,
    order_id: str,
    goods: Mapping[str, Decimal],
    now: datetime,
    expires_at: datetime | None = None,
) -> list[str]:
    """Take exactly `goods` (SKU → quantity) for the order; the SKUs for which that is a change.

    What it took before is given back. With `expires_at` the goods come back by themselves then.
    """
    wanted = {sku: quantity for sku, quantity in goods.items() if sku and quantity > 0}
    mine = (allocations.c.store == store) & (allocations.c.order_id == order_id)
    query = select(allocations.c.sku, allocations.c.quantity, allocations.c.expires_at).where(mine)
    before = {row.sku: (row.quantity, row.expires_at) for row in connection.execute(query)}
    changed = [s for s in {*wanted, *before} if before.get(s) != (wanted.get(s), expires_at)]
    if not changed:
        return []
    connection.execute(delete(allocations).where(mine, allocations.c.sku.in_(changed)))
    rows = [
        {
            "store": store,
            "order_id": order_id,
            "sku": sku,
            "quantity": wanted[sku],
            "made_at": now,
            "expires_at": expires_at,
        }
        for sku in changed
        if sku in wanted
    ]
    if rows:
        connection.execute(allocations.insert(), rows)
    none = (Decimal(0), None)
    sold = {s: wanted.get(s, Decimal(0)) - before.get(s, none)[0] for s in changed}
    grants.sold(connection, store, {s: quantity for s, quantity in sold.items() if quantity})
    return sorted(changed)


def booked(
    connection: Connection, store: str, order_id: str, at: datetime, by: str = ""
) -> list[str]:
    """From `at` on, the figures of `by` (empty: any source) count the order; its SKUs."""
    mine = (allocations.c.store == store) & (allocations.c.order_id == order_id)
    connection.execute(
        update(allocations)
        .where(mine, allocations.c.booked_at.is_(None))
        .values(booked_at=at, booked_by=by, expires_at=None)
    )
    return list(connection.scalars(select(allocations.c.sku).where(mine)))


def sent(
    connection: Connection,
    store: str,
    order_id: str,
    ref: str,
    by: str,
    goods: Mapping[str, Decimal],
    at: datetime,
) -> None:
    """A parcel `ref` left; from `at` on, the on-hand of `by` no longer has what was in it."""
    rows = [
        {
            "store": store,
            "order_id": order_id,
            "sku": sku,
            "ref": ref[:120],
            "connection": by,
            "quantity": quantity,
            "at": at,
        }
        for sku, quantity in goods.items()
        if sku and quantity > 0
    ]
    insert_new(connection, stock_parcels, rows)


def holds(connection: Connection, skus: Sequence[str]) -> dict[str, list[Hold]]:
    """What orders take, by SKU."""
    wanted = list(skus)
    parcels: dict[tuple[str, str, str], list[Parcel]] = {}
    for row in connection.execute(select(stock_parcels).where(stock_parcels.c.sku.in_(wanted))):
        key = (row.store, row.order_id, row.sku)
        parcels.setdefault(key, []).append(Parcel(row.quantity, row.connection, row.at))
    found: dict[str, list[Hold]] = {}
    query = select(allocations).where(allocations.c.sku.in_(wanted))
    for row in connection.execute(query.order_by(allocations.c.store, allocations.c.order_id)):
        left = tuple(parcels.get((row.store, row.order_id, row.sku), ()))
        hold = Hold(row.store, row.order_id, row.quantity, row.booked_at, row.booked_by, left)
        found.setdefault(row.sku, []).append(hold)
    return found


def forget(connection: Connection, sku: str, counted: Sequence[Hold]) -> None:
    """Drop what the sources count themselves by now."""
    for hold in counted:
        for table in (allocations, stock_parcels):
            connection.execute(
                delete(table).where(
                    table.c.sku == sku,
                    table.c.store == hold.store,
                    table.c.order_id == hold.order_id,
                )
            )


def counted_skus(
    connection: Connection, counted_until: datetime, most: int, by: str = ""
) -> list[str]:
    """SKUs of orders that the source counts itself by now; at most so many."""
    booked_there = allocations.c.booked_by.in_(["", by])
    query = (
        select(allocations.c.sku)
        .where(allocations.c.booked_at < counted_until, booked_there)
        .union(
            select(stock_parcels.c.sku).where(
                stock_parcels.c.at < counted_until, stock_parcels.c.connection == by
            )
        )
        .limit(most)
    )
    return [row.sku for row in connection.execute(query)]


def release_expired(connection: Connection, now: datetime) -> list[str]:
    """Give back what orders held that were not paid in time; the SKUs."""
    over = allocations.c.expires_at <= now
    rows = connection.execute(select(allocations).where(over)).all()
    for row in rows:
        grants.sold(connection, row.store, {row.sku: -row.quantity})
    if rows:
        connection.execute(delete(allocations).where(over))
    return sorted({row.sku for row in rows})


def any_expired(connection: Connection, now: datetime) -> bool:
    query = select(allocations.c.sku).where(allocations.c.expires_at <= now).limit(1)
    return connection.execute(query).first() is not None
