"""When the shop shows an order: is it to be booked, held, left alone, changed, cancelled?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from causeway.canonical import Order
from causeway.flows import (
    back_office,
    cancelling,
    changing,
    holds,
    refunding,
    returning,
    taking_back,
)
from causeway.flows.decision import Ask, Decision, Step
from causeway.flows.echoes import recognised
from causeway.flows.facts import HeldByHand, Looked, OrderDeleted, OrderSeen, Released
from causeway.flows.fulfilling import level
from causeway.flows.itemising import itemised
from causeway.flows.mapping import Translator, missing
from causeway.flows.routing import booking_side
from causeway.flows.scene import Scene
from causeway.flows.state import Financial, Hold, OrderState, Phase
from causeway.flows.validation import rounding_of, troubles_of
from causeway.policy import Intent

Sentence = Callable[[OrderState, Scene, datetime], Decision]
# Cases that a newer look at the order settles by itself when it no longer shows the trouble.
SELF_SETTLING = (
    *holds.KINDS,
    "empty_order",
    "missing_sku",
    "deleted_product",
    "total_mismatch",
    "tax_mismatch",
    "no_address",
)


def order_seen(state: OrderState | None, fact: OrderSeen, scene: Scene) -> Decision:
    """A version of the order arrived; one not newer than the known changes nothing."""
    if state is not None and fact.version <= state.version:
        return Decision(state, superseded=True)
    intent = scene.policy.intent(fact.order.status)
    first = state is None
    state = _renewed(state, fact, scene, intent)
    if state.asked:
        decision = _after_asking(state, fact, scene, intent)
    else:
        decision = _before_asking(state, scene, intent, fact.at)
    steps = (Step("received", fact.at),) if first else ()
    return replace(decision, steps=steps + decision.steps, skus=_skus(fact.order))


def order_deleted(state: OrderState | None, fact: OrderDeleted, scene: Scene) -> Decision:
    """The order is gone from the shop: nothing to do, unless the back office has it."""
    if state is None or fact.version <= state.version:
        return Decision(state, superseded=True)
    state = replace(state, version=fact.version, deleted=True)
    return cancelling.cancelled(state, "was deleted in the shop", scene, fact.at, SELF_SETTLING)


def looked(state: OrderState | None, fact: Looked, scene: Scene) -> Decision:
    """The clock struck, or a table or policy changed: does a waiting order go on?"""
    if state is None or state.deleted:
        return Decision(state, superseded=True)
    if state.asked:
        return level(state, scene, fact.at)
    return _before_asking(state, scene, scene.policy.intent(state.order.status), fact.at)


def held_by_hand(state: OrderState, fact: HeldByHand, scene: Scene) -> Decision:
    """Too late once the back office was asked; then only the shop can cancel it."""
    if state.asked:
        return Decision(state, superseded=True)
    hold = Hold("held_by_hand", fact.reason, fact.by, fact.until)
    released = tuple(kind for kind in state.released if kind != "held_by_hand")
    state = replace(state, holds=(*state.holds, hold), released=released)
    return looked(state, Looked(fact.at), scene)


def released(state: OrderState, fact: Released, scene: Scene) -> Decision:
    """A person lets it go on, whatever held it, or only what they name."""
    kinds = (fact.kind,) if fact.kind else (*holds.KINDS, "rest")
    state = replace(
        state,
        holds=tuple(hold for hold in state.holds if hold.kind not in kinds),
        released=tuple(sorted({*state.released, *kinds} - {"held_by_hand"})),
    )
    return looked(state, Looked(fact.at), scene)


def _renewed(
    before: OrderState | None, fact: OrderSeen, scene: Scene, intent: Intent | None
) -> OrderState:
    order = itemised(replace(fact.order, rounding=rounding_of(fact.order, scene.policy)))
    financial = financial_of(order, intent)
    gone = intent == "refunded"
    if before is None:
        state = OrderState(order, fact.version, Phase.RECEIVED, financial, gone=gone)
        return replace(state, erp=booking_side(order, scene))
    state = replace(before, version=fact.version, financial=financial, deleted=False, gone=gone)
    order = recognised(before, order)
    if before.asked:
        # What was sent stays what was sent; only what the flow follows up is taken over.
        state = replace(state, order=changing.taken_over(before, order))
        return taking_back.noticed(before, state)
    return replace(state, order=order, erp=booking_side(order, scene))


def _before_asking(
    state: OrderState, scene: Scene, intent: Intent | None, at: datetime
) -> Decision:
    if intent == "cancel":
        return cancelling.cancelled(state, "was cancelled in the shop", scene, at, SELF_SETTLING)
    if intent == "wait":
        return Decision(replace(state, phase=Phase.RECEIVED), settled=SELF_SETTLING)
    if adoption := back_office.adopted(state, scene, at):
        return replace(adoption, settled=(*adoption.settled, *SELF_SETTLING))
    state = holds.rest(state, scene, at)
    translated = Translator(scene, state.erp, at).order(state.order)
    troubles = holds.troubles_of(state, scene, intent, at)
    troubles = troubles or troubles_of(translated, scene.policy)
    lacking = () if troubles else missing(state.order, scene, state.erp, at)
    kinds = {trouble.kind for trouble in troubles}
    settled = tuple(kind for kind in SELF_SETTLING if kind not in kinds)
    wake_at = holds.next_look(state, at)
    if not (troubles or lacking or holds.rests(state, at)):
        return _accepted(state, scene, intent, at)
    held = Phase.HELD if troubles or lacking else Phase.RECEIVED
    return Decision(
        replace(state, phase=held),
        troubles=troubles,
        settled=settled,
        missing=lacking,
        wake_at=wake_at,
    )


def _accepted(state: OrderState, scene: Scene, intent: Intent | None, at: datetime) -> Decision:
    """Ask for the sales order first; whatever hangs on its number follows when it is booked."""
    sent = intent in ("fulfilled", "refunded")
    state = replace(state, phase=Phase.ACCEPTED, asked=True, elsewhere=sent)
    order = Translator(scene, state.erp, at).order(state.order)
    book = Ask("erp", "book", state.booking, order, state.erp)
    asking = Decision(state, asks=(book,), settled=SELF_SETTLING)
    return asking.then(refunding.asked_for(state, scene, at))


def _after_asking(
    state: OrderState, fact: OrderSeen, scene: Scene, intent: Intent | None
) -> Decision:
    """The back office knows the order: follow the shop, and let nothing pass in silence."""
    if intent == "cancel":
        return cancelling.cancelled(
            state, "was cancelled in the shop", scene, fact.at, SELF_SETTLING
        )
    if _linked_in_shadow(state, scene) and (adoption := back_office.adopted(state, scene, fact.at)):
        return adoption
    decision = cancelling.reopened(state, scene, fact.at)
    decision = replace(decision, settled=(*decision.settled, cancelling.KIND))
    sentences = (_changes(fact), _refunds, taking_back.asked_for, _returns, back_office.stands_now)
    for sentence in sentences:
        assert decision.state is not None  # noqa: S101
        decision = decision.then(sentence(decision.state, scene, fact.at))
    return decision


def _linked_in_shadow(state: OrderState, scene: Scene) -> bool:
    """Worked out but never sent, so that another connector's order may take its place."""
    side = scene.side(state.erp)
    return not state.booked_as and side is not None and side.shadow


def _changes(fact: OrderSeen) -> Sentence:
    return lambda state, scene, at: changing.followed(state, fact, scene)


def _refunds(state: OrderState, scene: Scene, at: datetime) -> Decision:
    return refunding.asked_for(state, scene, at)


def _returns(state: OrderState, scene: Scene, at: datetime) -> Decision:
    return returning.refunds_seen(state, at)


def financial_of(order: Order, intent: Intent | None) -> Financial:
    refunded = sum((refund.total.amount for refund in order.refunds), start=order.total.amount * 0)
    if refunded and refunded >= order.total.amount:
        return Financial.REFUNDED
    if refunded:
        return Financial.PARTIALLY_REFUNDED
    if not order.captured:
        return Financial.VOIDED if intent == "cancel" else Financial.AUTHORISED
    if order.paid_at:
        return Financial.PAID
    return Financial.VOIDED if intent == "cancel" else Financial.UNPAID


def _skus(order: Order) -> tuple[str, ...]:
    return tuple(sorted({line.sku for line in order.product_lines if line.sku}))
