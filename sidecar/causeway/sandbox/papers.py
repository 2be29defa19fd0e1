"""Documents that are only kept: returns the warehouse expects, entries of the journal."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson

from causeway.sandbox import orders
from causeway.sandbox.context import Sandbox
from causeway.sandbox.reading import Fields, plain
from causeway.sandbox.wire import Reply, Request

_PREFIX = {"returns": "RT", "journals": "JE"}


def book_return(sandbox: Sandbox, request: Request) -> Reply:
    """POST /wms/returns: goods that will come back; 409 with what stands under the reference."""
    fields = Fields(request.data)
    lines = [
        {
            "line_ref": line.text("line_ref", limit=100),
            "sku": line.text("sku", required=True, limit=200),
            "name": line.text("name", limit=1000),
            "quantity": plain(line.number("quantity")),
            "reason": line.text("reason", limit=1000),
        }
        for line in fields.children("lines", required=True)
    ]
    document = {
        "external_ref": fields.text("external_ref", required=True, limit=255),
        "origin": fields.text("origin", limit=255),
        "lines": lines,
    }
    return _create(sandbox, "returns", document)


def find_returns(sandbox: Sandbox, request: Request) -> Reply:
    """GET /wms/returns?external_ref=."""
    return _search(sandbox, request, "returns")


def post_journal(sandbox: Sandbox, request: Request) -> Reply:
    """POST /erp/journals: 422 `unbalanced` unless debits equal credits."""
    fields = Fields(request.data)
    lines, sums = [], {"debit": Decimal(0), "credit": Decimal(0)}
    for line in fields.children("lines", required=True):
        amounts = {side: line.number(side, default="0") for side in sums}
        for side, amount in amounts.items():
            sums[side] += amount
        account = line.text("account", required=True, limit=100)
        lines.append({"account": account, **{s: plain(a) for s, a in amounts.items()}})
    if sums["debit"] != sums["credit"]:
        message = f"debits come to {sums['debit']}, credits to {sums['credit']}"
        raise fields.refusal("lines", "unbalanced", message)
    document = {
        "external_ref": fields.text("external_ref", required=True, limit=255),
        "date": fields.text("date", required=True, limit=10),
        "currency": fields.currency(),
        "text": fields.text("text", limit=500),
        "lines": lines,
    }
    return _create(sandbox, "journals", document)


def find_journals(sandbox: Sandbox, request: Request) -> Reply:
    """GET /erp/journals?external_ref=."""
    return _search(sandbox, request, "journals")


def _create(sandbox: Sandbox, table: str, document: dict[str, Any]) -> Reply:
    ref = document["external_ref"]
    with sandbox.books.writing() as db:
        row = db.execute(f"SELECT * FROM {table} WHERE external_ref = ?", (ref,)).fetchone()
        if row is not None:
            return orders.duplicate(ref, _document(table, row))
        text = orjson.dumps(document).decode()
        sql = f"INSERT INTO {table} (external_ref, document) VALUES (?, ?) RETURNING *"
        return Reply.json(_document(table, db.execute(sql, (ref, text)).fetchone()), 201)


def _search(sandbox: Sandbox, request: Request, table: str) -> Reply:
    ref = request.query.get("external_ref", "")
    sql = f"SELECT * FROM {table} WHERE external_ref = ? OR ? = '' ORDER BY id LIMIT 200"
    with sandbox.books.reading() as db:
        rows = db.execute(sql, (ref, ref)).fetchall()
    return Reply.json({table: [_document(table, row) for row in rows]})


def _document(table: str, row: Any) -> dict[str, Any]:
    number = f"{_PREFIX[table]}-{1000 + row['id']}"
    return {"id": row["id"], "number": number, **orjson.loads(row["document"])}
