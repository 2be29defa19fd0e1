"""Customers of the ERP, each under the reference others know them by."""

from __future__ import annotations

import orjson

from causeway.sandbox.context import Sandbox
from causeway.sandbox.order_form import address
from causeway.sandbox.reading import Fields
from causeway.sandbox.wire import Refusal, Reply, Request


def put(sandbox: Sandbox, request: Request, ref: str) -> Reply:
    """PUT /erp/customers/<ref> `{"name", "email", "vat_id", "billing"}`: made or replaced."""
    fields = Fields(request.data)
    customer = {
        "ref": ref,
        "name": fields.text("name", required=True),
        "email": fields.text("email"),
        "vat_id": fields.text("vat_id"),
        "billing": address(fields.child("billing")),
    }
    with sandbox.books.writing() as db:
        row = (ref, orjson.dumps(customer).decode())
        db.execute("INSERT OR REPLACE INTO customers VALUES (?, ?)", row)
    return Reply.json(customer)


def show(sandbox: Sandbox, request: Request, ref: str) -> Reply:
    """GET /erp/customers/<ref>."""
    with sandbox.books.reading() as db:
        row = db.execute("SELECT document FROM customers WHERE ref = ?", (ref,)).fetchone()
    if row is None:
        raise Refusal(404, "unknown_customer", f"there is no customer {ref!r}")
    return Reply.json(orjson.loads(row["document"]))
