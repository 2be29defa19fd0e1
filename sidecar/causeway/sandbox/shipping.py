"""What happens in the warehouse as time goes by."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from typing import Any

import orjson

from causeway.sandbox import items, orders
from causeway.sandbox.clock import stamp
from causeway.sandbox.context import Sandbox
from causeway.sandbox.reading import plain
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
        say(db, row, "accepted", "", stamp(row["due_at"]))
        return
    form = orjson.loads(row["document"])
    ship(db, row, remaining(form), stamp(row["ship_at"]))


def remaining(form: dict[str, Any]) -> list[dict[str, Any]]:
    """What of a request has not left yet, line by line."""
    gone = form.get("shipped", {})
    lines = [
        {**line, "quantity": plain(Decimal(line["quantity"]) - Decimal(gone.get(str(place), "0")))}
        for place, line in enumerate(form["lines"])
    ]
    return [line for line in lines if Decimal(line["quantity"]) > 0]


def say(db: sqlite3.Connection, row: sqlite3.Row, answer: str, reason: str, at: str) -> None:
    """The warehouse answers a request."""
    said = {"request_external_ref": row["external_ref"], "answer": answer, "reason": reason}
    text = orjson.dumps({**said, "at": at}).decode()
    db.execute("INSERT INTO answers (document) VALUES (?)", (text,))


def ship(db: sqlite3.Connection, row: sqlite3.Row, lines: list[dict[str, Any]], at: str) -> None:
    """A parcel leaves: stock drops, the order's reservation is used up. The last one ends it."""
    form = orjson.loads(row["document"])
    gone: dict[str, str] = form.setdefault("shipped", {})
    for line in lines:
        place = str(
            next(i for i, x in enumerate(form["lines"]) if x["line_ref"] == line["line_ref"])
        )
        gone[place] = plain(Decimal(gone.get(place, "0")) + Decimal(line["quantity"]))
    rest = remaining(form)
    status, due = (row["status"], row["due_at"]) if rest else ("shipped", None)
    sql = "UPDATE requests SET status = ?, due_at = ?, document = ? WHERE id = ?"
    db.execute(sql, (status, due, orjson.dumps(form).decode(), row["id"]))
    count = db.execute(
        "SELECT count(*) FROM shipments WHERE request_id = ?", (row["id"],)
    ).fetchone()[0]
    again = f"-{count + 1}" if count else ""
    tracking = f"SBX{row['id']:09d}{again}"
    parcel = {
        "number": f"SH-{1000 + row['id']}{again}",
        "request_external_ref": row["external_ref"],
        "origin": row["origin"],
        "carrier": "Sandbox Parcel",
        "tracking_number": tracking,
        "tracking_url": f"/sandbox/track/{tracking}",
        "shipped_at": at,
        "warehouse": form["warehouse"],
        "lines": [
            {name: x[name] for name in ("line_ref", "sku", "quantity", "lots") if name in x}
            for x in lines
        ],
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
