"""Rows of the stock that nothing stands behind, and what is done about each."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import Connection, and_, delete, exists, select, update

from causeway.catalog.sources import mark_dirty
from causeway.ledger.tables import (
    allocations,
    catalog,
    orders,
    stock_grants,
    stock_levels,
    stock_parcels,
    stores,
)

_OVER = ("cancelled", "closed")
_MOST = 1000
# What is over is given back within seconds; later than this something has gone wrong.
_LATE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Inconsistency:
    """A row that does not belong, and what `repair` does about it."""

    kind: str
    store: str
    ref: str
    sku: str
    quantity: Decimal
    remedy: str


def find(connection: Connection, now: datetime, sources: Collection[str]) -> list[Inconsistency]:
    """At most a thousand of each kind; `sources` are the connections that are configured."""
    return [
        *_reservations(connection),
        *_expired(connection, now),
        *_counted_by_nobody(connection, sources),
        *_parcels(connection),
        *_grants(connection),
        *_levels(connection),
    ]


def repair(connection: Connection, found: list[Inconsistency], now: datetime) -> int:
    """Do what each says; how many were done."""
    for item in found:
        a, p, g = allocations.c, stock_parcels.c, stock_grants.c
        if item.kind == "reservation_counted_by_nobody":
            mine = (a.store == item.store) & (a.order_id == item.ref) & (a.sku == item.sku)
            connection.execute(update(allocations).where(mine).values(booked_by=""))
        elif item.kind.startswith("reservation"):
            mine = (a.store == item.store) & (a.order_id == item.ref) & (a.sku == item.sku)
            connection.execute(delete(allocations).where(mine))
        elif item.kind == "parcel_without_reservation":
            mine = (p.store == item.store) & (p.order_id == item.ref) & (p.sku == item.sku)
            connection.execute(delete(stock_parcels).where(mine))
        elif item.kind == "grant_of_no_store":
            mine = (g.store == item.store) & (g.sku == item.sku)
            connection.execute(delete(stock_grants).where(mine))
    mark_dirty(connection, [item.sku for item in found], now)
    return len(found)


def _reservations(connection: Connection) -> Iterator[Inconsistency]:
    of_order = and_(
        orders.c.store == allocations.c.store, orders.c.order_id == allocations.c.order_id
    )
    over = orders.c.phase.is_(None) | orders.c.phase.in_(_OVER) | (allocations.c.quantity <= 0)
    query = select(allocations, orders.c.phase).join(orders, of_order, isouter=True).where(over)
    for row in connection.execute(query.limit(_MOST)):
        # One that waits to be counted by its source is as it must be.
        if row.phase is None or row.booked_at is None:
            gone = row.phase is None
            kind = "reservation_without_order" if gone else f"reservation_of_{row.phase}"
            yield _of(row, kind, "give the goods back")


def _expired(connection: Connection, now: datetime) -> Iterator[Inconsistency]:
    query = select(allocations).where(allocations.c.expires_at < now - _LATE)
    for row in connection.execute(query.limit(_MOST)):
        yield _of(row, "reservation_expired", "give the goods back")


def _counted_by_nobody(connection: Connection, sources: Collection[str]) -> Iterator[Inconsistency]:
    known = allocations.c.booked_by.in_(["", *sorted(sources)])
    query = select(allocations).where(allocations.c.booked_at.is_not(None), ~known)
    for row in connection.execute(query.limit(_MOST)):
        remedy = f"let any source count it, as {row.booked_by} is configured no more"
        yield _of(row, "reservation_counted_by_nobody", remedy)


def _parcels(connection: Connection) -> Iterator[Inconsistency]:
    a, p = allocations.c, stock_parcels.c
    held = exists().where(a.store == p.store, a.order_id == p.order_id, a.sku == p.sku)
    for row in connection.execute(select(stock_parcels).where(~held).limit(_MOST)):
        yield _of(row, "parcel_without_reservation", "forget it")


def _grants(connection: Connection) -> Iterator[Inconsistency]:
    known = exists().where(stores.c.name == stock_grants.c.store)
    for row in connection.execute(select(stock_grants).where(~known).limit(_MOST)):
        remedy = "forget what the store may sell"
        yield Inconsistency("grant_of_no_store", row.store, "", row.sku, row.exposed, remedy)


def _levels(connection: Connection) -> Iterator[Inconsistency]:
    lacking = ~exists().where(catalog.c.sku == stock_levels.c.sku)
    unknown = select(stock_levels.c.sku).where(lacking).distinct().limit(_MOST)
    for sku in connection.scalars(unknown):
        yield Inconsistency("level_in_no_catalogue", "", "", sku, Decimal(0), "work it out anew")


def _of(row: object, kind: str, remedy: str) -> Inconsistency:
    store, ref, sku, quantity = (
        getattr(row, name) for name in ("store", "order_id", "sku", "quantity")
    )
    return Inconsistency(kind, store, ref, sku, quantity, remedy)
