"""Refunds deleted in the shop: their credit is taken back, or a person must do it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from causeway.canonical import Refund
from causeway.flows.decision import Ask, Decision, Step, Trouble
from causeway.flows.facts import RefundReversed
from causeway.flows.mapping import Translator
from causeway.flows.refunding import is_echo, told
from causeway.flows.scene import Scene
from causeway.flows.state import OrderState
from causeway.flows.words import note, say


def noticed(before: OrderState, after: OrderState) -> OrderState:
    """Keep what a refund was that the shop does not show any more, once it had been asked for."""
    there = {refund.id for refund in after.order.refunds}
    known = {refund.id for refund in after.refunds_deleted}
    gone = tuple(
        refund
        for refund in before.order.refunds
        if refund.id in before.refunds_asked and refund.id not in there | known
    )
    return replace(after, refunds_deleted=(*after.refunds_deleted, *gone))


def asked_for(state: OrderState, scene: Scene, at: datetime) -> Decision:
    """Each once: the credit reversed, and the goods back on the sales order."""
    there = {refund.id for refund in state.order.refunds}
    again = tuple(i for i in state.refunds_gone if i in there)
    gone = tuple(i for i in state.refunds_gone if i not in there)
    decision = Decision(
        replace(state, refunds_gone=gone),
        settled=tuple(f"refund_deleted:{i}" for i in again),
        troubles=tuple(_back(state, i) for i in again if i in state.refunds_reversed),
    )
    for refund in state.refunds_deleted:
        if refund.id not in there and refund.id not in gone:
            assert decision.state is not None  # noqa: S101
            decision = decision.then(_taken_back(decision.state, refund, scene, at))
    return decision


def reversed_(state: OrderState, fact: RefundReversed, scene: Scene) -> Decision:
    """The back office has taken its credit back, or it was too late for that."""
    deleted = next((r for r in state.refunds_deleted if r.id == fact.refund_id), None)
    if fact.refused and deleted is not None:
        return Decision(state, troubles=(_by_hand(state, deleted, fact.refused),))
    if not fact.number:
        return Decision(state)  # it had none
    text = say(scene, "refund_reversed", refund=fact.refund_id, number=fact.number)
    step = Step("refund_reversed", fact.at, ref=fact.refund_id, detail=fact.number)
    return Decision(state, tells=(note(f"reverse:{fact.refund_id}", text),), steps=(step,))


def _taken_back(state: OrderState, refund: Refund, scene: Scene, at: datetime) -> Decision:
    state = replace(state, refunds_gone=(*state.refunds_gone, refund.id))
    if refund.id in state.refunds_reversed:
        return Decision(state, settled=(f"refund_again:{refund.id}",))
    able = scene.can(state.erp)
    if not able.reverse_refunds or is_echo(state, refund):
        return Decision(state, troubles=(_by_hand(state, refund),))
    off = {x.order_line_id: x.quantity for x in state.lines_cancelled if x.refund_id == refund.id}
    left = tuple(x for x in state.lines_cancelled if x.refund_id != refund.id)
    asked = (*state.refunds_reversed, refund.id)
    state = replace(state, refunds_reversed=asked, lines_cancelled=left)
    words = Translator(scene, state.erp, at)
    order = words.order(state.order)
    keys = f"{order.store}:{order.id}"
    payload = {
        "order": order,
        "refund": told(refund, off, words),
        "refund_key": f"{keys}:refund:{refund.id}",
    }
    asks = [Ask("erp", "reverse", f"reverse:{refund.id}", payload, state.erp)]
    if off and able.update and not left:
        again = {"order": order, "booked_key": f"{keys}:{state.booking}"}
        asks.append(Ask("erp", "update", f"update:without:{refund.id}", again, state.erp))
    elif off:
        return Decision(state, asks=tuple(asks), troubles=(_lines_missing(state, refund),))
    return Decision(state, asks=tuple(asks))


def _by_hand(state: OrderState, refund: Refund, why: str = "") -> Trouble:
    words = f" It says: {why}." if why else ""
    return Trouble(
        "refund_deleted",
        f"Order {state.order.number}: refund {refund.id} was deleted in the shop",
        f"{state.erp or 'The back office'} has, or is about to have, a credit note over "
        f"{refund.total} for it. WooCommerce does not take back the stock that a deleted refund "
        f"had returned.{words}",
        "Cancel the credit note there, correct the stock, and resolve this case; or make the "
        "refund again in the shop and cancel the first credit note.",
        ref=refund.id,
    )


def _lines_missing(state: OrderState, refund: Refund) -> Trouble:
    return Trouble(
        "lines_to_put_back",
        f"Order {state.order.number}: the goods of deleted refund {refund.id} are wanted again",
        f"{state.erp} takes its credit back, but not the lines that were taken off its sales "
        f"order {state.booked_as}.",
        "Put the lines back into the sales order there; then resolve this case.",
        ref=refund.id,
    )


def _back(state: OrderState, refund_id: str) -> Trouble:
    return Trouble(
        "refund_again",
        f"Order {state.order.number}: refund {refund_id} is in the shop again",
        f"It was deleted there, and {state.erp} took its credit back.",
        "Write the credit note again there; then resolve this case.",
        ref=refund_id,
    )
