"""The log of every request, written before its answer is sent."""

from __future__ import annotations

from causeway.sandbox.context import Sandbox
from causeway.sandbox.faults import Fault
from causeway.sandbox.orders import listed
from causeway.sandbox.wire import MAX_PATH, Reply, Request

KEEP_READS = 50_000
"""Older GETs are dropped; writes are kept for good, for others count with them."""
_NAMES = ("id", "time", "method", "path", "external_ref", "status", "duration_ms", "fault")


def write(
    sandbox: Sandbox, request: Request, reply: Reply, fault: Fault | None, time: str, ms: float
) -> None:
    """`status` is what was decided even if a fault kept it from being sent; 0 for nothing done."""
    row = (
        time,
        request.method[:10],
        request.path[:MAX_PATH],
        request.external_ref,
        reply.status,
        round(ms, 3),
        fault.kind if fault else "",
    )
    with sandbox.books.writing() as db:
        sql = (
            "INSERT INTO log (time, method, path, external_ref, status, duration_ms, fault)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id"
        )
        number = db.execute(sql, row).fetchone()[0]
        if number % 1000 == 0:
            sql = "DELETE FROM log WHERE method = 'GET' AND id <= ?"
            db.execute(sql, (number - KEEP_READS,))


def show(sandbox: Sandbox, request: Request) -> Reply:
    """GET /sandbox/log?after=&limit=, oldest first."""
    with sandbox.books.reading() as db:
        page = listed(sandbox, db, request, "log", lambda row: {name: row[name] for name in _NAMES})
    return Reply.json(page)
