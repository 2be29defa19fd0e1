"""Between the canonical language and the sandbox warehouse's. Pure.

The warehouse is told where to send what, and nothing else: no e-mail address, no prices.
"""

from __future__ import annotations

from decimal import Decimal

from causeway.canonical import (
    FulfilmentRequest,
    RequestAnswer,
    Return,
    ReturnLine,
    ReturnReceipt,
    Shipment,
    ShipmentLine,
)
from causeway.connectors.sandbox_erp.mapper import Json, address_to_json, document, found, page, utc

__all__ = [
    "answer",
    "document",
    "found",
    "page",
    "receipt",
    "request_to_json",
    "return_to_json",
    "shipment",
]


def request_to_json(request: FulfilmentRequest, key: str) -> Json:
    """The body of `POST /wms/requests`."""
    return {
        "external_ref": key,
        "origin": f"{request.store}:{request.order_id}",
        "order_reference": request.order_number,
        "warehouse": request.warehouse,
        "shipping_method": request.shipping_method,
        "recipient": address_to_json(request.recipient),
        "lines": [
            {
                "line_ref": line.order_line_id,
                "sku": line.sku,
                "name": line.name,
                "quantity": format(line.quantity, "f"),
            }
            for line in request.lines
        ],
        "note": request.note,
    }


def shipment(row: Json) -> Shipment:
    """One row of `GET /wms/shipments`."""
    return Shipment(
        id=str(row["id"]),
        request_key=row["request_external_ref"],
        carrier=row["carrier"],
        tracking_number=row["tracking_number"],
        tracking_url=row["tracking_url"],
        shipped_at=utc(row["shipped_at"]),
        lines=tuple(
            ShipmentLine(
                x["sku"], Decimal(x["quantity"]), x.get("line_ref", ""), tuple(x.get("lots", ()))
            )
            for x in row["lines"]
        ),
        warehouse=row["warehouse"],
    )


def return_to_json(back: Return, key: str) -> Json:
    """The body of `POST /wms/returns`."""
    return {
        "external_ref": key,
        "origin": f"{back.store}:{back.order_id}",
        "lines": [
            {
                "line_ref": line.order_line_id,
                "sku": line.sku,
                "name": line.name,
                "quantity": format(line.quantity, "f"),
                "reason": line.reason,
            }
            for line in back.lines
        ],
    }


def answer(row: Json) -> RequestAnswer:
    """One row of `GET /wms/answers`."""
    return RequestAnswer(
        id=str(row["id"]),
        request_key=row["request_external_ref"],
        answer=row["answer"],
        reason=row["reason"],
        at=utc(row["at"]),
    )


def receipt(row: Json) -> ReturnReceipt:
    """One row of `GET /wms/receipts`."""
    return ReturnReceipt(
        id=str(row["id"]),
        request_key=row["return_external_ref"],
        received_at=utc(row["received_at"]),
        lines=tuple(
            ReturnLine(
                x["line_ref"],
                x["sku"],
                x["name"],
                Decimal(x["quantity"]),
                x["reason"],
                x["disposition"],
            )
            for x in row["lines"]
        ),
    )
