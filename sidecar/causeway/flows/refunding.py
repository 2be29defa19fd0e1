"""Money that goes back: from the shop to the ERP, and from the ERP to the shop, each once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from causeway.canonical import Money, Refund, RefundLine, exponent
from causeway.connectors.base import LineQuantity
from causeway.flows.decision import Ask, Decision, Step, Tell, Trouble
from causeway.flows.facts import RefundBooked, RefundDecided
from causeway.flows.fulfilling import RETURNED, shipped_of, wanted_of
from causeway.flows.mapping import Translator
from causeway.flows.scene import Scene
from causeway.flows.state import OrderState
from causeway.flows.words import note, say

THERE = ":refund:there:"
"""In the key of a refund that the other side decided."""


def asked_for(state: OrderState, scene: Scene, at: datetime) -> Decision:
    """A refund that has not been asked for yet is asked for once, after the sale it belongs to."""
    fresh = [refund for refund in state.order.refunds if refund.id not in state.refunds_asked]
    words = Translator(scene, state.erp, at)
    order = words.order(state.order) if fresh else state.order
    asks: list[Ask] = []
    for refund in fresh:
        if f"{THERE}{state.erp}:" in refund.origin:
            continue  # the echo of its own decision
        translated = replace(refund, lines=tuple(_line(line, words) for line in refund.lines))
        payload = {"order": order, "refund": translated}
        asks.append(Ask("erp", "refund", f"refund:{refund.id}", payload, state.erp))
        asks.extend(_lines_off(state, refund, scene, order))
    asked = (*state.refunds_asked, *(refund.id for refund in fresh))
    after = replace(state, refunds_asked=asked)
    return Decision(after, asks=tuple(asks)).then(_gone(after))


def refund_booked(state: OrderState, fact: RefundBooked, scene: Scene) -> Decision:
    """The back office has a refund of the shop's in its books."""
    refund = next((r for r in state.order.refunds if r.id == fact.refund_id), None)
    amount = say(scene, "over", amount=refund.total) if refund else ""
    text = say(scene, "refund_booked", amount=amount, number=fact.number)
    return Decision(
        state,
        tells=(note(f"refund:{fact.refund_id}", text),),
        steps=(Step("refunded", fact.at, ref=fact.refund_id, detail=fact.number),),
    )


def refund_decided(state: OrderState, fact: RefundDecided, scene: Scene) -> Decision:
    """The other side refunded: the shop records it under a key that cannot refund twice."""
    refund = fact.refund
    ref = f"there:{fact.connection}:{refund.id}"
    if ref in state.refunds_there:
        return Decision(state, superseded=True)
    if refund.amount.currency != state.order.currency:
        return Decision(state, troubles=(_other_currency(state, fact),))
    left = state.order.total - Money.total(
        [known.total for known in state.order.refunds], state.order.currency
    )
    if refund.amount.amount > left.amount:
        return Decision(state, troubles=(_too_much(state, fact, left),))
    state = replace(state, refunds_there=(*state.refunds_there, ref))
    why = refund.reason or "—"
    text = say(scene, "refund_there", amount=refund.amount, reason=why)
    if refund.pay_back:
        text = f"{text} {say(scene, 'pay_back')}"
    data = refund_data(refund.id, refund.amount, refund.reason, refund.lines, refund.restock)
    return Decision(
        state,
        tells=(Tell("refund", ref, data), note(f"refund:{ref}", text)),
        steps=(Step("refunded", fact.at, ref=ref[:120], detail=str(refund.amount)),),
    )


def refund_data(
    refund_id: str, amount: Money, reason: str, lines: tuple[RefundLine, ...], restock: bool
) -> dict[str, Any]:
    """What the shop needs to record the refund, line by line with its tax by rate."""
    return {
        "refund_id": refund_id,
        "amount": _text(amount),
        "currency": amount.currency,
        "reason": reason,
        "restock": restock,
        "lines": [
            {
                "order_line_id": line.order_line_id,
                "quantity": f"{line.quantity:f}",
                "total": _text(line.total),
                "taxes": {tax.rate_id: _text(tax.amount) for tax in line.taxes},
            }
            for line in lines
            if line.order_line_id
        ],
    }


def _text(money: Money) -> str:
    return f"{money.rounded().amount:.{exponent(money.currency)}f}"


def _line(line: RefundLine, words: Translator) -> RefundLine:
    return replace(line, sku=words.word("sku", line.sku))


def _lines_off(state: OrderState, refund: Refund, scene: Scene, order: Any) -> list[Ask]:
    """Goods that were refunded before they were sent are taken off the sales order."""
    if RETURNED in refund.origin or not scene.can(state.erp).cancel_lines:
        return []
    unsent = _unsent(state, refund)
    if not unsent or refund.id in state.lines_cancelled:
        return []
    skus = {line.id: line.sku for line in order.lines}
    payload = {
        "order": order,
        "booked_key": f"{order.store}:{order.id}:{state.booking}",
        "lines": tuple(LineQuantity(line, skus[line], q) for line, q in unsent.items()),
    }
    return [Ask("erp", "cancel", f"cancel:lines:{refund.id}", payload, state.erp)]


def _unsent(state: OrderState, refund: Refund) -> dict[str, Decimal]:
    """Of the refund's goods, those that had still to be sent before it."""
    others = tuple(other for other in state.order.refunds if other.id != refund.id)
    before = wanted_of(replace(state, gone=False, order=replace(state.order, refunds=others)))
    sent = shipped_of(state.fulfilments)
    found = {}
    for line in refund.lines:
        open_ = before.get(line.order_line_id, Decimal(0)) - sent.get(
            line.order_line_id, Decimal(0)
        )
        if (quantity := min(line.quantity, open_)) > 0:
            found[line.order_line_id] = quantity
    return found


def _gone(state: OrderState) -> Decision:
    """A refund that was deleted in the shop: nobody takes a credit note back by itself."""
    there = {refund.id for refund in state.order.refunds}
    gone = tuple(i for i in state.refunds_asked if i not in there)
    back = tuple(f"refund_deleted:{i}" for i in state.refunds_gone if i in there)
    troubles = tuple(_deleted(state, i) for i in gone if i not in state.refunds_gone)
    return Decision(replace(state, refunds_gone=gone), troubles=troubles, settled=back)


def _deleted(state: OrderState, refund_id: str) -> Trouble:
    return Trouble(
        "refund_deleted",
        f"Order {state.order.number}: refund {refund_id} was deleted in the shop",
        f"{state.erp or 'The back office'} has, or is about to have, a credit note for it. "
        "WooCommerce does not take back the stock that a deleted refund had returned.",
        "Cancel the credit note there, correct the stock, and resolve this case; or make the "
        "refund again in the shop and cancel the first credit note.",
        ref=refund_id,
    )


def _other_currency(state: OrderState, fact: RefundDecided) -> Trouble:
    return Trouble(
        "refund_not_told",
        f"Order {state.order.number}: a refund at {fact.connection} is in another currency",
        f"It is over {fact.refund.amount}; the order is in {state.order.currency}.",
        "Record the refund in the shop by hand, in the order's currency; then resolve this case.",
        ref=fact.refund.id,
    )


def _too_much(state: OrderState, fact: RefundDecided, left: Money) -> Trouble:
    return Trouble(
        "refund_not_told",
        f"Order {state.order.number}: {fact.connection} refunded more than is left",
        f"It is over {fact.refund.amount}; {left} of the order can still be refunded in the shop.",
        "Look whether both sides refunded the same thing; correct one of them.",
        ref=fact.refund.id,
    )
