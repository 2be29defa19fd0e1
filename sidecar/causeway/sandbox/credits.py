"""Credit notes of the ERP: money given back for an order."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import orjson

from causeway.sandbox import orders
from causeway.sandbox.clock import stamp
from causeway.sandbox.context import Sandbox
from causeway.sandbox.order_form import tax_amounts
from causeway.sandbox.reading import Fields, minor_unit, plain, to_minor
from causeway.sandbox.wire import Refusal, Reply, Request


def create(sandbox: Sandbox, request: Request) -> Reply:
    """POST /erp/credits: 201, or 409 with the credit that stands under `external_ref`.

    Refuses (422) a total that is not positive, an unknown order, another currency than the
    order's, and more than is left of the order's total.
    """
    fields = Fields(request.data)
    credit = _read(fields)
    at = stamp(sandbox.clock.now())
    with sandbox.books.writing() as db:
        known = _by_ref(db, credit["external_ref"])
        if known is not None and not sandbox.forgetful:
            return orders.duplicate(credit["external_ref"], document(known))
        order = orders.by_ref(db, credit["order_external_ref"])
        if order is None:
            message = f"there is no order under {credit['order_external_ref']!r}"
            raise fields.refusal("order_external_ref", "unknown_order", message)
        _check_against(db, fields, order, credit)
        sql = (
            "INSERT INTO credits (external_ref, order_id, currency, total, created_at, document)"
            " VALUES (?, ?, ?, ?, ?, ?)"
        )
        row = (credit["external_ref"], order["id"], credit["currency"], credit["total"], at)
        db.execute(sql, (*row, orjson.dumps(credit).decode()))
        made = _by_ref(db, credit["external_ref"])
        assert made is not None  # noqa: S101 - it was made two lines above
    return Reply.json(document(made), 201)


def search(sandbox: Sandbox, request: Request) -> Reply:
    """GET /erp/credits?external_ref=, or all of them by page (after, limit)."""
    with sandbox.books.reading() as db:
        if "external_ref" in request.query:
            found = _by_ref(db, request.query["external_ref"])
            return Reply.json({"credits": [document(found)] if found else []})
        return Reply.json(orders.listed(sandbox, db, request, "credits", document))


def reverse(sandbox: Sandbox, request: Request, number: str) -> Reply:
    """POST /erp/credits/<number>/reverse: it counts no more. Again is harmless."""
    with sandbox.books.writing() as db:
        row = _by_number(db, number)
        stored = {**orjson.loads(row["document"]), "status": "reversed"}
        text = orjson.dumps(stored).decode()
        db.execute("UPDATE credits SET document = ? WHERE id = ?", (text, row["id"]))
        return Reply.json(document(_by_number(db, number)))


def in_force(rows: Iterable[sqlite3.Row]) -> list[sqlite3.Row]:
    """Those that were not reversed."""
    return [row for row in rows if orjson.loads(row["document"]).get("status") != "reversed"]


def document(row: sqlite3.Row) -> dict[str, Any]:
    """A credit note as it is answered."""
    return {
        "id": row["id"],
        "number": f"CN-{1000 + row['id']}",
        "created_at": row["created_at"],
        "status": "posted",
        **orjson.loads(row["document"]),
    }


def _read(fields: Fields) -> dict[str, Any]:
    currency = fields.currency()
    total = fields.number("total")
    if total <= 0 or total != to_minor(total, currency):
        raise fields.refusal("total", "invalid", "must be positive and in whole minor units")
    parts = fields.children("lines")
    lines = [_line(each) for each in parts]
    given = sum((amount for _, amount in lines), Decimal(0))
    slack = minor_unit(currency) * (Decimal(len(lines)) / 2 + 1)
    if given > total + slack:
        message = f"the lines come to {given}, more than the total {total}"
        raise fields.refusal("lines", "total_differs", message)
    return {
        "external_ref": fields.text("external_ref", required=True, limit=255),
        "order_external_ref": fields.text("order_external_ref", required=True, limit=255),
        "currency": currency,
        "total": plain(total),
        "reason": fields.text("reason", limit=2000),
        "lines": [line for line, _ in lines],
    }


def _line(fields: Fields) -> tuple[dict[str, Any], Decimal]:
    """One line and what it gives back, tax included."""
    net, taxes = fields.number("net"), tax_amounts(fields)
    document = {
        "kind": fields.text("kind", limit=20) or "item",
        "sku": fields.text("sku", limit=200),
        "name": fields.text("name", limit=1000),
        "quantity": plain(fields.number("quantity", default="0")),
        "net": plain(net),
        "taxes": [{"code": code, "amount": plain(amount)} for code, amount in taxes.items()],
    }
    return document, net + sum(taxes.values(), Decimal(0))


def _check_against(
    db: sqlite3.Connection, fields: Fields, order: sqlite3.Row, credit: dict[str, Any]
) -> None:
    if credit["currency"] != order["currency"]:
        message = f"the order is in {order['currency']}"
        raise fields.refusal("currency", "currency_differs", message)
    rows = in_force(db.execute("SELECT * FROM credits WHERE order_id = ?", (order["id"],)))
    left = Decimal(order["total"]) - sum((Decimal(row["total"]) for row in rows), Decimal(0))
    if Decimal(credit["total"]) > left:
        message = f"only {left} {order['currency']} of the order can still be given back"
        raise fields.refusal("total", "exceeds_order", message)


def _by_number(db: sqlite3.Connection, number: str) -> sqlite3.Row:
    digits = number.removeprefix("CN-")
    known = digits.isascii() and digits.isdigit() and len(digits) < 16
    sql = "SELECT * FROM credits WHERE id = ?"
    row: sqlite3.Row | None = db.execute(sql, (int(digits) - 1000 if known else 0,)).fetchone()
    if row is None:
        raise Refusal(404, "unknown_credit", f"there is no credit {number!r}")
    return row


def _by_ref(db: sqlite3.Connection, external_ref: str) -> sqlite3.Row | None:
    sql = "SELECT * FROM credits WHERE external_ref = ? ORDER BY id DESC"
    row: sqlite3.Row | None = db.execute(sql, (external_ref,)).fetchone()
    return row
