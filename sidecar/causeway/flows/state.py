"""The states of an order, each with the sentence a shop owner reads, and their record.

Three states stand side by side: the order's own, its money's, and one for each warehouse's part.
Which may follow which stands in `transitions`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from causeway.canonical import Money, Order, Refund, Return
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


class ReturnStatus(Told):
    REQUESTED = "requested", "The return was asked for; it waits for somebody to allow it."
    AUTHORISED = "authorised", "The return is allowed; it waits for the goods."
    RECEIVED = "received", "The goods are there; they wait to be looked at."
    INSPECTED = "inspected", "The goods were looked at; the refund waits for the shop."
    REFUNDED = "refunded", "The money went back; the return is done."
    REFUSED = "refused", "The return was not allowed."


class Undoing(Told):
    """How far the sales order's cancellation at the back office is."""

    NONE = "none", "Nobody wants it cancelled there."
    WANTED = "wanted", "It will be cancelled once the warehouse has stopped."
    ASKED = "asked", "The back office has been asked to cancel it."
    DONE = "done", "The back office has cancelled it."
    REFUSED = "refused", "The back office did not cancel it."


OVER = (FulfilmentStatus.CLOSED, FulfilmentStatus.CANCELLED, FulfilmentStatus.INCOMPLETE)
"""Statuses of a part from which nothing more will be sent."""


@dataclass(frozen=True, slots=True)
class FulfilmentLine:
    """How many of one order line this warehouse is to send, and how many it has sent.

    `sku` is what the warehouse calls it.
    """

    order_line_id: str
    sku: str
    name: str
    quantity: Decimal
    shipped: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class FulfilmentOrder:
    """One warehouse's part of an order. Without `connection` the back office sends it itself."""

    id: str
    warehouse: str
    status: FulfilmentStatus
    request: RequestStatus
    lines: tuple[FulfilmentLine, ...]
    shipments: tuple[str, ...] = ()
    """Ids of the parcels already counted, so that one reported twice counts once."""
    connection: str = ""
    answers: tuple[str, ...] = ()
    answered_at: datetime | None = None
    """Of the newest answer of the warehouse: an older one that comes late changes nothing."""
    stale: bool = False
    """Whether it was asked for with what is wrong by now, an address say."""
    stuck: bool = False
    """Whether it should be stopped and cannot be; a case says so."""

    @property
    def over(self) -> bool:
        return self.status in OVER


@dataclass(frozen=True, slots=True)
class SentParcel:
    """A parcel that left. `ref` names it within the order, `label` is what its connection calls
    its label, empty where there is none.
    """

    ref: str
    connection: str
    carrier: str
    tracking_number: str
    tracking_url: str
    shipped_at: datetime
    label: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """Why an order waits by somebody's word, and until when at most (UTC; None: until released)."""

    kind: str
    reason: str
    by: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReturnCase:
    """A return and how far it is. `net` is what remains to be paid back, below zero to collect."""

    id: str
    status: ReturnStatus
    back: Return
    receipts: tuple[str, ...] = ()
    number: str = ""
    exchange_order: str = ""
    exchange_total: Money | None = None
    asked_refund: bool = False


@dataclass(frozen=True, slots=True)
class TakenOff:
    """So many of one line that a refund took off the sales order before they were sent."""

    refund_id: str
    order_line_id: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class OrderState:
    """Everything known of one order."""

    order: Order
    version: int
    phase: Phase
    financial: Financial
    gone: bool = False
    """Whether all its money went back, so that nothing more is sent."""
    refunds_gone: tuple[str, ...] = ()
    """Refunds that were asked for and deleted in the shop since."""
    refunds_reversed: tuple[str, ...] = ()
    """Of those, the ones whose credit the back office was asked to take back."""
    refunds_deleted: tuple[Refund, ...] = ()
    """What they were, as the shop showed them last."""
    posted: bool = False
    """Whether finance has its sale in the books."""
    asked: bool = False
    """Whether the back office has been asked to book it; from then on changes need care."""
    booked_as: str = ""
    """What the back office calls it."""
    refunds_asked: tuple[str, ...] = ()
    fulfilments: tuple[FulfilmentOrder, ...] = ()
    deleted: bool = False
    erp: str = ""
    """The connection that was asked to book it."""
    bookings: int = 1
    """How often it was asked for: again after it was cancelled there and reopened in the shop."""
    undoing: Undoing = Undoing.NONE
    elsewhere: bool = False
    """Whether its goods went another way before it was seen here."""
    credit_hold: bool = False
    """Whether the back office has it but waits for its own credit check."""
    answered_at: datetime | None = None
    """Of the back office's newest word on that."""
    holds: tuple[Hold, ...] = ()
    released: tuple[str, ...] = ()
    """Kinds of hold that a person or the clock has lifted."""
    rests_until: datetime | None = None
    untracked: tuple[str, ...] = ()
    """Parcels that left and cannot be followed yet."""
    refunds_there: tuple[str, ...] = ()
    """Refunds the other side decided and the shop was told of."""
    returns: tuple[ReturnCase, ...] = ()
    journals_asked: tuple[str, ...] = ()
    payment_asked: bool = False
    updated: int = 0
    """The version of the last change that the back office was asked to make."""
    lines_cancelled: tuple[TakenOff, ...] = ()
    """What was taken off the sales order for refunds."""
    parcels: tuple[SentParcel, ...] = ()

    @property
    def booking(self) -> str:
        """The last part of the booking's key."""
        return "book" if self.bookings == 1 else f"book:{self.bookings}"

    @property
    def fulfilment(self) -> str:
        """One word for all warehouses' parts together; stopped ones count only if all are."""
        statuses = {part.status for part in self.fulfilments}
        if len(statuses) > 1:
            statuses -= {FulfilmentStatus.CANCELLED}
        if not statuses:
            return "none"
        if len(statuses) == 1:
            return statuses.pop().value
        return FulfilmentStatus.IN_PROGRESS.value
