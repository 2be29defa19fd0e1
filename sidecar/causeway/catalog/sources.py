"""What the sources report, kept with its time: an older figure never overwrites a newer one."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection, delete, literal, select, union

from causeway.canonical import Price, StockLevel, StockMovement
from causeway.ledger.sql import among, by_index, insert_all, insert_new, upsert
from causeway.ledger.tables import (
    Utc,
    allocations,
    price_entries,
    sku_marks,
    stock_levels,
    stock_movements,
)

_AT_ONCE = 1000
R = TypeVar("R", StockLevel, Price)
T = TypeVar("T")
# What is taken at once while somebody else waits to write: a few milliseconds.
_PART = 250


def parts_of(reported: Sequence[T]) -> Iterator[Sequence[T]]:
    """A long report in parts; each may be kept by itself, for an older figure never wins."""
    for start in range(0, len(reported), _PART):
        yield reported[start : start + _PART]


def take_stock(
    connection: Connection, source: str, levels: Sequence[StockLevel], now: datetime
) -> int:
    """Keep the levels that are newer than what is known; how many were."""
    taken = 0
    by_index(connection)
    for start in range(0, len(levels), _AT_ONCE):
        newest = _newest(((x.warehouse, x.sku), x) for x in levels[start : start + _AT_ONCE])
        known = _known_levels(connection, source, [x.sku for x in newest.values()])
        fresh = {k: x for k, x in newest.items() if k not in known or known[k].as_of < x.as_of}
        rows = [_level_row(source, x) for x in fresh.values()]
        upsert(connection, stock_levels, rows, ("connection", "warehouse", "sku"))
        before = [(known.get((x.warehouse, x.sku)), x) for x in fresh.values()]
        changed = [x.sku for was, x in before if _differs(was, x)]
        fenced = _fenced(connection, [x.sku for was, x in before if was is not None])
        mark_dirty(connection, [*changed, *fenced], now)
        taken += len(fresh)
    return taken


def _known_levels(
    connection: Connection, source: str, skus: Sequence[str]
) -> dict[tuple[str, str], StockLevel]:
    """What the source said of these, by warehouse and SKU."""
    # By SKU alone: PostgreSQL could else take the other index and go through all of the source's.
    wanted = [stock_levels.c[name] for name in StockLevel.__slots__]
    query = select(stock_levels.c.connection, *wanted)
    rows = connection.execute(query.where(among(connection, stock_levels.c.sku, skus))).all()
    return {(row[2], row[1]): StockLevel(*row[1:]) for row in rows if row[0] == source}


def _differs(known: Any, level: StockLevel) -> bool:
    if known is None:
        return True
    was = (known.on_hand, known.reserved, known.incoming or 0, known.incoming_at, known.unit)
    new = (level.on_hand, level.reserved, level.incoming, level.incoming_at, level.unit[:16])
    return was != new


def _fenced(connection: Connection, skus: Sequence[str]) -> list[str]:
    """Those of which orders or movements were not counted: a newer figure may count them."""
    found: set[str] = set()
    for table in (allocations, stock_movements):
        query = select(table.c.sku).where(among(connection, table.c.sku, skus))
        found.update(connection.scalars(query))
    return sorted(found)


def take_movements(
    connection: Connection,
    source: str,
    movements: Sequence[StockMovement],
    now: datetime,
    level_of: str = "",
    lag: timedelta = timedelta(0),
) -> int:
    """Keep the movements that are not known yet; how many were.

    They change the levels of `level_of` (empty: of the source itself), whose figures may lack
    them for `lag` more.
    """
    taken = 0
    by_index(connection)
    for start in range(0, len(movements), _AT_ONCE):
        part = {m.id: m for m in movements[start : start + _AT_ONCE]}
        query = select(stock_movements.c.id).where(
            stock_movements.c.connection == source,
            among(connection, stock_movements.c.id, sorted(part)),
        )
        known = set(connection.scalars(query))
        fresh = [m for m in part.values() if m.id not in known]
        rows = [
            {
                "connection": source,
                "id": m.id,
                "warehouse": m.warehouse,
                "sku": m.sku,
                "quantity": m.quantity,
                "kind": m.kind,
                "at": m.at,
                "level_of": level_of or source,
                "counted_from": m.at + lag,
            }
            for m in fresh
        ]
        insert_new(connection, stock_movements, rows)
        mark_dirty(connection, [m.sku for m in fresh], now)
        taken += len(fresh)
    return taken


def forget_movements(connection: Connection, source: str, until: datetime) -> None:
    """Drop what every figure of the source has counted since long."""
    old = (stock_movements.c.level_of == source) & (stock_movements.c.counted_from < until)
    connection.execute(delete(stock_movements).where(old))


def take_prices(
    connection: Connection, source: str, reported: Sequence[Price], now: datetime
) -> int:
    """Keep the prices that are newer than what is known; how many were."""
    taken = 0
    by_index(connection)
    for start in range(0, len(reported), _AT_ONCE):
        part = reported[start : start + _AT_ONCE]
        newest = _newest(((p.sku, entry_name(p)), p) for p in part)
        query = select(price_entries.c.sku, price_entries.c.entry, price_entries.c.as_of).where(
            price_entries.c.connection == source,
            among(connection, price_entries.c.sku, [p.sku for p in newest.values()]),
        )
        known = {tuple(row)[:2]: row.as_of for row in connection.execute(query)}
        fresh = [p for k, p in newest.items() if k not in known or known[k] < p.as_of]
        rows = [_price_row(source, p) for p in fresh]
        upsert(connection, price_entries, rows, ("connection", "sku", "entry"))
        mark_dirty(connection, [p.sku for p in fresh], now)
        taken += len(fresh)
    return taken


def entry_name(price: Price) -> str:
    """What tells a SKU's entries apart; saying one again replaces it."""
    begins = price.valid_from.isoformat() if price.valid_from else ""
    pieces = f"{price.min_quantity.normalize():f}"
    listed = f"{price.price_list}|{price.regular.currency}|{price.group}"
    return f"{listed}|{pieces}|{begins}"


def mark_dirty(connection: Connection, skus: Sequence[str], now: datetime) -> None:
    """Have the figures of these SKUs worked out anew, with what this transaction changes."""
    rows = [{"sku": sku, "marked_at": now} for sku in sorted(set(skus))]
    insert_all(connection, sku_marks, rows)


def _level_row(source: str, x: StockLevel) -> dict[str, Any]:
    return {
        "connection": source,
        "warehouse": x.warehouse,
        "sku": x.sku,
        "on_hand": x.on_hand,
        "reserved": x.reserved,
        "as_of": x.as_of,
        "incoming": x.incoming or None,
        "incoming_at": x.incoming_at,
        "unit": x.unit[:16],
    }


def _price_row(source: str, p: Price) -> dict[str, Any]:
    return {
        "connection": source,
        "sku": p.sku,
        "entry": entry_name(p),
        "price_list": p.price_list,
        "currency": p.regular.currency,
        "customer_group": p.group,
        "min_quantity": p.min_quantity,
        "regular": p.regular.amount,
        "sale": p.sale.amount if p.sale else None,
        "valid_from": p.valid_from,
        "valid_until": p.valid_until,
        "sale_from": p.sale_from,
        "sale_until": p.sale_until,
        "includes_tax": int(p.includes_tax),
        "withdrawn": int(p.withdrawn),
        "as_of": p.as_of,
    }


def mark_all_dirty(connection: Connection, now: datetime) -> None:
    """Have the figures of all SKUs worked out anew that any source has reported."""
    known = union(select(stock_levels.c.sku), select(price_entries.c.sku)).subquery()
    found = select(known.c.sku, literal(now, Utc))
    connection.execute(sku_marks.insert().from_select(["sku", "marked_at"], found))


def _newest(items: Iterable[tuple[Hashable, R]]) -> dict[Hashable, R]:
    """By key; of several for one key, as a page of changes may have, the latest."""
    found: dict[Hashable, R] = {}
    for key, item in items:
        if key not in found or found[key].as_of < item.as_of:
            found[key] = item
    return found
