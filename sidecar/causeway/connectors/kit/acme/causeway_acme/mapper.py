"""Between Causeway's canonical language and Acme's. Pure: no I/O, tested on its own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from causeway.canonical import (
    Address,
    FulfilmentRequest,
    Money,
    Order,
    OrderLine,
    Refund,
    RefundLine,
    Shipment,
    ShipmentLine,
    StockLevel,
)
from causeway.connectors.base import Page, RemoteDocument
from causeway.errors import MappingError

Json = dict[str, Any]
T = TypeVar("T")
LONGEST_REFERENCE = 60


def reference(key: str) -> str:
    """The delivery's key as Acme takes it. A long one ends in a digest, so that no two clash."""
    if len(key) <= LONGEST_REFERENCE:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()[:16]
    return f"{key[: LONGEST_REFERENCE - 17]}~{digest}"


def order_to_json(order: Order, key: str, warehouse: str) -> Json:
    """The body of `POST /orders`. Acme adds the lines up: what rounding leaves is one more."""
    lines = [_line(line) for line in order.lines]
    rest = order.total.rounded() - _sum(lines, order.currency)
    if rest:
        lines.append({"name": "Rounding", "net": _text(rest), "tax": "0"})
    return {
        "reference": reference(key),
        "origin": key,
        "number": order.number,
        "currency": order.currency,
        "warehouse": warehouse,
        "customer": {"name": order.billing.name, "email": order.customer.email},
        "address": address_to_json(order.shipping or order.billing),
        "lines": lines,
    }


def refund_to_json(order: Order, refund: Refund, key: str, booked: str) -> Json:
    """The body of `POST /refunds`. `booked` is Acme's id of the order; amounts are positive."""
    lines = [_line(line) for line in refund.lines]
    rest = refund.total.rounded() - _sum(lines, order.currency)
    if rest:
        lines.append({"name": refund.reason or "Refund", "net": _text(rest), "tax": "0"})
    body = {"reference": reference(key), "origin": key, "order": booked, "currency": order.currency}
    return {**body, "lines": lines}


def request_to_json(request: FulfilmentRequest, key: str) -> Json:
    """The body of `POST /requests`."""
    return {
        "reference": reference(key),
        "origin": key,
        "number": request.order_number,
        "warehouse": request.warehouse,
        "address": address_to_json(request.recipient),
        "lines": [{"sku": line.sku, "quantity": f"{line.quantity:f}"} for line in request.lines],
    }


def address_to_json(address: Address) -> Json:
    return {
        "name": address.name,
        "street": address.address_1,
        "postcode": address.postcode,
        "city": address.city,
        "country": address.country,
    }


def document(data: Json) -> RemoteDocument:
    return RemoteDocument(str(_field(data, "id")), str(_field(data, "number")))


def found(data: Json) -> RemoteDocument | None:
    """The one document under a reference, if there is one."""
    rows = _field(data, "found")
    return replace(document(rows[0]), existed=True) if rows else None


def page(data: Json, row: Callable[[Json], T]) -> Page[T]:
    """A stretch of a feed, each of its rows read by `row`."""
    items = tuple(row(each) for each in _field(data, "rows"))
    return Page(items, str(_field(data, "cursor")), more=bool(_field(data, "more")))


def stock_level(data: Json) -> StockLevel:
    return StockLevel(
        sku=str(_field(data, "sku")),
        warehouse=str(_field(data, "warehouse")),
        on_hand=Decimal(_field(data, "on_hand")),
        reserved=Decimal(data.get("reserved", "0")),
        as_of=datetime.fromisoformat(_field(data, "as_of")),
    )


def shipment(data: Json) -> Shipment:
    """`request_key` is our key in full, from `origin`: a shortened one cannot be read back."""
    return Shipment(
        id=str(_field(data, "id")),
        request_key=str(_field(data, "origin")),
        carrier=str(data.get("carrier", "")),
        tracking_number=str(data.get("tracking", "")),
        tracking_url="",
        shipped_at=datetime.fromisoformat(_field(data, "shipped_at")),
        lines=tuple(
            ShipmentLine(str(line["sku"]), Decimal(line["quantity"])) for line in data["lines"]
        ),
    )


def _line(line: OrderLine | RefundLine) -> Json:
    return {
        "sku": line.sku if line.kind == "product" else "",
        "name": line.name,
        "quantity": f"{line.quantity:f}",
        "net": _text(line.total),
        "tax": _text(line.tax),
    }


def _sum(lines: list[Json], currency: str) -> Money:
    """As Acme adds them up: every amount is rounded to the minor unit before."""
    amounts = [Money.of(line[part], currency) for line in lines for part in ("net", "tax")]
    return Money.total(amounts, currency)


def _text(money: Money) -> str:
    return f"{money.rounded().amount:f}"


def _field(data: Json, name: str) -> Any:
    if data.get(name) is None:
        raise MappingError(name, "is missing in its answer", "Compare with Acme's documentation")
    return data[name]
