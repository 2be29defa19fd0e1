"""How long the decision for an order of 200 lines takes: the flow alone, no ledger, no network."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from bench.rows import Bar, Limit, Row
from bench.stats import percentile
from causeway.canonical import Order
from causeway.canonical.codec import encode
from causeway.connectors.base import Capabilities
from causeway.connectors.samples import an_order
from causeway.flows.facts import Booked, OrderSeen
from causeway.flows.order_flow import decide
from causeway.flows.scene import Scene, Side
from causeway.policy import Rule, StorePolicy

LINES, ROUNDS = 200, 200
NOW = datetime(2026, 11, 20, tzinfo=UTC)


def measure() -> list[Row]:
    """p50 of the two decisions that matter: first seen (is it good?), booked (who sends it?)."""
    scene, order = _scene(), _order()
    seen, booked = OrderSeen(order, 1, NOW), Booked("SO-1", NOW)
    first, second, copies = [], [], []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        decision = decide(None, seen, scene)
        first.append((time.perf_counter() - began) * 1000)
        began = time.perf_counter()
        decide(decision.state, booked, scene)
        second.append((time.perf_counter() - began) * 1000)
        began = time.perf_counter()
        encode(order)
        copies.append((time.perf_counter() - began) * 1000)
    if not decision.asks:
        raise RuntimeError("the order was not accepted; nothing was measured")
    limit = Limit("writing the same order as JSON once, p50", percentile(copies, 0.5))
    return [_row("flow-seen", first, limit), _row("flow-booked", second, limit)]


def _row(name: str, times: list[float], limit: Limit) -> Row:
    note = f"{LINES} lines, {ROUNDS} rounds, p95 {percentile(times, 0.95):.1f} ms"
    return Row(name, percentile(times, 0.5), "ms", (limit,), Bar("<=", 5), note)


def _scene() -> Scene:
    able = Capabilities(cancel=True, update=True, answers=True)
    rules = (
        Rule("abroad", "wms", warehouse="EXPORT", countries=("US", "CH")),
        Rule("heavy", "wms", warehouse="HALL", min_weight=Decimal(30)),
        Rule("rest", "wms", warehouse="MAIN"),
    )
    sides = (Side("erp", ("erp",), able), Side("wms", ("fulfilment",), able))
    return Scene(StorePolicy(routes=rules), sides)


def _order() -> Order:
    """Each line pays its tax; the sums are those of the lines, so that it adds up."""
    order = an_order()
    line = order.lines[0]
    lines = tuple(
        replace(line, id=str(number), sku=f"SKU-{number}") for number in range(1, LINES + 1)
    )
    rate = order.tax_rates[0]
    rate = replace(rate, total=line.tax * LINES)
    total = line.total * LINES + rate.total
    return replace(order, lines=lines, tax_rates=(rate,), total=total, rounding=None)
