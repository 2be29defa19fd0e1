"""Requests of the warehouse: goods to be sent to somebody."""

from __future__ import annotations

import sqlite3
from typing import Any

import orjson

from causeway.sandbox import items, orders
from causeway.sandbox.clock import stamp
from causeway.sandbox.context import Sandbox
from causeway.sandbox.order_form import address
from causeway.sandbox.reading import Fields, plain
from causeway.sandbox.seed import WAREHOUSE
from causeway.sandbox.wire import Refusal, Reply, Request


def create(sandbox: Sandbox, request: Request) -> Reply:
    """POST /wms/requests: 201 `submitted`, or 409 with the one under `external_ref`."""
    form, goods = _read(Fields(request.data))
    now = sandbox.clock.now()
    accept_at = now + sandbox.accept_after
    ship_at = max(accept_at, now + sandbox.ship_after)
    with sandbox.books.writing() as db:
        known = _by_ref(db, form["external_ref"])
        if known is not None and not sandbox.forgetful:
            return orders.duplicate(form["external_ref"], document(db, known))
        items.admit(db, sandbox, goods, stamp(now))
        sql = (
            "INSERT INTO requests (external_ref, origin, status, due_at, ship_at, created_at,"
            " document) VALUES (?, ?, 'submitted', ?, ?, ?, ?)"
        )
        text = orjson.dumps(form).decode()
        row = (form["external_ref"], form["origin"], accept_at, ship_at, stamp(now), text)
        db.execute(sql, row)
        made = _by_ref(db, form["external_ref"])
        assert made is not None  # noqa: S101 - it was made two lines above
        return Reply.json(document(db, made), 201)


def search(sandbox: Sandbox, request: Request) -> Reply:
    """GET /wms/requests?external_ref=, or all of them by page (after, limit)."""
    with sandbox.books.reading() as db:
        if "external_ref" in request.query:
            found = _by_ref(db, request.query["external_ref"])
            return Reply.json({"requests": [document(db, found)] if found else []})
        page = orders.listed(sandbox, db, request, "requests", lambda row: document(db, row))
        return Reply.json(page)


def show(sandbox: Sandbox, request: Request, number: str) -> Reply:
    """GET /wms/requests/<number>."""
    with sandbox.books.reading() as db:
        return Reply.json(document(db, _by_number(db, number)))


def cancel(sandbox: Sandbox, request: Request, number: str) -> Reply:
    """POST /wms/requests/<number>/cancel: 409 once it is shipped. Again is harmless."""
    with sandbox.books.writing() as db:
        row = _by_number(db, number)
        if row["status"] in ("shipped", "ended"):
            raise Refusal(409, "already_shipped", f"{number} has left the house")
        sql = "UPDATE requests SET status = 'cancelled', due_at = NULL WHERE id = ?"
        db.execute(sql, (row["id"],))
        return Reply.json(document(db, _by_number(db, number)))


def document(db: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    """A request as it is answered, with its tracking number once it has left."""
    sql = "SELECT tracking_number FROM shipments WHERE request_id = ?"
    parcel = db.execute(sql, (row["id"],)).fetchone()
    return {
        "id": row["id"],
        "number": f"WR-{1000 + row['id']}",
        "status": row["status"],
        "created_at": row["created_at"],
        "tracking_number": parcel["tracking_number"] if parcel else None,
        **orjson.loads(row["document"]),
    }


def _read(fields: Fields) -> tuple[dict[str, Any], list[tuple[str, str, str]]]:
    """The request, and (sku, name, path) of what it asks for."""
    lines = fields.children("lines", required=True)
    recipient = address(fields.child("recipient"))
    if not any(recipient[name] for name in ("address_1", "city", "postcode")):
        raise fields.refusal("recipient", "missing", "must say where to send the goods")
    form = {
        "external_ref": fields.text("external_ref", required=True, limit=255),
        "origin": fields.text("origin", limit=255),
        "order_reference": fields.text("order_reference", limit=100),
        "warehouse": fields.text("warehouse", limit=50) or WAREHOUSE,
        "shipping_method": fields.text("shipping_method", limit=200),
        "recipient": recipient,
        "lines": [_line(each) for each in lines],
        "note": fields.text("note", limit=20000),
    }
    return form, [(x.data["sku"], x.text("name", limit=1000), x.at("sku")) for x in lines]


def _line(fields: Fields) -> dict[str, str]:
    quantity = fields.number("quantity")
    if quantity <= 0:
        raise fields.refusal("quantity", "invalid", "must be more than zero")
    return {
        "line_ref": fields.text("line_ref", limit=100),
        "sku": fields.text("sku", required=True, limit=200),
        "name": fields.text("name", limit=1000),
        "quantity": plain(quantity),
    }


def _by_ref(db: sqlite3.Connection, external_ref: str) -> sqlite3.Row | None:
    sql = "SELECT * FROM requests WHERE external_ref = ? ORDER BY id DESC"
    row: sqlite3.Row | None = db.execute(sql, (external_ref,)).fetchone()
    return row


def _by_number(db: sqlite3.Connection, number: str) -> sqlite3.Row:
    digits = number.removeprefix("WR-")
    known = digits.isascii() and digits.isdigit() and len(digits) < 16
    sql = "SELECT * FROM requests WHERE id = ?"
    row: sqlite3.Row | None = None
    if known:
        row = db.execute(sql, (int(digits) - 1000,)).fetchone()
    if row is None:
        raise Refusal(404, "unknown_request", f"there is no request {number!r}")
    return row
