"""Items, what lies where, and what they cost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from causeway.sandbox.books import next_change
from causeway.sandbox.clock import stamp
from causeway.sandbox.context import Sandbox, page_limit
from causeway.sandbox.reading import Fields, plain
from causeway.sandbox.seed import LEARNED_ON_HAND, WAREHOUSE
from causeway.sandbox.wire import Refusal, Reply, Request

_STOCK = "SELECT sku, warehouse, on_hand, reserved, changed_at, change FROM stock"
_PRICES = "SELECT sku, currency, regular, sale, includes_tax, changed_at, change FROM prices"


def admit(
    db: sqlite3.Connection, sandbox: Sandbox, lines: Iterable[tuple[str, str, str]], at: str
) -> None:
    """Learn the SKUs nobody has seen; in a strict sandbox refuse the first of them.

    `lines` are (sku, name, path of the SKU in the body). What is learned gets stock to play with
    but no price: the toy has no opinion on what other people's goods cost.
    """
    for sku, name, path in lines:
        if db.execute("SELECT 1 FROM items WHERE sku = ?", (sku,)).fetchone():
            continue
        if sandbox.strict_items:
            raise Refusal(422, "unknown_item", f"there is no item {sku!r}", path, sku)
        db.execute("INSERT INTO items VALUES (?, ?, 1, 1)", (sku, name or sku))
        move(db, at, sku, WAREHOUSE, on_hand=Decimal(LEARNED_ON_HAND))


def is_stocked(db: sqlite3.Connection, sku: str) -> bool:
    """Whether the item lies anywhere; virtual goods do not."""
    row = db.execute("SELECT stocked FROM items WHERE sku = ?", (sku,)).fetchone()
    return bool(row and row[0])


def move(
    db: sqlite3.Connection,
    at: str,
    sku: str,
    warehouse: str,
    *,
    on_hand: Decimal = Decimal(0),
    reserved: Decimal = Decimal(0),
) -> None:
    """Add to a level, below zero if need be."""
    row = db.execute(_STOCK + " WHERE sku = ? AND warehouse = ?", (sku, warehouse)).fetchone()
    if row:
        on_hand += Decimal(row["on_hand"])
        reserved += Decimal(row["reserved"])
    level = (sku, warehouse, plain(on_hand), plain(reserved), at, next_change(db))
    db.execute("INSERT OR REPLACE INTO stock VALUES (?, ?, ?, ?, ?, ?)", level)


def set_stock(sandbox: Sandbox, request: Request) -> Reply:
    """POST /erp/stock `{"sku", "warehouse", "on_hand"}`: somebody counted the shelf."""
    fields = Fields(request.data)
    sku = fields.text("sku", required=True, limit=200)
    warehouse = fields.text("warehouse", limit=50) or WAREHOUSE
    on_hand = fields.number("on_hand")
    at = stamp(sandbox.clock.now())
    with sandbox.books.writing() as db:
        admit(db, sandbox, [(sku, fields.text("name"), "sku")], at)
        db.execute("UPDATE items SET stocked = 1 WHERE sku = ?", (sku,))
        where = " WHERE sku = ? AND warehouse = ?"
        row = db.execute(_STOCK + where, (sku, warehouse)).fetchone()
        counted = on_hand - (Decimal(row["on_hand"]) if row else 0)
        move(db, at, sku, warehouse, on_hand=counted)
        row = db.execute(_STOCK + where, (sku, warehouse)).fetchone()
    return Reply.json(_level(row, _measured()))


def set_price(sandbox: Sandbox, request: Request) -> Reply:
    """POST /erp/prices `{"sku", "currency", "regular", "sale", "includes_tax"}`."""
    fields = Fields(request.data)
    sku = fields.text("sku", required=True, limit=200)
    currency = fields.currency()
    regular, sale = _price(fields, "regular"), None
    if fields.data.get("sale") is not None:
        sale = _price(fields, "sale")
    tax = fields.flag("includes_tax", default=False)
    at = stamp(sandbox.clock.now())
    with sandbox.books.writing() as db:
        admit(db, sandbox, [(sku, fields.text("name"), "sku")], at)
        values = (sku, currency, regular, sale, tax, at, next_change(db))
        db.execute("INSERT OR REPLACE INTO prices VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        row = db.execute(_PRICES + " WHERE sku = ?", (sku,)).fetchone()
    return Reply.json(_price_row(row, _measured()))


def stock(sandbox: Sandbox, request: Request) -> Reply:
    """GET /erp/stock?after=&limit=: levels in the order they changed, each in its newest state."""
    rows, rest = _changed(sandbox, request, _STOCK)
    return Reply.json({"stock": [_level(row, rest["as_of"]) for row in rows], **rest})


def prices(sandbox: Sandbox, request: Request) -> Reply:
    """GET /erp/prices?after=&limit=: prices in the order they changed."""
    rows, rest = _changed(sandbox, request, _PRICES)
    return Reply.json({"prices": [_price_row(row, rest["as_of"]) for row in rows], **rest})


def _changed(
    sandbox: Sandbox, request: Request, select: str
) -> tuple[list[sqlite3.Row], dict[str, Any]]:
    """A page of changes, and what is said of it as a whole.

    `as_of` is taken before the rows are read: every change up to it is in this page or before.
    """
    limit = page_limit(request)
    with sandbox.books.reading() as db:
        newest = int(db.execute("SELECT value FROM meta WHERE key = 'change'").fetchone()[0])
        after = sandbox.books.position(request.query.get("after", ""), newest)
        as_of = _measured()
        sql = select + " WHERE change > ? ORDER BY change LIMIT ?"
        rows = db.execute(sql, (after, limit + 1)).fetchall()
    more = len(rows) > limit
    rows = rows[:limit]
    last = rows[-1]["change"] if more else newest
    return rows, {"cursor": sandbox.books.cursor(last), "more": more, "as_of": as_of}


def _level(row: sqlite3.Row, as_of: str) -> dict[str, Any]:
    names = ("sku", "warehouse", "on_hand", "reserved", "changed_at")
    return {**{name: row[name] for name in names}, "as_of": as_of}


def _price_row(row: sqlite3.Row, as_of: str) -> dict[str, Any]:
    names = ("sku", "currency", "regular", "sale", "changed_at")
    rest = {"includes_tax": bool(row["includes_tax"]), "as_of": as_of}
    return {**{name: row[name] for name in names}, **rest}


def _price(fields: Fields, name: str) -> str:
    value = fields.number(name)
    if value < 0:
        raise fields.refusal(name, "invalid", "must not be negative")
    return plain(value)


def _measured() -> str:
    """When a figure was read, by the machine's clock: readers compare it with their own."""
    return stamp(datetime.now(UTC).timestamp())
