"""What can happen to an order. A fact carries all that deciding on it needs, its time included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from causeway.canonical import Order, Shipment


@dataclass(frozen=True, slots=True)
class OrderSeen:
    """The shop showed the order as it was at `version`."""

    order: Order
    version: int
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderDeleted:
    """The shop deleted or trashed the order."""

    version: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Booked:
    """The back office has the order, under `number`."""

    number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundBooked:
    refund_id: str
    number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RequestSubmitted:
    """The warehouse has the request of fulfilment order `fulfilment_id`, under `number`."""

    fulfilment_id: str
    number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Shipped:
    """A parcel left. `fulfilment_id` is empty when the sender does not know our requests."""

    shipment: Shipment
    fulfilment_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryParked:
    """A connection refused `operation` for good; people are told in its words."""

    operation: str
    connection: str
    reason: str
    at: datetime


Fact = (
    OrderSeen | OrderDeleted | Booked | RefundBooked | RequestSubmitted | Shipped | DeliveryParked
)
