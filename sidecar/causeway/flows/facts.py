"""What can happen to an order. A fact carries all that deciding on it needs, its time included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from causeway.canonical import (
    Invoice,
    Money,
    Order,
    RemoteRefund,
    RequestAnswer,
    Return,
    ReturnReceipt,
    Shipment,
)


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
class Looked:
    """Nothing happened, but what decides may be different: the time, a mapping, a policy."""

    at: datetime


@dataclass(frozen=True, slots=True)
class HeldByHand:
    """A person wants the order to wait, `until` a time or until released."""

    reason: str
    by: str
    until: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Released:
    """A person lets the order go on: all that holds it, or only holds of `kind`."""

    by: str
    at: datetime
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Booked:
    """The back office has the order, under `number`."""

    number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Updated:
    """The back office has taken a change."""

    number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class UpdateRefused:
    """It was too late to change the sales order."""

    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CancelAnswered:
    """What became of cancelling the sales order, whole or (with `ref`, a refund's id) in part.

    `left` is what of it still stands there and must be put right by people.
    """

    result: Literal["cancelled", "asked", "too_late"]
    detail: str
    at: datetime
    ref: str = ""
    left: str = ""


@dataclass(frozen=True, slots=True)
class StopAnswered:
    """What became of asking a warehouse not to send part `fulfilment_id`."""

    fulfilment_id: str
    result: Literal["cancelled", "asked", "too_late"]
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundBooked:
    refund_id: str
    number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundReversed:
    """The back office took back the credit of a refund that was deleted in the shop.

    `number` is empty where it had none; with `refused` it did not, and says why.
    """

    refund_id: str
    number: str
    at: datetime
    refused: str = ""


@dataclass(frozen=True, slots=True)
class RefundDecided:
    """The other side decided a refund that the shop must make."""

    refund: RemoteRefund
    connection: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PaymentBooked:
    number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Posted:
    """Finance has the entry `ref` (`sale`, or a refund's id) in its books."""

    ref: str
    number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Invoiced:
    """The back office made an invoice or a credit note."""

    invoice: Invoice
    at: datetime


@dataclass(frozen=True, slots=True)
class RequestSubmitted:
    """The warehouse has the request of fulfilment order `fulfilment_id`, under `number`."""

    fulfilment_id: str
    number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RequestAnswered:
    """A warehouse answered a request; without `fulfilment_id` it is the ERP about its booking."""

    answer: RequestAnswer
    fulfilment_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Shipped:
    """A parcel left. `fulfilment_id` is empty when the sender does not know our requests."""

    shipment: Shipment
    fulfilment_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReturnRequested:
    """The buyer wants to send goods back, in the shop, by API or at a till.

    With `exchange_order` they take other goods instead, for `exchange_total`.
    """

    back: Return
    at: datetime
    exchange_order: str = ""
    exchange_total: Money | None = None


@dataclass(frozen=True, slots=True)
class ReturnDecided:
    """Somebody allowed the return, or did not."""

    return_id: str
    allowed: bool
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReturnBooked:
    """The receiving side expects the return, under `number`."""

    return_id: str
    number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReturnArrived:
    """What arrived of a return, or what looking at it has shown."""

    return_id: str
    receipt: ReturnReceipt
    at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryParked:
    """A connection refused `operation` for good; people are told in its words."""

    operation: str
    connection: str
    reason: str
    at: datetime


Fact = (
    OrderSeen
    | OrderDeleted
    | Looked
    | HeldByHand
    | Released
    | Booked
    | Updated
    | UpdateRefused
    | CancelAnswered
    | StopAnswered
    | RefundBooked
    | RefundReversed
    | RefundDecided
    | PaymentBooked
    | Posted
    | Invoiced
    | RequestSubmitted
    | RequestAnswered
    | Shipped
    | ReturnRequested
    | ReturnDecided
    | ReturnBooked
    | ReturnArrived
    | DeliveryParked
)
