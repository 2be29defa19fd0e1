"""The page for people: what came in lately, and what lies in stock. No personal data on it."""

from __future__ import annotations

import sqlite3
from html import escape
from typing import Any

from causeway.sandbox.clock import stamp
from causeway.sandbox.context import Sandbox
from causeway.sandbox.orders import document as order_document
from causeway.sandbox.warehouse import document as request_document
from causeway.sandbox.wire import Refusal, Reply, Request

ROWS = 50
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:64rem;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%;margin-bottom:2rem}"
    "th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #bbb;"
    "overflow-wrap:anywhere}td.n,th.n{text-align:right}"
    "@media(prefers-color-scheme:dark){body{background:#181818;color:#eee}}"
)
_ORDERS = ("Number", "Shop's number", "Reference", "Status", "Total", "Since")
_REQUESTS = ("Number", "Shop's number", "Reference", "Status", "Tracking", "Since")
_STOCK = ("SKU", "Warehouse", "On hand", "Reserved", "Changed")


def show(sandbox: Sandbox, request: Request) -> Reply:
    """GET /sandbox/: the newest orders and requests, the levels that changed last."""
    with sandbox.books.reading() as db:
        newest = f"ORDER BY id DESC LIMIT {ROWS}"
        orders = [
            order_document(row) for row in db.execute(f"SELECT * FROM orders {newest}").fetchall()
        ]
        asked = [
            request_document(db, row)
            for row in db.execute(f"SELECT * FROM requests {newest}").fetchall()
        ]
        stock = db.execute(f"SELECT * FROM stock ORDER BY change DESC LIMIT {ROWS}").fetchall()
    parts = [
        f"<p>The sandbox's clock says {stamp(sandbox.clock.now())}. Load again to see more.</p>",
        _table("Orders at the ERP", _ORDERS, [_order(each) for each in orders]),
        _table("Requests at the warehouse", _REQUESTS, [_request(each) for each in asked]),
        _table("Stock, last changed first", _STOCK, [_level(each) for each in stock]),
    ]
    return Reply.html(_page("Sandbox back office", "".join(parts)))


def track(sandbox: Sandbox, request: Request, number: str) -> Reply:
    """GET /sandbox/track/<tracking number>: where a parcel is."""
    with sandbox.books.reading() as db:
        sql = "SELECT shipped_at FROM shipments WHERE tracking_number = ?"
        row = db.execute(sql, (number,)).fetchone()
    if row is None:
        raise Refusal(404, "unknown_parcel", f"there is no parcel {number!r}")
    text = f"<p>Left the sandbox's warehouse at {escape(row['shipped_at'])}.</p>"
    return Reply.html(_page(f"Parcel {number}", text))


def _order(order: dict[str, Any]) -> list[str]:
    total = f"{order['total']} {order['currency']}"
    known = (order["number"], order["order_reference"], order["external_ref"], order["status"])
    return [*known, total, order["created_at"]]


def _request(request: dict[str, Any]) -> list[str]:
    known = (request["number"], request["order_reference"], request["external_ref"])
    return [*known, request["status"], request["tracking_number"] or "", request["created_at"]]


def _level(row: sqlite3.Row) -> list[str]:
    return [row[name] for name in ("sku", "warehouse", "on_hand", "reserved", "changed_at")]


def _table(title: str, heads: tuple[str, ...], rows: list[list[str]]) -> str:
    if not rows:
        return f"<h2>{escape(title)}</h2><p>None yet.</p>"
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f"<h2>{escape(title)}</h2>{table}"


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{body}</body></html>"
    )
