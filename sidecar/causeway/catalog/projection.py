"""Working out what each store's catalogue says, and numbering what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from causeway.catalog import allocations
from causeway.catalog.availability import Level, available
from causeway.ledger import connections
from causeway.ledger.sql import take_numbers, upsert
from causeway.ledger.stores import Store
from causeway.ledger.tables import catalog, dirty_skus, prices, stock_levels
from causeway.policy import StorePolicy

AT_ONCE = 500
_FIGURES = ("quantity", "regular", "sale", "currency", "includes_tax")


def project_dirty(
    connection: Connection,
    stores: Sequence[Store],
    policies: Mapping[str, StorePolicy],
    sources: Mapping[str, frozenset[str]],
    now: datetime,
) -> int:
    """Work out up to AT_ONCE marked SKUs for every store; how many were marked.

    `sources` names, for each store, the connections whose stock and prices it takes.
    """
    oldest = dirty_skus.c.marked_at, dirty_skus.c.sku
    query = select(dirty_skus.c.sku).order_by(*oldest).limit(AT_ONCE)
    skus = [row.sku for row in connection.execute(query.with_for_update(skip_locked=True))]
    if not skus:
        return 0
    connection.execute(delete(dirty_skus).where(dirty_skus.c.sku.in_(skus)))
    levels, tags = _levels(connection, skus), _prices(connection, skus)
    taken = allocations.taken(connection, skus)
    for store in stores:
        policy = policies.get(store.name, StorePolicy())
        mine = sources.get(store.name, frozenset())
        rows = [
            _row(
                store, policy, sku, mine, levels.get(sku, []), tags.get(sku, []), taken.get(sku, [])
            )
            for sku in skus
        ]
        _publish(connection, store.name, [row for row in rows if row], now)
    for sku, found in levels.items():
        allocations.forget_counted(connection, sku, min(level.as_of for _, level in found))
    return len(skus)


def _row(
    store: Store,
    policy: StorePolicy,
    sku: str,
    sources: frozenset[str],
    levels: list[tuple[str, Level]],
    tags: list[Any],
    taken: list[Any],
) -> dict[str, Any] | None:
    usable = [level for source, level in levels if source in sources]
    free = available(usable, taken, policy.warehouses, policy.stock_buffer)
    price = next(
        (t for t in tags if t.connection in sources and t.currency == store.currency), None
    )
    if free is None and price is None:
        return None
    return {
        "store": store.name,
        "sku": sku,
        "quantity": free.quantity if free else None,
        "as_of": free.as_of if free else price and price.as_of,
        "regular": price and price.regular,
        "sale": price and price.sale,
        "currency": store.currency,
        "includes_tax": price.includes_tax if price else 0,
    }


def _publish(
    connection: Connection, store: str, rows: Sequence[dict[str, Any]], now: datetime
) -> None:
    """Give each row whose figures changed the store's next number, which is what cursors follow."""
    query = select(catalog).where(
        catalog.c.store == store, catalog.c.sku.in_([row["sku"] for row in rows])
    )
    known = {row.sku: row._mapping for row in connection.execute(query)}
    changed = [
        row
        for row in rows
        if row["sku"] not in known or any(known[row["sku"]][n] != row[n] for n in _FIGURES)
    ]
    if not changed:
        return
    numbers = take_numbers(connection, f"catalog:{store}", len(changed))
    values = [
        {**row, "seq": seq, "changed_at": now} for seq, row in zip(numbers, changed, strict=True)
    ]
    upsert(connection, catalog, values, ("store", "sku"))


def _levels(connection: Connection, skus: list[str]) -> dict[str, list[tuple[str, Level]]]:
    found: dict[str, list[tuple[str, Level]]] = {}
    query = select(stock_levels).where(stock_levels.c.sku.in_(skus))
    reported = {name: row.stock_as_of for name, row in connections.every(connection).items()}
    for row in connection.execute(query):
        # A level that has not changed since is as good as the last report without it.
        as_of = max(row.as_of, reported.get(row.connection) or row.as_of)
        level = Level(row.warehouse, row.on_hand, row.reserved, as_of)
        found.setdefault(row.sku, []).append((row.connection, level))
    return found


def _prices(connection: Connection, skus: list[str]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    query = select(prices).where(prices.c.sku.in_(skus), prices.c.price_list == "default")
    for row in connection.execute(query):
        found.setdefault(row.sku, []).append(row)
    return found
