"""Where a shop shows something else than its catalogue says, and reservations that cannot be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from sqlalchemy import Connection, and_, delete, exists, select

from causeway.catalog.sources import mark_dirty
from causeway.ledger import cases
from causeway.ledger.sql import take_numbers, upsert
from causeway.ledger.tables import (
    allocations,
    catalog,
    orders,
    shop_figures,
    stock_grants,
    stock_levels,
    stores,
)

# A figure this young may still be on its way into the shop.
SETTLES = timedelta(minutes=15)
_OVER = ("cancelled", "closed")
_MOST = 1000


@dataclass(frozen=True, slots=True)
class Drift:
    """One SKU that the shop shows otherwise."""

    store: str
    sku: str
    part: Literal["stock", "price"]
    shop: Decimal | None
    catalog: Decimal | None
    shop_at: datetime


@dataclass(frozen=True, slots=True)
class Inconsistency:
    """A row that does not belong, and what `repair` does about it."""

    kind: str
    store: str
    ref: str
    sku: str
    quantity: Decimal
    remedy: str


def seen(
    connection: Connection, store: str, payload: Mapping[str, Any], version: int, at: datetime
) -> None:
    """Keep what the shop says of one of its products (`woocommerce.product/3`)."""
    product = payload.get("product")
    if not isinstance(product, dict) or not isinstance(product.get("sku"), str):
        return
    sku = product["sku"][:120]
    if not sku:
        return
    managed = product.get("manage_stock") is True
    row = {
        "store": store,
        "sku": sku,
        "product_id": str(product.get("id", ""))[:64],
        "gtin": str(product.get("global_unique_id") or "")[:20],
        "managed": int(managed),
        "quantity": _decimal(product.get("stock_quantity")) if managed else None,
        "regular": _decimal(product.get("regular_price")),
        "sale": _decimal(product.get("sale_price")),
        "at": at,
        "version": version,
    }
    mine = (shop_figures.c.store == store) & (shop_figures.c.sku == sku)
    known = connection.scalar(select(shop_figures.c.version).where(mine))
    if known is None or known <= version:
        upsert(connection, shop_figures, [row], ("store", "sku"))


def gone(connection: Connection, store: str, product_id: str) -> None:
    """The shop deleted a product."""
    mine = (shop_figures.c.store == store) & (shop_figures.c.product_id == product_id)
    connection.execute(delete(shop_figures).where(mine))


def find(connection: Connection, now: datetime, store: str = "") -> list[Drift]:
    """What shops show otherwise than their catalogue, at most a thousand; nothing still settling.

    A shop that has less in stock than it may sell has sold since: no drift but the order's way.
    """
    settled = now - SETTLES
    query = (
        select(shop_figures, catalog.c.quantity.label("may"), catalog.c.regular.label("asks"))
        .join(
            catalog,
            and_(catalog.c.store == shop_figures.c.store, catalog.c.sku == shop_figures.c.sku),
        )
        .where(catalog.c.changed_at < settled, shop_figures.c.at < settled)
        .order_by(shop_figures.c.store, shop_figures.c.sku)
    )
    if store:
        query = query.where(shop_figures.c.store == store)
    found: list[Drift] = []
    for row in connection.execute(query):
        if row.managed and row.may is not None and row.quantity != row.may:
            found.append(Drift(row.store, row.sku, "stock", row.quantity, row.may, row.at))
        if row.asks is not None and row.regular != row.asks:
            found.append(Drift(row.store, row.sku, "price", row.regular, row.asks, row.at))
        if len(found) >= _MOST:
            break
    return found


def report(connection: Connection, now: datetime) -> int:
    """One case for each store that shows something else; closed when it does no more."""
    drifts = find(connection, now)
    for store in connection.scalars(select(stores.c.name)):
        mine = [d for d in drifts if d.store == store]
        key = f"drift:{store}"
        if not mine:
            cases.resolve(connection, [key], "causeway", now)
            continue
        few = "; ".join(f"{d.sku} {d.part}: shop {d.shop}, here {d.catalog}" for d in mine[:20])
        case = cases.NewCase(
            key=key,
            kind="catalog_drift",
            title=f"Store {store} shows {len(mine)} figures otherwise than its catalogue",
            detail=few,
            remedy=f"Correct them with one click on the page Stock, or: causeway stock correct "
            f"{store}. If they come back, something else writes them in the shop.",
            store=store,
        )
        cases.open_new(connection, [case], now)
        cases.retitle(connection, case)
    return len(drifts)


def correct(connection: Connection, store: str, skus: list[str], now: datetime) -> int:
    """Put the rows of these SKUs at the end of the store's feed: it applies them again."""
    mine = (catalog.c.store == store) & catalog.c.sku.in_(skus)
    rows = connection.execute(select(catalog).where(mine)).all()
    if rows:
        numbers = take_numbers(connection, f"catalog:{store}", len(rows))
        values = [
            {**row._mapping, "seq": n, "changed_at": now}
            for n, row in zip(numbers, rows, strict=True)
        ]
        upsert(connection, catalog, values, ("store", "sku"))
    return len(rows)


def inconsistencies(connection: Connection, now: datetime) -> list[Inconsistency]:
    """Reservations and grants that no order and no store stands behind."""
    of_order = and_(
        orders.c.store == allocations.c.store, orders.c.order_id == allocations.c.order_id
    )
    query = (
        select(allocations, orders.c.phase)
        .join(orders, of_order, isouter=True)
        .where(
            (orders.c.phase.is_(None)) | orders.c.phase.in_(_OVER) | (allocations.c.quantity <= 0)
        )
        .limit(_MOST)
    )
    found = [
        Inconsistency(
            "reservation_without_order" if row.phase is None else f"reservation_of_{row.phase}",
            row.store,
            row.order_id,
            row.sku,
            row.quantity,
            "give the goods back",
        )
        for row in connection.execute(query)
        # One that waits to be counted by its source is as it must be.
        if row.phase is None or row.booked_at is None
    ]
    known = exists().where(stores.c.name == stock_grants.c.store)
    for row in connection.execute(select(stock_grants).where(~known).limit(_MOST)):
        remedy = "forget what the store may sell"
        found.append(
            Inconsistency("grant_of_no_store", row.store, "", row.sku, row.exposed, remedy)
        )
    lacking = ~exists().where(catalog.c.sku == stock_levels.c.sku)
    unknown = select(stock_levels.c.sku).where(lacking).distinct().limit(_MOST)
    found.extend(
        Inconsistency("level_in_no_catalogue", "", "", sku, Decimal(0), "work it out anew")
        for sku in connection.scalars(unknown)
    )
    return found


def repair(connection: Connection, found: list[Inconsistency], now: datetime) -> int:
    """Do what each says; how many were done."""
    for item in found:
        if item.kind.startswith("reservation"):
            mine = (allocations.c.store == item.store) & (allocations.c.order_id == item.ref)
            connection.execute(delete(allocations).where(mine, allocations.c.sku == item.sku))
        elif item.kind == "grant_of_no_store":
            mine = (stock_grants.c.store == item.store) & (stock_grants.c.sku == item.sku)
            connection.execute(delete(stock_grants).where(mine))
    mark_dirty(connection, [item.sku for item in found], now)
    return len(found)


def _decimal(value: Any) -> Decimal | None:
    try:
        exact = Decimal(str(value)) if value not in (None, "") else None
    except InvalidOperation:
        return None
    return exact if exact is None or (exact.is_finite() and abs(exact) < 10**15) else None


def parse(text: str) -> dict[str, Any]:
    """A stored product event's payload, fractions exact."""
    data = json.loads(text, parse_float=Decimal)
    return data if isinstance(data, dict) else {}
