"""Sales orders of the ERP."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from decimal import Decimal
from typing import Any

import orjson

from causeway.sandbox import items
from causeway.sandbox.clock import stamp
from causeway.sandbox.context import Sandbox, page_limit
from causeway.sandbox.order_form import OrderForm, read_order
from causeway.sandbox.reading import Fields, plain
from causeway.sandbox.wire import Refusal, Reply, Request


def create(sandbox: Sandbox, request: Request) -> Reply:
    """POST /erp/orders: 201 with the order; 409 with the one that stands under `external_ref`."""
    form = read_order(Fields(request.data))
    at = stamp(sandbox.clock.now())
    with sandbox.books.writing() as db:
        known = by_ref(db, form.external_ref)
        if known is not None and not sandbox.forgetful:
            return duplicate(form.external_ref, document(known))
        goods = [(line.sku, line.name, line.sku_path) for line in form.lines if line.sku]
        items.admit(db, sandbox, goods, at)
        sql = (
            "INSERT INTO orders (external_ref, origin, status, currency, total, created_at,"
            " document) VALUES (?, ?, 'confirmed', ?, ?, ?, ?) RETURNING id"
        )
        row = (form.external_ref, form.origin, form.currency, plain(form.total), at)
        number = db.execute(sql, (*row, orjson.dumps(form.document).decode())).fetchone()[0]
        _reserve(db, number, form, at)
        _keep_customer(db, form)
        order = document(_by_id(db, number))
    return Reply.json(order, 201)


def search(sandbox: Sandbox, request: Request) -> Reply:
    """GET /erp/orders?external_ref= or ?origin=, or all of them by page (after, limit)."""
    with sandbox.books.reading() as db:
        for name in ("external_ref", "origin"):
            if name in request.query:
                sql = f"SELECT * FROM orders WHERE {name} = ? ORDER BY id LIMIT 100"
                rows = db.execute(sql, (request.query[name],)).fetchall()
                return Reply.json({"orders": [document(row) for row in rows]})
        return Reply.json(listed(sandbox, db, request, "orders", document))


def show(sandbox: Sandbox, request: Request, number: str) -> Reply:
    """GET /erp/orders/<number>."""
    with sandbox.books.reading() as db:
        return Reply.json(document(_by_number(db, number)))


def cancel(sandbox: Sandbox, request: Request, number: str) -> Reply:
    """POST /erp/orders/<number>/cancel: gives back what is still reserved. Again is harmless.

    With `lines` (`sku`, `quantity`) only those, under an `external_ref` that counts once. 409
    `goods_left` for the whole of an order of which something was sent.
    """
    at = stamp(sandbox.clock.now())
    form = Fields(request.data) if request.body else Fields({})
    with sandbox.books.writing() as db:
        order = _by_number(db, number)
        if form.data.get("lines"):
            return Reply.json(_cancel_lines(db, order, form, at))
        _refuse_if_goods_left(db, order)
        for row in _reserved(db, order["id"]):
            freed = -Decimal(row["quantity"])
            items.move(db, at, row["sku"], row["warehouse"], reserved=freed)
        db.execute("DELETE FROM reservations WHERE order_id = ?", (order["id"],))
        db.execute("UPDATE orders SET status = 'cancelled' WHERE id = ?", (order["id"],))
        return Reply.json(document(_by_id(db, order["id"])))


def change(sandbox: Sandbox, request: Request, number: str) -> Reply:
    """PUT /erp/orders/<number>: the order as it is to be; 409 `goods_left` once goods were sent.

    What was reserved for the old lines is given back and reserved for the new ones.
    """
    form = read_order(Fields(request.data))
    at = stamp(sandbox.clock.now())
    with sandbox.books.writing() as db:
        order = _by_number(db, number)
        _refuse_if_goods_left(db, order)
        if order["status"] == "cancelled":
            raise Refusal(409, "goods_left", f"{number} is cancelled")
        goods = [(line.sku, line.name, line.sku_path) for line in form.lines if line.sku]
        items.admit(db, sandbox, goods, at)
        for row in _reserved(db, order["id"]):
            freed = -Decimal(row["quantity"])
            items.move(db, at, row["sku"], row["warehouse"], reserved=freed)
        db.execute("DELETE FROM reservations WHERE order_id = ?", (order["id"],))
        text = orjson.dumps({**form.document, "external_ref": order["external_ref"]}).decode()
        sql = "UPDATE orders SET total = ?, document = ? WHERE id = ?"
        db.execute(sql, (plain(form.total), text, order["id"]))
        _reserve(db, order["id"], form, at)
        return Reply.json(document(_by_id(db, order["id"])))


def _refuse_if_goods_left(db: sqlite3.Connection, order: sqlite3.Row) -> None:
    sql = (
        "SELECT 1 FROM shipments s JOIN requests r ON r.id = s.request_id"
        " WHERE r.origin = ? AND r.origin != ''"
    )
    if order["status"] != "cancelled" and db.execute(sql, (order["origin"],)).fetchone():
        raise Refusal(409, "goods_left", "goods of this order have left the house")


def _cancel_lines(
    db: sqlite3.Connection, order: sqlite3.Row, form: Fields, at: str
) -> dict[str, Any]:
    ref = form.text("external_ref", required=True, limit=255)
    stored = orjson.loads(order["document"])
    done: list[str] = stored.get("cancelled_refs", [])
    if ref not in done:
        for line in form.children("lines"):
            sku, quantity = line.text("sku", required=True), line.number("quantity")
            consume(db, at, order["origin"], sku, quantity)
        stored["cancelled_refs"] = [*done, ref]
        text = orjson.dumps(stored).decode()
        db.execute("UPDATE orders SET document = ? WHERE id = ?", (text, order["id"]))
    return document(_by_id(db, order["id"]))


def consume(db: sqlite3.Connection, at: str, origin: str, sku: str, quantity: Decimal) -> None:
    """Goods of an order have left: that much of its reservation is used up."""
    sql = (
        "SELECT r.* FROM reservations r JOIN orders o ON o.id = r.order_id"
        " WHERE o.origin = ? AND o.origin != '' AND r.sku = ? ORDER BY o.id"
    )
    for row in db.execute(sql, (origin, sku)).fetchall():
        used = min(quantity, Decimal(row["quantity"]))
        if not used:
            continue
        left = Decimal(row["quantity"]) - used
        sql = "UPDATE reservations SET quantity = ? WHERE order_id = ? AND sku = ?"
        db.execute(sql, (plain(left), row["order_id"], sku))
        items.move(db, at, sku, row["warehouse"], reserved=-used)
        quantity -= used


def by_ref(db: sqlite3.Connection, external_ref: str) -> sqlite3.Row | None:
    sql = "SELECT * FROM orders WHERE external_ref = ? ORDER BY id DESC"
    row: sqlite3.Row | None = db.execute(sql, (external_ref,)).fetchone()
    return row


def document(row: sqlite3.Row) -> dict[str, Any]:
    """An order as it is answered."""
    return {
        "id": row["id"],
        "number": f"SO-{1000 + row['id']}",
        "status": row["status"],
        "created_at": row["created_at"],
        **orjson.loads(row["document"]),
    }


def duplicate(external_ref: str, existing: dict[str, Any]) -> Reply:
    """409 with what stands under the reference already, whatever the new body said."""
    message = f"{external_ref!r} is already used by {existing['number']}"
    refusal = Refusal(409, "duplicate", message, "external_ref")
    return Reply.refused(refusal, document=existing)


def listed(
    sandbox: Sandbox, db: sqlite3.Connection, request: Request, table: str, render: Any
) -> dict[str, Any]:
    """A page of a table in the order its rows were made."""
    limit = page_limit(request)
    newest = db.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0]
    after = sandbox.books.position(request.query.get("after", ""), newest)
    sql = f"SELECT * FROM {table} WHERE id > ? ORDER BY id LIMIT ?"
    rows = db.execute(sql, (after, limit + 1)).fetchall()
    more = len(rows) > limit
    rows = rows[:limit]
    cursor = sandbox.books.cursor(rows[-1]["id"] if rows else after)
    return {table: [render(row) for row in rows], "cursor": cursor, "more": more}


def _reserve(db: sqlite3.Connection, order: int, form: OrderForm, at: str) -> None:
    wanted: dict[str, Decimal] = defaultdict(Decimal)
    for line in form.lines:
        if line.sku and items.is_stocked(db, line.sku):
            wanted[line.sku] += line.quantity
    for sku, quantity in wanted.items():
        row = (order, sku, form.warehouse, plain(quantity))
        db.execute("INSERT INTO reservations VALUES (?, ?, ?, ?)", row)
        items.move(db, at, sku, form.warehouse, reserved=quantity)


def _reserved(db: sqlite3.Connection, order: int) -> list[sqlite3.Row]:
    return db.execute("SELECT * FROM reservations WHERE order_id = ?", (order,)).fetchall()


def _keep_customer(db: sqlite3.Connection, form: OrderForm) -> None:
    customer = form.document["customer"]
    if customer["ref"]:
        known = {**customer, "billing": form.document["billing"]}
        row = (customer["ref"], orjson.dumps(known).decode())
        db.execute("INSERT OR REPLACE INTO customers VALUES (?, ?)", row)


def _by_id(db: sqlite3.Connection, number: int) -> sqlite3.Row:
    row: sqlite3.Row = db.execute("SELECT * FROM orders WHERE id = ?", (number,)).fetchone()
    return row


def _by_number(db: sqlite3.Connection, number: str) -> sqlite3.Row:
    digits = number.removeprefix("SO-")
    known = digits.isascii() and digits.isdigit() and len(digits) < 16
    row = _by_id(db, int(digits) - 1000) if known else None
    if row is None:
        raise Refusal(404, "unknown_order", f"there is no order {number!r}")
    return row
