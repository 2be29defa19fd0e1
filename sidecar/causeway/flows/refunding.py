"""Money that goes back: from the shop to the ERP, and from the ERP to the shop, each once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from causeway.canonical import Money, Order, Refund, RefundLine, exponent
from causeway.connectors.base import LineQuantity
from causeway.flows.decision import Ask, Decision, Step, Tell, Trouble
from causeway.flows.facts import RefundBooked, RefundDecided
from causeway.flows.fulfilling import RETURNED, shipped_of, wanted_of
from causeway.flows.mapping import Translator
from causeway.flows.scene import Scene
from causeway.flows.state import OrderState, TakenOff
from causeway.flows.words import note, say

_NONE = Decimal(0)
THERE = ":refund:there:"
"""In the key of a refund that the other side decided."""


def asked_for(state: OrderState, scene: Scene, at: datetime) -> Decision:
    """A refund that has not been asked for yet is asked for once, after the sale it belongs to."""
    fresh = [refund for refund in state.order.refunds if refund.id not in state.refunds_asked]
    words = Translator(scene, state.erp, at)
    order = words.order(state.order) if fresh else state.order
    asked = (*state.refunds_asked, *(refund.id for refund in fresh))
    decision = Decision(replace(state, refunds_asked=asked))
    for refund in fresh:
        if not is_echo(state, refund):
            assert decision.state is not None  # noqa: S101
            decision = decision.then(_credit(decision.state, refund, scene, order, words))
    return decision


def is_echo(state: OrderState, refund: Refund) -> bool:
    """Whether the shop only recorded what the back office itself had decided."""
    return f"{THERE}{state.erp}:" in refund.origin


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


def _credit(
    state: OrderState, refund: Refund, scene: Scene, order: Order, words: Translator
) -> Decision:
    """The credit, and goods that had still to be sent taken off the sales order.

    The two name each other: the credit's lines say how many of them were unsent, so that a back
    office which works out its invoices from the sales order does not count them twice.
    """
    unsent = _unsent(state, refund)
    before = {
        x.order_line_id: x.quantity for x in state.lines_cancelled if x.refund_id == refund.id
    }
    off = before or (unsent if scene.can(state.erp).cancel_lines else {})
    payload = {"order": order, "refund": told(refund, off, words)}
    asks = [Ask("erp", "refund", f"refund:{refund.id}", payload, state.erp)]
    if off:
        asks.append(_lines_off(state, refund, order, off))
    if off and not before:
        taken = tuple(TakenOff(refund.id, line, quantity) for line, quantity in off.items())
        state = replace(state, lines_cancelled=(*state.lines_cancelled, *taken))
    troubles: tuple[Trouble, ...] = ()
    if unsent and not off and _sends_itself(state, scene):
        troubles = (_still_to_be_sent(state, refund, unsent),)
    return Decision(state, asks=tuple(asks), troubles=troubles)


def told(refund: Refund, off: Mapping[str, Decimal], words: Translator) -> Refund:
    """The refund in the connection's words, with how much of each line was taken off the order."""
    return replace(
        refund,
        lines=tuple(
            replace(
                line,
                sku=words.word("sku", line.sku),
                unsent=off.get(line.order_line_id, _NONE) if line.quantity else _NONE,
            )
            for line in refund.lines
        ),
    )


def _lines_off(state: OrderState, refund: Refund, order: Order, off: dict[str, Decimal]) -> Ask:
    skus = {line.id: line.sku for line in order.lines}
    payload = {
        "order": order,
        "booked_key": f"{order.store}:{order.id}:{state.booking}",
        "lines": tuple(LineQuantity(line, skus[line], q) for line, q in off.items()),
    }
    return Ask("erp", "cancel", f"cancel:lines:{refund.id}", payload, state.erp)


def _sends_itself(state: OrderState, scene: Scene) -> bool:
    """Whether the back office sends the goods by its own sales order."""
    return not scene.plays("fulfilment") or any(not p.connection for p in state.fulfilments)


def _unsent(state: OrderState, refund: Refund) -> dict[str, Decimal]:
    """Of the refund's goods, those that had still to be sent before it."""
    if RETURNED in refund.origin:
        return {}
    mine = (refund.created_at, refund.id)
    earlier = tuple(r for r in state.order.refunds if (r.created_at, r.id) < mine)
    before = wanted_of(replace(state, gone=False, order=replace(state.order, refunds=earlier)))
    sent = shipped_of(state.fulfilments)
    found = {}
    for line in refund.lines:
        open_ = before.get(line.order_line_id, _NONE) - sent.get(line.order_line_id, _NONE)
        if (quantity := min(line.quantity, open_)) > 0:
            found[line.order_line_id] = quantity
    return found


def _still_to_be_sent(state: OrderState, refund: Refund, unsent: dict[str, Decimal]) -> Trouble:
    skus = {line.id: line.sku for line in state.order.product_lines}
    goods = ", ".join(f"{quantity:f} x {skus[line]}" for line, quantity in unsent.items())
    return Trouble(
        "lines_not_cancelled",
        f"Order {state.order.number}: the goods of refund {refund.id} are still to be delivered",
        f"{state.erp} credits them, but cannot be told to take {goods} off its sales order.",
        "Take them out of its delivery there before it leaves; then resolve this case.",
        ref=refund.id,
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
