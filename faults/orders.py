"""Orders as WooCommerce renders them, in versions, with what each must lead to."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from faults.oracle import Expected

FOLDER = Path(__file__).parent.parent / "tests" / "contract" / "woocommerce"
PLAIN, REFUNDED = "simple_cod", "partial_refund_one_line"
EACH_REFUNDED = 3
_IDS = uuid.UUID("5a0d3c0e-8f0a-4d5c-9a44-3f1f0d5b7c11")


@dataclass(frozen=True, slots=True)
class Order:
    """An order's events, oldest version first, and what must come of them."""

    order_id: str
    events: tuple[dict[str, Any], ...]
    expected: Expected


def order(store: str, number: int) -> Order:
    """Every third is refunded in part in its second version, which may overtake the first."""
    if number % EACH_REFUNDED:
        data = _sample(PLAIN)
        return _order(store, number, [_numbered(data, number)], ())
    data = _numbered(_sample(REFUNDED), number)
    before = {"order": {**data["order"], "refunds": []}, "refunds": []}
    refunds = tuple(f"{store}:{number}:refund:{refund['id']}" for refund in data["refunds"])
    return _order(store, number, [before, data], refunds)


def with_note(event: dict[str, Any], note: str, total: str = "") -> dict[str, Any]:
    """The same event id with another body."""
    data = event["data"]
    changed = {**data["order"], "customer_note": note, **({"total": total} if total else {})}
    return {**event, "data": {**data, "order": changed}}


def _order(
    store: str, number: int, versions: list[dict[str, Any]], refunds: tuple[str, ...]
) -> Order:
    expected = Expected(
        order_id=str(number),
        book=f"{store}:{number}:book",
        total=versions[0]["order"]["total"],
        requests=f"{store}:{number}:request:",
        refunds=refunds,
    )
    events = tuple(_event(store, number, i, data) for i, data in enumerate(versions, 1))
    return Order(str(number), events, expected)


def _numbered(data: dict[str, Any], number: int) -> dict[str, Any]:
    """A refund's own number is the shop's too, so it must be another for each order."""
    refunds = [{**r, "id": number * 1000 + i} for i, r in enumerate(data["refunds"], 1)]
    short = [
        {**r, "id": number * 1000 + i} for i, r in enumerate(data["order"].get("refunds", []), 1)
    ]
    order = {**data["order"], "id": number, "number": str(number), "refunds": short}
    return {"order": order, "refunds": refunds}


def _event(store: str, number: int, version: int, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid5(_IDS, f"{store}:{number}:{version}")),
        "topic": "order.updated",
        "entity": "order",
        "entity_id": str(number),
        "version": version,
        "occurred_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "schema": "woocommerce.order/3",
        "data": data,
    }


@cache
def _sample(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return data
