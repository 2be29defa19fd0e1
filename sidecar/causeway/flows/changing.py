"""The shop changed an order after it was sent on: change it there too, or say that nobody can."""

from __future__ import annotations

from dataclasses import replace

from causeway.canonical import Order
from causeway.flows.decision import Ask, Decision, Trouble
from causeway.flows.facts import OrderSeen, Updated, UpdateRefused
from causeway.flows.fulfilling import shipped_of
from causeway.flows.mapping import Translator
from causeway.flows.scene import Scene
from causeway.flows.state import OrderState
from causeway.flows.validation import rounding_of, troubles_of
from causeway.flows.words import note, say

KIND = "changed_after_booking"
_GOODS = ("lines", "shipping address")


def taken_over(before: OrderState, seen: Order) -> Order:
    """What was sent, with those of the shop's news that need no change over there."""
    return replace(
        before.order,
        status=seen.status,
        refunds=seen.refunds,
        paid_at=seen.paid_at,
        captured=seen.captured,
        payment_reference=seen.payment_reference,
        marks=seen.marks,
    )


def followed(state: OrderState, fact: OrderSeen, scene: Scene) -> Decision:
    """Bring the sales order to what the shop shows now."""
    changed = differences(state.order, fact.order)
    if not changed:
        return Decision(state, settled=(KIND,))
    translated = Translator(scene, state.erp, fact.at).order(fact.order)
    wrong = troubles_of(translated, scene.policy)
    sent = any(shipped_of(state.fulfilments).values())
    if sent or wrong or state.lines_cancelled or not scene.can(state.erp).update:
        reason = "goods have left already" if sent else "; ".join(t.title for t in wrong)
        if state.lines_cancelled and not reason:
            reason = "lines were taken off it for a refund, which a change would put back"
        return Decision(state, troubles=(_by_hand(state, changed, reason),))
    rounding = rounding_of(fact.order, scene.policy)
    stale = any(part in changed for part in _GOODS)
    address = "shipping address" in changed
    parts = tuple(
        replace(part, stale=part.stale or (address and bool(part.connection) and not part.over))
        for part in state.fulfilments
    )
    state = replace(
        state,
        order=replace(fact.order, rounding=rounding),
        updated=fact.version,
        fulfilments=parts if stale else state.fulfilments,
    )
    return Decision(state, asks=(_update(state, fact, scene),), settled=(KIND,))


def updated(state: OrderState, fact: Updated, scene: Scene) -> Decision:
    """The back office has taken a change."""
    return Decision(state, tells=(note(f"updated:{fact.number}", say(scene, "updated")),))


def update_refused(state: OrderState, fact: UpdateRefused, scene: Scene) -> Decision:
    """It came too late there."""
    return Decision(state, troubles=(_by_hand(state, [], fact.reason),))


def differences(sent: Order, seen: Order) -> list[str]:
    """What of the order is no longer as it was sent, in words."""
    parts = {
        "lines": [(x.id, x.kind, x.sku, x.quantity, x.total) for x in sent.lines]
        != [(x.id, x.kind, x.sku, x.quantity, x.total) for x in seen.lines],
        "total": sent.total != seen.total,
        "shipping address": sent.shipping != seen.shipping,
        "billing address": sent.billing != seen.billing,
    }
    return [name for name, differs in parts.items() if differs]


def _update(state: OrderState, fact: OrderSeen, scene: Scene) -> Ask:
    payload = {
        "order": Translator(scene, state.erp, fact.at).order(state.order),
        "booked_key": f"{state.order.store}:{state.order.id}:{state.booking}",
    }
    return Ask("erp", "update", f"update:{fact.version}", payload, state.erp)


def _by_hand(state: OrderState, changed: list[str], reason: str) -> Trouble:
    what = f"Changed: {', '.join(changed)}." if changed else "The change did not reach it."
    why = f" {state.erp or 'The back office'} could not take it: {reason}." if reason else ""
    return Trouble(
        KIND,
        f"Order {state.order.number} was changed in the shop after it was sent on",
        what + why,
        "Make the same change in the back office, or undo it in the shop; then resolve this case.",
    )
