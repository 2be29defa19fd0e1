"""From a request to its answer: routes, token, faults, log."""

from __future__ import annotations

import hmac
import re
import time
import traceback
from dataclasses import replace
from datetime import UTC, datetime

from causeway.sandbox import (
    control,
    credits,  # noqa: A004 - the ERP's word
    customers,
    items,
    journal,
    orders,
    page,
    papers,
    played,
    shipping,
    warehouse,
)
from causeway.sandbox.clock import stamp
from causeway.sandbox.context import Handler, Sandbox
from causeway.sandbox.faults import Fault
from causeway.sandbox.wire import Refusal, Reply, Request

ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/erp/status", control.erp_status),
    ("POST", "/erp/orders", orders.create),
    ("GET", "/erp/orders", orders.search),
    ("GET", "/erp/orders/<>", orders.show),
    ("POST", "/erp/orders/<>/cancel", orders.cancel),
    ("POST", "/erp/credits", credits.create),
    ("GET", "/erp/credits", credits.search),
    ("POST", "/erp/credits/<>/reverse", credits.reverse),
    ("PUT", "/erp/customers/<>", customers.put),
    ("GET", "/erp/customers/<>", customers.show),
    ("GET", "/erp/stock", items.stock),
    ("POST", "/erp/stock", items.set_stock),
    ("GET", "/erp/prices", items.prices),
    ("POST", "/erp/prices", items.set_price),
    ("GET", "/wms/status", control.wms_status),
    ("POST", "/wms/requests", warehouse.create),
    ("GET", "/wms/requests", warehouse.search),
    ("GET", "/wms/requests/<>", warehouse.show),
    ("POST", "/wms/requests/<>/cancel", warehouse.cancel),
    ("GET", "/wms/shipments", shipping.shipments),
    ("PUT", "/erp/orders/<>", orders.change),
    ("GET", "/erp/refunds", played.refunds),
    ("POST", "/erp/journals", papers.post_journal),
    ("GET", "/erp/journals", papers.find_journals),
    ("GET", "/wms/answers", played.answers),
    ("POST", "/wms/returns", papers.book_return),
    ("GET", "/wms/returns", papers.find_returns),
    ("GET", "/wms/receipts", played.receipts),
    ("POST", "/sandbox/answer", played.answer),
    ("POST", "/sandbox/ship", played.ship),
    ("POST", "/sandbox/receive", played.receive),
    ("POST", "/sandbox/refund", played.refund),
    ("POST", "/sandbox/credit", played.credit),
    ("GET", "/erp/decisions", played.decisions),
    ("GET", "/sandbox", page.show),
    ("GET", "/sandbox/", page.show),
    ("GET", "/sandbox/track/<>", page.track),
    ("GET", "/sandbox/health", control.health),
    ("GET", "/sandbox/clock", control.show_clock),
    ("POST", "/sandbox/clock", control.advance_clock),
    ("GET", "/sandbox/faults", control.show_faults),
    ("POST", "/sandbox/faults", control.add_fault),
    ("DELETE", "/sandbox/faults", control.remove_faults),
    ("DELETE", "/sandbox/faults/<>", control.remove_fault),
    ("GET", "/sandbox/log", journal.show),
    ("GET", "/sandbox/books", control.books),
)
# What a person's browser opens, and what asks whether the process is up.
OPEN = frozenset({page.show, page.track, control.health})
# Kinds of faults that answer in the place of the work.
INSTEAD = ("status", "garbage", "redirect", "error_body")
_ROUTES = [
    (method, re.compile(re.escape(path).replace("<>", "([^/]{1,255})")), handler)
    for method, path, handler in ROUTES
]


class App:
    """The sandbox without its sockets: `answer` may be called from any number of threads."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def answer(self, request: Request) -> Reply:
        """Do what is asked, or what a fault makes of it; log it; never raise."""
        at, began = stamp(datetime.now(UTC).timestamp()), time.perf_counter()
        fault = self.sandbox.faults.strike(request.method, request.path)
        try:
            reply = self._under(fault, request)
            took = (time.perf_counter() - began) * 1000
            journal.write(self.sandbox, request, reply, fault, at, took)
        except Exception:  # noqa: BLE001 - whatever went wrong, the caller gets an answer
            traceback.print_exc()
            return Reply.refused(Refusal(500, "internal", "the sandbox failed; see its output"))
        return reply

    def _under(self, fault: Fault | None, request: Request) -> Reply:
        kind = fault.kind if fault else ""
        if fault and kind in INSTEAD:
            return fault.reply()
        if fault and kind in ("delay", "hang"):
            time.sleep(fault.seconds)
        if kind in ("drop_before", "hang"):
            return Reply(0, cut=True)
        reply = self._work(request)
        if kind == "drop_after":
            return Reply(reply.status, cut=True)
        if fault and kind in ("trickle", "truncated"):
            return replace(reply, pace=fault.seconds if kind == "trickle" else 0.0,
                           halved=kind == "truncated")  # fmt: skip
        return fault.reply() if fault and kind == "status_after" else reply

    def _work(self, request: Request) -> Reply:
        try:
            if request.refusal:
                raise request.refusal
            handler, parts = _route(request)
            if handler not in OPEN:
                self._check_token(request)
            shipping.settle(self.sandbox)
            return handler(self.sandbox, request, *parts)
        except Refusal as refusal:
            reply = Reply.refused(refusal)
            if refusal.status == 401:
                reply.headers["WWW-Authenticate"] = "Bearer"
            return reply

    def _check_token(self, request: Request) -> None:
        given, expected = request.token.encode(), self.sandbox.token.encode()
        if not hmac.compare_digest(given, expected):
            raise Refusal(401, "unauthorised", "the Authorization header needs the right token")


def _route(request: Request) -> tuple[Handler, tuple[str, ...]]:
    others = []
    for method, pattern, handler in _ROUTES:
        match = pattern.fullmatch(request.path)
        if match and method == request.method:
            return handler, match.groups()
        if match:
            others.append(method)
    if others:
        raise Refusal(405, "method", f"use {' or '.join(others)}")
    raise Refusal(404, "unknown_path", "there is nothing at this path")
