"""The states of an order, each with the sentence a shop owner reads, and their record.

Three states stand side by side: the order's own, its money's, and one for each warehouse's part.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from causeway.canonical import Order
from causeway.told import Told


class Phase(Told):
    RECEIVED = "received", "The order is known; there is nothing to do for it yet."
    HELD = "held", "The order waits: a case says for what."
    ACCEPTED = "accepted", "The order is good and on its way into the back office."
    BOOKED = "booked", "The order is a sales order in the back office."
    CLOSED = "closed", "Everything about the order is done."
    CANCELLED = "cancelled", "The order was cancelled in the shop."


class Financial(Told):
    UNPAID = "unpaid", "No payment has been reported."
    AUTHORISED = "authorised", "The payment is promised but not collected."
    PAID = "paid", "The order is paid."
    PARTIALLY_REFUNDED = "partially_refunded", "Part of the money was given back."
    REFUNDED = "refunded", "All of the money was given back."
    VOIDED = "voided", "No money will be collected."


class FulfilmentStatus(Told):
    OPEN = "open", "Nothing has been sent yet."
    SCHEDULED = "scheduled", "It will be asked for later."
    ON_HOLD = "on_hold", "The warehouse waits before it goes on."
    IN_PROGRESS = "in_progress", "The warehouse works on it."
    INCOMPLETE = "incomplete", "The warehouse ended it without sending everything."
    CANCELLED = "cancelled", "It will not be sent."
    CLOSED = "closed", "Everything in it is on its way."


class RequestStatus(Told):
    UNSUBMITTED = "unsubmitted", "The warehouse has not been asked."
    SUBMITTED = "submitted", "The warehouse has been asked."
    ACCEPTED = "accepted", "The warehouse will do it."
    REJECTED = "rejected", "The warehouse will not do it."
    CANCELLATION_REQUESTED = "cancellation_requested", "The warehouse has been asked to stop."
    CANCELLATION_ACCEPTED = "cancellation_accepted", "The warehouse has stopped."
    CANCELLATION_REJECTED = "cancellation_rejected", "It was too late to stop."


@dataclass(frozen=True, slots=True)
class FulfilmentLine:
    """How many of one order line this warehouse is to send, and how many it has sent."""

    order_line_id: str
    sku: str
    name: str
    quantity: Decimal
    shipped: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class FulfilmentOrder:
    """One warehouse's part of an order."""

    id: str
    warehouse: str
    status: FulfilmentStatus
    request: RequestStatus
    lines: tuple[FulfilmentLine, ...]
    shipments: tuple[str, ...] = ()
    """Ids of the parcels already counted, so that one reported twice counts once."""


@dataclass(frozen=True, slots=True)
class OrderState:
    """Everything known of one order."""

    order: Order
    version: int
    phase: Phase
    financial: Financial
    posted: bool = False
    """Whether finance has it in its books."""
    asked: bool = False
    """Whether the back office has been asked to book it; from then on changes need care."""
    booked_as: str = ""
    """What the back office calls it."""
    refunds_asked: tuple[str, ...] = ()
    fulfilments: tuple[FulfilmentOrder, ...] = ()
    deleted: bool = False

    @property
    def fulfilment(self) -> str:
        """One word for all warehouses' parts together."""
        statuses = {part.status for part in self.fulfilments}
        if not statuses:
            return "none"
        if len(statuses) == 1:
            return statuses.pop().value
        return FulfilmentStatus.IN_PROGRESS.value
