"""Where a shop shows something else than its catalogue says, or that than its sources."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select

from causeway.catalog import figures, held, marks
from causeway.catalog.figures import StoreTerms
from causeway.catalog.sources import mark_dirty
from causeway.ledger import cases
from causeway.ledger.engine import Ledger
from causeway.ledger.sql import take_numbers, upsert
from causeway.ledger.tables import catalog, shop_figures, stock_levels, stores

# A figure this young may still be on its way into the shop.
SETTLES = timedelta(minutes=15)
_MOST = 1000


@dataclass(frozen=True, slots=True)
class Drift:
    """One SKU that the shop shows otherwise; `source` is what the systems behind make of it."""

    store: str
    sku: str
    part: Literal["stock", "price"]
    shop: Decimal | None
    catalog: Decimal | None
    shop_at: datetime
    source: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Stale:
    """A figure of the catalogue that is not what the systems behind make of it."""

    store: str
    sku: str
    catalog: Decimal | None
    source: Decimal | None


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

    A shop does not report what it takes from its catalogue. So what it said before its row changed
    last says nothing of now; what it said later was somebody else's doing.
    """
    settled, shop, row = now - SETTLES, shop_figures.c, catalog.c
    differs = or_(
        and_(shop.managed == 1, row.quantity.is_not(None), _unlike(shop.quantity, row.quantity)),
        and_(row.regular.is_not(None), _unlike(shop.regular, row.regular)),
    )
    query = (
        select(shop_figures, row.quantity.label("may"), row.regular.label("asks"))
        .join(catalog, and_(row.store == shop.store, row.sku == shop.sku))
        .where(row.changed_at < settled, shop.at < settled, shop.at >= row.changed_at, differs)
        .order_by(shop.store, shop.sku)
    )
    if store:
        query = query.where(shop.store == store)
    found: list[Drift] = []
    for it in connection.execute(query):
        if it.managed and it.may is not None and it.quantity != it.may:
            found.append(Drift(it.store, it.sku, "stock", it.quantity, it.may, it.at))
        if it.asks is not None and it.regular != it.asks:
            found.append(Drift(it.store, it.sku, "price", it.regular, it.asks, it.at))
        if len(found) >= _MOST:
            break
    return found


def _unlike(one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[bool]:
    """Perhaps not the same: SQLite keeps numbers as text, and 7 and 7.0 are looked at again."""
    return or_(one.is_(None), one != other)


def with_sources(
    connection: Connection, stores: Sequence[StoreTerms], drifts: Sequence[Drift], now: datetime
) -> list[Drift]:
    """The same, each with what the systems behind make of it."""
    skus = sorted({d.sku for d in drifts})
    inputs = figures.load(connection, skus, with_categories=True)
    stock = {sku: figures.stock(inputs, sku, stores) for sku in skus}
    terms = {t.name: t for t in stores}
    found = []
    for drift in drifts:
        if drift.part == "stock":
            figure = stock[drift.sku].get(drift.store)
            source = figure.quantity if figure else None
        else:
            price = figures.price(inputs, drift.sku, terms[drift.store], now)
            source = price.regular if price else None
        found.append(replace(drift, source=source))
    return found


def stale(
    connection: Connection, stores: Sequence[StoreTerms], after: str, most: int
) -> tuple[list[Stale], str]:
    """Of the next SKUs past `after` those whose quantity is not what it is made of, and the last.

    The last is empty at the end. What is marked, held or not told to anybody is left out.
    """
    query = select(stock_levels.c.sku).where(stock_levels.c.sku > after).distinct()
    skus = list(connection.scalars(query.order_by(stock_levels.c.sku).limit(most)))
    if not skus:
        return [], ""
    inputs = figures.load(connection, skus, with_categories=True)
    marked, kept = marks.of(connection, skus), held.known(connection, skus)
    found = []
    for sku in skus:
        made = figures.stock(inputs, sku, stores) if sku not in marked else {}
        for name, figure in made.items():
            shown = inputs.shown.get((name, sku))
            said = shown.quantity if shown else None
            reads = next(t.reads for t in stores if t.name == name)
            if reads and said != figure.quantity and (name, sku, "stock") not in kept:
                found.append(Stale(name, sku, said, figure.quantity))
    return found, skus[-1]


def report(ledger: Ledger, now: datetime) -> int:
    """One case for each store that shows something else; closed when it does no more."""
    with ledger.read() as connection:
        drifts = find(connection, now)
        names = list(connection.scalars(select(stores.c.name)))
    with ledger.write() as connection:
        for store in names:
            _report(connection, store, [d for d in drifts if d.store == store], now)
    return len(drifts)


def _report(connection: Connection, store: str, mine: list[Drift], now: datetime) -> None:
    key = f"drift:{store}"
    if not mine:
        cases.resolve(connection, [key], "causeway", now)
        return
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


def put_right(ledger: Ledger, found: Sequence[Stale], now: datetime) -> None:
    """Have them worked out anew, and let a person know: it should not be."""
    few = "; ".join(f"{s.store} {s.sku}: here {s.catalog}, sources {s.source}" for s in found[:20])
    case = cases.NewCase(
        key="drift:sources",
        kind="catalog_stale",
        title=f"{len(found)} figures of the catalogue were not what the sources say",
        detail=few,
        remedy="They are worked out anew by themselves. If that comes again, report it as an error "
        "of Causeway; causeway stock check lists them.",
    )
    with ledger.write() as connection:
        mark_dirty(connection, [s.sku for s in found], now)
        cases.open_new(connection, [case], now)
        cases.retitle(connection, case)


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
