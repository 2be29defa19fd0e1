"""The whole life of an order: `decide` joins the sentences of this folder into one function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from causeway.flows import (
    answering,
    back_office,
    cancelling,
    changing,
    facts,
    order_seen,
    posting,
    refunding,
    returning,
    shipping,
    taking_back,
)
from causeway.flows.decision import Decision
from causeway.flows.facts import Fact
from causeway.flows.scene import Scene
from causeway.flows.state import OrderState
from causeway.flows.transitions import guarded

# Which sentence answers which fact. This is the whole routing.
SENTENCES: dict[type, Callable[[Any, Any, Scene], Decision]] = {
    # the shop
    facts.OrderSeen: order_seen.order_seen,
    facts.OrderDeleted: order_seen.order_deleted,
    # people and the clock
    facts.Looked: order_seen.looked,
    facts.HeldByHand: order_seen.held_by_hand,
    facts.Released: order_seen.released,
    # the back office
    facts.Booked: back_office.booked,
    facts.Updated: changing.updated,
    facts.UpdateRefused: changing.update_refused,
    facts.CancelAnswered: cancelling.cancel_answered,
    facts.RefundBooked: refunding.refund_booked,
    facts.RefundReversed: taking_back.reversed_,
    facts.RefundDecided: refunding.refund_decided,
    facts.PaymentBooked: posting.payment_booked,
    facts.Posted: posting.posted,
    facts.Invoiced: posting.invoiced,
    facts.DeliveryParked: back_office.delivery_parked,
    # the warehouses
    facts.RequestSubmitted: answering.request_submitted,
    facts.RequestAnswered: answering.request_answered,
    facts.StopAnswered: answering.stop_answered,
    facts.Shipped: shipping.shipped,
    # what comes back
    facts.ReturnRequested: returning.requested,
    facts.ReturnDecided: returning.decided,
    facts.ReturnBooked: returning.booked,
    facts.ReturnArrived: returning.arrived,
}


def decide(state: OrderState | None, fact: Fact, scene: Scene) -> Decision:
    """What `fact` means for an order in `state` (None: not known yet) in a store's `scene`.

    Pure: the same arguments give the same decision, and a fact repeated changes nothing more.
    A move that no table of `transitions` has is refused.
    """
    return guarded(state, SENTENCES[type(fact)](state, fact, scene))
