"""What a warehouse is asked to send, and what it says it has sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from causeway.canonical.order import Address


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One line to pick. `order_line_id` is the shop's line, `quantity` may have decimals.

    `weight` is kilograms of one, 0 where the shop does not say it.
    """

    order_line_id: str
    sku: str
    name: str
    quantity: Decimal
    weight: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class FulfilmentRequest:
    """Goods of one order to be sent from one warehouse, and of the buyer only what that takes.

    `id` distinguishes the fulfilment orders of one order ("1", "2", …).
    """

    store: str
    order_id: str
    order_number: str
    id: str
    warehouse: str
    recipient: Address
    shipping_method: str
    lines: tuple[RequestLine, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class ShipmentLine:
    """What of one SKU is in the parcel, with lot or serial numbers where they are kept.

    `order_line_id` is the shop's line where the sender knows it.
    """

    sku: str
    quantity: Decimal
    order_line_id: str = ""
    lots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shipment:
    """A parcel on its way. `id` is the other side's; `request_key` the delivery key it answers.

    `label` is the id under which the connection gives the parcel's label, if it has one.
    """

    id: str
    request_key: str
    carrier: str
    tracking_number: str
    tracking_url: str
    shipped_at: datetime
    lines: tuple[ShipmentLine, ...]
    warehouse: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class RequestAnswer:
    """What a warehouse says to a request. `request_key` is our delivery's key.

    `short` names the SKUs and quantities it cannot send, where it says so.
    """

    id: str
    request_key: str
    answer: Literal["accepted", "rejected", "on_hold", "released", "incomplete", "cancelled"]
    reason: str
    at: datetime
    short: tuple[ShipmentLine, ...] = ()
