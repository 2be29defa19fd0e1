"""The sandbox as such: health, clock, faults, and what the books come to."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from decimal import Decimal
from typing import Any

from causeway.sandbox import (
    credits,  # noqa: A004 - the ERP's word
    shipping,
)
from causeway.sandbox.clock import stamp
from causeway.sandbox.context import Sandbox
from causeway.sandbox.reading import Fields, plain
from causeway.sandbox.seed import WAREHOUSE
from causeway.sandbox.wire import Refusal, Reply, Request


def health(sandbox: Sandbox, request: Request) -> Reply:
    """GET /sandbox/health, open to all: 200 when the books can be read."""
    with sandbox.books.reading() as db:
        db.execute("SELECT 1 FROM meta").fetchone()
    return Reply.json({"status": "ok"})


def erp_status(sandbox: Sandbox, request: Request) -> Reply:
    """GET /erp/status: what this ERP is, for whoever sets up a connection."""
    about = {"currencies": ["*"], "warehouses": [WAREHOUSE], "strict_items": sandbox.strict_items}
    return Reply.json({"system": "sandbox-erp", **about})


def wms_status(sandbox: Sandbox, request: Request) -> Reply:
    """GET /wms/status."""
    about = {"warehouses": [WAREHOUSE], "ship_after_seconds": sandbox.ship_after}
    return Reply.json({"system": "sandbox-wms", **about})


def show_clock(sandbox: Sandbox, request: Request) -> Reply:
    """GET /sandbox/clock."""
    clock = sandbox.clock
    return Reply.json({"now": stamp(clock.now()), "ahead_seconds": clock.ahead})


def advance_clock(sandbox: Sandbox, request: Request) -> Reply:
    """POST /sandbox/clock `{"advance_seconds": 3600}`: what falls due by then is done at once."""
    sandbox.clock.advance(float(Fields(request.data).number("advance_seconds")))
    shipping.settle(sandbox)
    return show_clock(sandbox, request)


def add_fault(sandbox: Sandbox, request: Request) -> Reply:
    """POST /sandbox/faults: 201 with the fault; see `Fault` for its fields."""
    return Reply.json(sandbox.faults.add(Fields(request.data)), 201)


def show_faults(sandbox: Sandbox, request: Request) -> Reply:
    """GET /sandbox/faults: those spent too, with how often they struck."""
    return Reply.json({"faults": sandbox.faults.all()})


def remove_faults(sandbox: Sandbox, request: Request) -> Reply:
    """DELETE /sandbox/faults: all of them."""
    return Reply.json({"removed": sandbox.faults.remove()})


def remove_fault(sandbox: Sandbox, request: Request, number: str) -> Reply:
    """DELETE /sandbox/faults/<id>."""
    known = number.isascii() and number.isdigit() and len(number) < 16
    if not known or not sandbox.faults.remove(int(number)):
        raise Refusal(404, "unknown_fault", f"there is no fault {number!r}")
    return Reply.json({"removed": 1})


def books(sandbox: Sandbox, request: Request) -> Reply:
    """GET /sandbox/books: counts, sums by currency, and references that made two documents."""
    tables = ("orders", "credits", "requests", "shipments", "customers", "items")
    with sandbox.books.reading() as db:
        counts: dict[str, Any] = {
            table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables
        }
        for table in ("orders", "requests"):
            sql = f"SELECT status, count(*) FROM {table} GROUP BY status"
            counts[f"{table}_by_status"] = dict(db.execute(sql).fetchall())
        return Reply.json({**counts, "totals": _totals(db), "created_twice": _created_twice(db)})


def _totals(db: sqlite3.Connection) -> dict[str, dict[str, str]]:
    """`{"EUR": {"orders": …, "credits": …}}`; cancelled orders do not count."""
    sums: dict[str, dict[str, Decimal]] = defaultdict(
        lambda: {"orders": Decimal(0), "credits": Decimal(0)}
    )
    for row in db.execute("SELECT currency, total FROM orders WHERE status != 'cancelled'"):
        sums[row["currency"]]["orders"] += Decimal(row["total"])
    for row in credits.in_force(db.execute("SELECT * FROM credits")):
        sums[row["currency"]]["credits"] += Decimal(row["total"])
    return {
        currency: {kind: plain(amount) for kind, amount in parts.items()}
        for currency, parts in sums.items()
    }


def _created_twice(db: sqlite3.Connection) -> list[str]:
    """References that made more than one document: none, ever.

    Asked of the tables and, independently of their constraints, of the log of what was answered.
    What is played by hand may come again: a credit check held and released, two parcels.
    """
    found: set[str] = set()
    for table in ("orders", "credits", "requests"):
        sql = f"SELECT external_ref FROM {table} GROUP BY external_ref HAVING count(*) > 1"
        found.update(row[0] for row in db.execute(sql))
    sql = (
        "SELECT external_ref FROM log WHERE status = 201 AND external_ref != ''"
        " AND path NOT LIKE '/sandbox/%'"
        " GROUP BY path, external_ref HAVING count(*) > 1"
    )
    found.update(row[0] for row in db.execute(sql))
    return sorted(found)
