"""What people in the warehouse and the office do, played on demand, and the feeds that tell it."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from typing import Any

import orjson

from causeway.sandbox import orders, shipping
from causeway.sandbox.clock import stamp
from causeway.sandbox.context import Sandbox
from causeway.sandbox.reading import Fields, plain
from causeway.sandbox.wire import Refusal, Reply, Request

# An answer → the request's status after it. What is rejected or cancelled is not worked on.
ANSWERS = {
    "accepted": "accepted",
    "rejected": "cancelled",
    "on_hold": "on_hold",
    "released": "accepted",
    "incomplete": "ended",
    "cancelled": "cancelled",
}
CREDIT = ("on_hold", "released", "rejected")
DISPOSITIONS = ("undecided", "restock", "write_off")


def answer(sandbox: Sandbox, request: Request) -> Reply:
    """POST /sandbox/answer `{"external_ref", "answer", "reason"}`: the warehouse says something."""
    fields = Fields(request.data)
    word = fields.text("answer", required=True)
    if word not in ANSWERS:
        raise fields.refusal("answer", "invalid", "must be one of " + ", ".join(ANSWERS))
    now = sandbox.clock.now()
    with sandbox.books.writing() as db:
        row = _request(db, fields)
        due = now + sandbox.ship_after if word in ("accepted", "released") else None
        sql = "UPDATE requests SET status = ?, due_at = ?, ship_at = ? WHERE id = ?"
        db.execute(sql, (ANSWERS[word], due, due or row["ship_at"], row["id"]))
        shipping.say(db, row, word, fields.text("reason"), stamp(now))
    return Reply.json({"status": ANSWERS[word]})


def ship(sandbox: Sandbox, request: Request) -> Reply:
    """POST /sandbox/ship `{"external_ref", "lines": [{"sku", "quantity"}]}`: a parcel leaves now.

    Without lines everything that has not left yet.
    """
    fields = Fields(request.data)
    with sandbox.books.writing() as db:
        row = _request(db, fields)
        if row["status"] in ("shipped", "cancelled", "ended"):
            raise Refusal(409, "over", f"the request is {row['status']}")
        rest = shipping.remaining(orjson.loads(row["document"]))
        lines = [_some(each, rest) for each in fields.children("lines")] or rest
        shipping.ship(db, row, lines, stamp(sandbox.clock.now()))
    return Reply.json({"shipped": lines}, 201)


def receive(sandbox: Sandbox, request: Request) -> Reply:
    """POST /sandbox/receive `{"external_ref", "disposition"}` or with `lines`: a return is here."""
    fields = Fields(request.data)
    ref = fields.text("external_ref", required=True, limit=255)
    with sandbox.books.writing() as db:
        row = db.execute("SELECT * FROM returns WHERE external_ref = ?", (ref,)).fetchone()
        if row is None:
            raise fields.refusal("external_ref", "unknown_return", "there is no such return")
        known = orjson.loads(row["document"])["lines"]
        given = fields.children("lines")
        lines = [_returned(each, known) for each in given] or [
            {**line, "disposition": _disposition(fields)} for line in known
        ]
        at = stamp(sandbox.clock.now())
        document = {"return_external_ref": ref, "received_at": at, "lines": lines}
        _keep(db, "receipts", document)
    return Reply.json(document, 201)


def refund(sandbox: Sandbox, request: Request) -> Reply:
    """POST /sandbox/refund `{"external_ref", "amount", "reason"}`: the office gives money back."""
    fields = Fields(request.data)
    ref = fields.text("external_ref", required=True, limit=255)
    with sandbox.books.writing() as db:
        order = orders.by_ref(db, ref)
        if order is None:
            raise fields.refusal("external_ref", "unknown_order", "there is no such order")
        document = {
            "order_external_ref": ref,
            "currency": order["currency"],
            "amount": plain(fields.number("amount")),
            "reason": fields.text("reason"),
            "created_at": stamp(sandbox.clock.now()),
        }
        _keep(db, "refunds", document)
    return Reply.json(document, 201)


def credit(sandbox: Sandbox, request: Request) -> Reply:
    """POST /sandbox/credit `{"external_ref", "answer", "reason"}`: the credit check says something.

    `answer` is `on_hold`, `released` or `rejected`.
    """
    fields = Fields(request.data)
    word, ref = fields.text("answer", required=True), fields.text("external_ref", required=True)
    if word not in CREDIT:
        raise fields.refusal("answer", "invalid", "must be one of " + ", ".join(CREDIT))
    with sandbox.books.writing() as db:
        if orders.by_ref(db, ref) is None:
            raise fields.refusal("external_ref", "unknown_order", "there is no such order")
        document = {
            "order_external_ref": ref,
            "answer": word,
            "reason": fields.text("reason"),
            "at": stamp(sandbox.clock.now()),
        }
        _keep(db, "decisions", document)
    return Reply.json(document, 201)


def decisions(sandbox: Sandbox, request: Request) -> Reply:
    """GET /erp/decisions?after=&limit=."""
    return _feed(sandbox, request, "decisions")


def answers(sandbox: Sandbox, request: Request) -> Reply:
    """GET /wms/answers?after=&limit=."""
    return _feed(sandbox, request, "answers")


def receipts(sandbox: Sandbox, request: Request) -> Reply:
    """GET /wms/receipts?after=&limit=."""
    return _feed(sandbox, request, "receipts")


def refunds(sandbox: Sandbox, request: Request) -> Reply:
    """GET /erp/refunds?after=&limit=."""
    return _feed(sandbox, request, "refunds")


def _feed(sandbox: Sandbox, request: Request, table: str) -> Reply:
    def document(row: sqlite3.Row) -> dict[str, Any]:
        return {"id": row["id"], **orjson.loads(row["document"])}

    with sandbox.books.reading() as db:
        return Reply.json(orders.listed(sandbox, db, request, table, document))


def _keep(db: sqlite3.Connection, table: str, document: dict[str, Any]) -> None:
    db.execute(f"INSERT INTO {table} (document) VALUES (?)", (orjson.dumps(document).decode(),))


def _request(db: sqlite3.Connection, fields: Fields) -> sqlite3.Row:
    ref = fields.text("external_ref", required=True, limit=255)
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM requests WHERE external_ref = ?", (ref,)
    ).fetchone()
    if row is None:
        raise fields.refusal("external_ref", "unknown_request", "there is no such request")
    return row


def _some(fields: Fields, rest: list[dict[str, Any]]) -> dict[str, Any]:
    """So many of the open line with that SKU."""
    sku, quantity = fields.text("sku", required=True), fields.number("quantity")
    for line in rest:
        if line["sku"] == sku and Decimal(0) < quantity <= Decimal(line["quantity"]):
            return {**line, "quantity": plain(quantity), **_lots(fields)}
    raise fields.refusal("sku", "invalid", "that much of it is not to be sent any more")


def _lots(fields: Fields) -> dict[str, Any]:
    """The lot or serial numbers of what is sent, where they are kept."""
    lots = fields.data.get("lots", [])
    if not isinstance(lots, list) or not all(isinstance(lot, str) for lot in lots):
        raise fields.refusal("lots", "invalid", "must be a list of texts")
    return {"lots": lots} if lots else {}


def _returned(fields: Fields, known: list[dict[str, Any]]) -> dict[str, Any]:
    sku = fields.text("sku", required=True)
    for line in known:
        if line["sku"] == sku:
            quantity = plain(fields.number("quantity", default=line["quantity"]))
            return {**line, "quantity": quantity, "disposition": _disposition(fields)}
    raise fields.refusal("sku", "invalid", "is not in the return")


def _disposition(fields: Fields) -> str:
    word = fields.text("disposition") or "undecided"
    if word not in DISPOSITIONS:
        raise fields.refusal("disposition", "invalid", "must be one of " + ", ".join(DISPOSITIONS))
    return word
