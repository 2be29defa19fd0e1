"""The whole life of an order: `decide` joins the sentences of this folder into one function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from causeway.flows import back_office, order_seen, shipping
from causeway.flows.decision import Decision
from causeway.flows.facts import (
    Booked,
    DeliveryParked,
    Fact,
    OrderDeleted,
    OrderSeen,
    RefundBooked,
    RequestSubmitted,
    Shipped,
)
from causeway.flows.state import OrderState
from causeway.policy import StorePolicy

# Which sentence answers which fact. This is the whole routing.
SENTENCES: dict[type, Callable[[Any, Any, StorePolicy], Decision]] = {
    OrderSeen: order_seen.order_seen,
    OrderDeleted: order_seen.order_deleted,
    Booked: back_office.booked,
    RefundBooked: back_office.refund_booked,
    RequestSubmitted: back_office.request_submitted,
    DeliveryParked: back_office.delivery_parked,
    Shipped: shipping.shipped,
}


def decide(state: OrderState | None, fact: Fact, policy: StorePolicy) -> Decision:
    """What `fact` means for an order in `state` (None: not known yet) of a store with `policy`.

    Pure: the same arguments give the same decision, and a fact repeated changes nothing more.
    """
    return SENTENCES[type(fact)](state, fact, policy)
