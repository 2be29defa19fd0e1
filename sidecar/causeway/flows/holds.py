"""What makes an order wait though nothing is wrong with it, and what lets it go on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from causeway.canonical import Order
from causeway.flows.decision import Trouble
from causeway.flows.scene import Scene
from causeway.flows.state import Hold, OrderState
from causeway.policy import Intent

# Where fraud plugins leave their verdict: WooPayments, and the FraudLabs Pro and MaxMind plugins.
FRAUD_MARKS: dict[str, tuple[str, ...]] = {
    "_wcpay_fraud_outcome_status": ("review", "block"),
    "_wcpay_fraud_meta_box_type": ("review", "block"),
    "_fraudlabspro_status": ("REVIEW", "REJECT"),
    "_maxmind_risk_verdict": ("manual_review", "reject"),
}
KINDS = ("held_by_shop", "unknown_status", "not_captured", "suspected_fraud", "held_by_hand")


def troubles_of(
    state: OrderState, scene: Scene, intent: Intent | None, at: datetime
) -> tuple[Trouble, ...]:
    """Everything that makes the order wait, but for what somebody has lifted already."""
    order = state.order
    found = [
        _status(order, intent),
        _capture(order, scene),
        _fraud(order, scene),
        *(_by_hand(order, hold) for hold in state.holds if not _past(hold, at)),
    ]
    return tuple(t for t in found if t is not None and t.kind not in state.released)


def rest(state: OrderState, scene: Scene, at: datetime) -> OrderState:
    """A new order rests for the policy's minutes, counted from when it was first seen so."""
    minutes = scene.policy.rest_minutes
    if not minutes or state.rests_until or "rest" in state.released:
        return state
    return replace(state, rests_until=at + timedelta(minutes=minutes))


def rests(state: OrderState, at: datetime) -> bool:
    return state.rests_until is not None and at < state.rests_until and "rest" not in state.released


def next_look(state: OrderState, at: datetime) -> datetime | None:
    """When the clock alone may let the order go on."""
    times = [hold.until for hold in state.holds if hold.until and hold.until > at]
    if rests(state, at) and state.rests_until:
        times.append(state.rests_until)
    return min(times, default=None)


def _past(hold: Hold, at: datetime) -> bool:
    return hold.until is not None and hold.until <= at


def _status(order: Order, intent: Intent | None) -> Trouble | None:
    if intent == "hold":
        return Trouble(
            "held_by_shop",
            f"Order {order.number} is on hold in the shop",
            f"Its status is “{order.status}”, payment: "
            f"{order.payment_title or order.payment_method or 'not chosen'}.",
            "Set the order to processing in the shop once it may go on; it is then booked.",
        )
    if intent is None:
        return Trouble(
            "unknown_status",
            f"Order {order.number} has a status nobody has mapped: “{order.status}”",
            "Causeway does not know what this status asks for.",
            f"Say it in the settings under [stores.{order.store}.statuses], as in "
            f'"{order.status}" = "book", and save the order again.',
        )
    return None


def _capture(order: Order, scene: Scene) -> Trouble | None:
    if order.captured or not scene.policy.hold_uncaptured:
        return None
    return Trouble(
        "not_captured",
        f"Order {order.number}: its payment is promised but not collected",
        f"{order.payment_title or order.payment_method} says the money is only authorised.",
        "Capture the payment in the shop; the order then goes on by itself. Or release it: "
        f"causeway order release {order.store} {order.number}",
    )


def _fraud(order: Order, scene: Scene) -> Trouble | None:
    bad = {**FRAUD_MARKS, **scene.policy.hold_marks}
    for key, value in order.marks:
        if value in bad.get(key, ()):
            return Trouble(
                "suspected_fraud",
                f"Order {order.number} is suspected of fraud",
                f"{key} says “{value}”.",
                f"Look at it. To let it go on: causeway order release {order.store} "
                f"{order.number}; or cancel it in the shop.",
            )
    return None


def _by_hand(order: Order, hold: Hold) -> Trouble:
    until = f" until {hold.until:%Y-%m-%d %H:%M} UTC" if hold.until else ""
    return Trouble(
        "held_by_hand",
        f"Order {order.number} is held by {hold.by}{until}",
        hold.reason or "No reason was given.",
        f"To let it go on: causeway order release {order.store} {order.number}",
    )
