"""What happens in the warehouse as time goes by."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from typing import Any

import orjson

from causeway.sandbox import items, orders
from causeway.sandbox.clock import stamp
from causeway.sandbox.context import Sandbox
from causeway.sandbox.wire import Reply, Request

BATCH = 50
"""How many steps are taken in one transaction, so that others get their turn between."""


def settle(sandbox: Sandbox) -> None:
    """Take every step that is due by the sandbox's clock, in the order they fell due."""
    while _settle_some(sandbox) == BATCH:
        pass


def _settle_some(sandbox: Sandbox) -> int:
    now = sandbox.clock.now()
    with sandbox.books.reading() as db:
        sql = "SELECT 1 FROM requests WHERE due_at IS NOT NULL AND due_at <= ? LIMIT 1"
        if db.execute(sql, (now,)).fetchone() is None:
            return 0
    with sandbox.books.writing() as db:
        for step in range(BATCH):
            sql = (
                "SELECT * FROM requests WHERE due_at IS NOT NULL AND due_at <= ?"
                " ORDER BY due_at, id LIMIT 1"
            )
            row = db.execute(sql, (now,)).fetchone()
            if row is None:
                return step
            _step(db, row)
    return BATCH


def _step(db: sqlite3.Connection, row: sqlite3.Row) -> None:
    if row["status"] == "submitted":
        sql = "UPDATE requests SET status = 'accepted', due_at = ship_at WHERE id = ?"
        db.execute(sql, (row["id"],))
        return
    _ship(db, row)


def _ship(db: sqlite3.Connection, row: sqlite3.Row) -> None:
    """The parcel leaves: stock drops, the order's reservation is used up."""
    form, at = orjson.loads(row["document"]), stamp(row["ship_at"])
    db.execute("UPDATE requests SET status = 'shipped', due_at = NULL WHERE id = ?", (row["id"],))
    tracking = f"SBX{row['id']:09d}"
    parcel = {
        "number": f"SH-{1000 + row['id']}",
        "request_external_ref": row["external_ref"],
        "origin": row["origin"],
        "carrier": "Sandbox Parcel",
        "tracking_number": tracking,
        "tracking_url": f"/sandbox/track/{tracking}",
        "shipped_at": at,
        "warehouse": form["warehouse"],
        "lines": [{"sku": x["sku"], "quantity": x["quantity"]} for x in form["lines"]],
    }
    text = orjson.dumps(parcel).decode()
    sql = "INSERT INTO shipments (request_id, tracking_number, shipped_at, document)"
    db.execute(sql + " VALUES (?, ?, ?, ?)", (row["id"], tracking, at, text))
    for line in parcel["lines"]:
        quantity = Decimal(line["quantity"])
        if items.is_stocked(db, line["sku"]):
            items.move(db, at, line["sku"], form["warehouse"], on_hand=-quantity)
            orders.consume(db, at, row["origin"], line["sku"], quantity)


def shipments(sandbox: Sandbox, request: Request) -> Reply:
    """GET /wms/shipments?after=&limit=: parcels in the order they left."""

    def document(row: sqlite3.Row) -> dict[str, Any]:
        parcel = orjson.loads(row["document"])
        parcel["tracking_url"] = sandbox.address + parcel["tracking_url"]
        return {"id": row["id"], **parcel}

    with sandbox.books.reading() as db:
        return Reply.json(orders.listed(sandbox, db, request, "shipments", document))
