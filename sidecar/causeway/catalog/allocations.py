"""Reservations: what orders take from stock before the source's own figures know of it.

Made when an order is accepted, released when it is cancelled, given back or its time to pay has
run out, and consumed when the source counts it: by its own reservation, or by what has left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, bindparam, delete, select, update

from causeway.catalog import grants
from causeway.catalog.availability import Hold, Parcel
from causeway.ledger.sql import among, insert_new
from causeway.ledger.tables import allocations, stock_parcels


@dataclass(frozen=True, slots=True)
class Wish:
    """What an order is to take: `goods` (SKU → quantity), until `expires_at` if it is not paid."""

    store: str
    order_id: str
    goods: Mapping[str, Decimal]
    expires_at: datetime | None = None

    def quantities(self) -> dict[str, Decimal]:
        return {sku: quantity for sku, quantity in self.goods.items() if sku and quantity > 0}


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
    return reserve_all(connection, [Wish(store, order_id, goods, expires_at)], now)


def reserve_all(connection: Connection, wishes: Sequence[Wish], now: datetime) -> list[str]:
    """As `reserve`, for several orders, each named once, with a few statements for a store."""
    changed: set[str] = set()
    for store in sorted({wish.store for wish in wishes}):
        changed |= _reserve(connection, store, [w for w in wishes if w.store == store], now)
    return sorted(changed)


def _reserve(connection: Connection, store: str, wishes: Sequence[Wish], now: datetime) -> set[str]:
    before = _taken(connection, store, [wish.order_id for wish in wishes])
    rows: list[dict[str, object]] = []
    gone: list[dict[str, str]] = []
    sold: dict[str, Decimal] = {}
    changed: set[str] = set()
    for wish in wishes:
        wanted, had = wish.quantities(), before.get(wish.order_id, {})
        for sku in {*wanted, *had}:
            is_new = None if sku not in wanted else (wanted[sku], wish.expires_at)
            if had.get(sku) == is_new:
                continue
            changed.add(sku)
            taken = had[sku][0] if sku in had else Decimal(0)
            sold[sku] = sold.get(sku, Decimal(0)) + wanted.get(sku, Decimal(0)) - taken
            if sku in had:
                gone.append({"of_store": store, "of_order": wish.order_id, "of_sku": sku})
            if sku in wanted:
                rows.append(_row(wish, sku, wanted[sku], now))
    if gone:
        connection.execute(_GIVEN_BACK, gone)
    if rows:
        connection.execute(allocations.insert(), rows)
    grants.sold(connection, store, {sku: quantity for sku, quantity in sold.items() if quantity})
    return changed


def _taken(
    connection: Connection, store: str, order_ids: Sequence[str]
) -> dict[str, dict[str, tuple[Decimal, datetime | None]]]:
    """By order and SKU, what is taken until when."""
    found: dict[str, dict[str, tuple[Decimal, datetime | None]]] = {}
    for row in connection.execute(_OF_ORDERS, {"of_store": store, "ids": list(order_ids)}):
        found.setdefault(row.order_id, {})[row.sku] = (row.quantity, row.expires_at)
    return found


def _row(wish: Wish, sku: str, quantity: Decimal, now: datetime) -> dict[str, object]:
    return {
        "store": wish.store,
        "order_id": wish.order_id,
        "sku": sku,
        "quantity": quantity,
        "made_at": now,
        "expires_at": wish.expires_at,
    }


def booked(
    connection: Connection, store: str, order_id: str, at: datetime, by: str = ""
) -> list[str]:
    """From `at` on, the figures of `by` (empty: any source) count the order; its SKUs."""
    return booked_all(connection, [Counted(store, order_id, at, by)])


@dataclass(frozen=True, slots=True)
class Counted:
    """From `at` on, the figures of `by` count the order."""

    store: str
    order_id: str
    at: datetime
    by: str = ""


def booked_all(connection: Connection, counted: Sequence[Counted]) -> list[str]:
    """As `booked`, for several; the SKUs of them all."""
    if not counted:
        return []
    connection.execute(
        _BOOKED,
        [
            {"of_store": c.store, "of_order": c.order_id, "since": c.at, "source": c.by}
            for c in counted
        ],
    )
    skus: set[str] = set()
    for store in sorted({c.store for c in counted}):
        ids = [c.order_id for c in counted if c.store == store]
        rows = connection.execute(_OF_ORDERS, {"of_store": store, "ids": ids})
        skus.update(row.sku for row in rows)
    return sorted(skus)


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
    parcels: dict[tuple[str, str, str], list[Parcel]] = {}
    sent_of = select(stock_parcels).where(among(connection, stock_parcels.c.sku, skus))
    for row in connection.execute(sent_of):
        key = (row.store, row.order_id, row.sku)
        parcels.setdefault(key, []).append(Parcel(row.quantity, row.connection, row.at))
    found: dict[str, list[Hold]] = {}
    query = select(allocations).where(among(connection, allocations.c.sku, skus))
    for row in connection.execute(query.order_by(allocations.c.store, allocations.c.order_id)):
        left = tuple(parcels.get((row.store, row.order_id, row.sku), ()))
        hold = Hold(row.store, row.order_id, row.quantity, row.booked_at, row.booked_by, left)
        found.setdefault(row.sku, []).append(hold)
    return found


def forget(connection: Connection, counted: Sequence[tuple[str, Hold]]) -> None:
    """Drop what the sources count themselves by now: SKU and hold."""
    rows = [
        {"of_store": hold.store, "of_order": hold.order_id, "of_sku": sku} for sku, hold in counted
    ]
    if rows:
        connection.execute(_GIVEN_BACK, rows)
        connection.execute(_PARCEL_COUNTED, rows)


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
    back: dict[str, dict[str, Decimal]] = {}
    for row in rows:
        of_store = back.setdefault(row.store, {})
        of_store[row.sku] = of_store.get(row.sku, Decimal(0)) - row.quantity
    for store, quantities in sorted(back.items()):
        grants.sold(connection, store, quantities)
    if rows:
        connection.execute(delete(allocations).where(over))
    return sorted({row.sku for row in rows})


def any_expired(connection: Connection, now: datetime) -> bool:
    query = select(allocations.c.sku).where(allocations.c.expires_at <= now).limit(1)
    return connection.execute(query).first() is not None


_OF_ORDERS = select(
    allocations.c.order_id, allocations.c.sku, allocations.c.quantity, allocations.c.expires_at
).where(
    allocations.c.store == bindparam("of_store"),
    allocations.c.order_id.in_(bindparam("ids", expanding=True)),
)
_GIVEN_BACK = delete(allocations).where(
    allocations.c.store == bindparam("of_store"),
    allocations.c.order_id == bindparam("of_order"),
    allocations.c.sku == bindparam("of_sku"),
)
_PARCEL_COUNTED = delete(stock_parcels).where(
    stock_parcels.c.store == bindparam("of_store"),
    stock_parcels.c.order_id == bindparam("of_order"),
    stock_parcels.c.sku == bindparam("of_sku"),
)
_BOOKED = (
    update(allocations)
    .where(
        allocations.c.store == bindparam("of_store"),
        allocations.c.order_id == bindparam("of_order"),
        allocations.c.booked_at.is_(None),
    )
    .values(booked_at=bindparam("since"), booked_by=bindparam("source"), expires_at=None)
)
