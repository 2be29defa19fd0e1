"""What the sources report, kept with its time: an older figure never overwrites a newer one."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, select, tuple_

from causeway.canonical import Price, StockLevel
from causeway.ledger.sql import insert_new, upsert
from causeway.ledger.tables import dirty_skus, prices, stock_levels

# SQLite allows 32,766 values in a statement; three to a row here.
_AT_ONCE = 1000
R = TypeVar("R", StockLevel, Price)


def take_stock(
    connection: Connection, source: str, levels: Sequence[StockLevel], now: datetime
) -> int:
    """Keep the levels that are newer than what is known; how many were."""
    taken = 0
    for start in range(0, len(levels), _AT_ONCE):
        newest = _newest(((x.warehouse, x.sku), x) for x in levels[start : start + _AT_ONCE])
        key = tuple_(stock_levels.c.warehouse, stock_levels.c.sku)
        query = select(stock_levels.c.warehouse, stock_levels.c.sku, stock_levels.c.as_of).where(
            stock_levels.c.connection == source, key.in_(list(newest))
        )
        known = {(row.warehouse, row.sku): row.as_of for row in connection.execute(query)}
        fresh = [x for k, x in newest.items() if k not in known or known[k] < x.as_of]
        rows = [
            {
                "connection": source,
                "warehouse": x.warehouse,
                "sku": x.sku,
                "on_hand": x.on_hand,
                "reserved": x.reserved,
                "as_of": x.as_of,
            }
            for x in fresh
        ]
        upsert(connection, stock_levels, rows, ("connection", "warehouse", "sku"))
        mark_dirty(connection, [x.sku for x in fresh], now)
        taken += len(fresh)
    return taken


def take_prices(
    connection: Connection, source: str, reported: Sequence[Price], now: datetime
) -> int:
    """Keep the prices that are newer than what is known; how many were."""
    taken = 0
    for start in range(0, len(reported), _AT_ONCE):
        part = reported[start : start + _AT_ONCE]
        newest = _newest(((p.price_list, p.sku, p.regular.currency), p) for p in part)
        query = select(prices.c.price_list, prices.c.sku, prices.c.currency, prices.c.as_of).where(
            prices.c.connection == source,
            tuple_(prices.c.price_list, prices.c.sku, prices.c.currency).in_(list(newest)),
        )
        known = {tuple(row)[:3]: row.as_of for row in connection.execute(query)}
        fresh = [p for k, p in newest.items() if k not in known or known[k] < p.as_of]
        rows = [
            {
                "connection": source,
                "price_list": p.price_list,
                "sku": p.sku,
                "currency": p.regular.currency,
                "regular": p.regular.amount,
                "sale": p.sale.amount if p.sale else None,
                "includes_tax": int(p.includes_tax),
                "as_of": p.as_of,
            }
            for p in fresh
        ]
        upsert(connection, prices, rows, ("connection", "price_list", "sku", "currency"))
        mark_dirty(connection, [p.sku for p in fresh], now)
        taken += len(fresh)
    return taken


def mark_dirty(connection: Connection, skus: Sequence[str], now: datetime) -> None:
    """Have the figures of these SKUs worked out anew."""
    # In one order everywhere: two that mark the same SKUs at once then wait, and do not deadlock.
    insert_new(
        connection, dirty_skus, [{"sku": sku, "marked_at": now} for sku in sorted(set(skus))]
    )


def _newest(items: Iterable[tuple[Hashable, R]]) -> dict[Hashable, R]:
    """By key; of several for one key, as a page of changes may have, the latest."""
    found: dict[Hashable, R] = {}
    for key, item in items:
        if key not in found or found[key].as_of < item.as_of:
            found[key] = item
    return found
