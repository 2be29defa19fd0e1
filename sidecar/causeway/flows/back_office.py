"""When the back office answers: what may follow now, and what the shop's people are told."""

from __future__ import annotations

from dataclasses import replace

from causeway.flows.decision import Ask, Decision, Step, Tell
from causeway.flows.facts import Booked, DeliveryParked, RefundBooked, RequestSubmitted
from causeway.flows.shipping import ask_for_goods
from causeway.flows.state import FulfilmentStatus, OrderState, Phase, RequestStatus
from causeway.policy import StorePolicy

_PARTS_DONE = (FulfilmentStatus.CLOSED, FulfilmentStatus.CANCELLED)


def booked(state: OrderState, fact: Booked, policy: StorePolicy) -> Decision:
    """The sales order stands: note its number and ask the warehouse."""
    if state.booked_as:
        return Decision(state, superseded=True)
    cancelled = state.phase is Phase.CANCELLED
    phase = Phase.CANCELLED if cancelled else Phase.BOOKED
    state = replace(state, phase=phase, booked_as=fact.number)
    state, goods = (state, ()) if cancelled else ask_for_goods(state)
    return Decision(
        finished(state),
        asks=goods,
        tells=(note("booked", _booked_text(state, fact.number)),),
        steps=(Step("booked", fact.at, detail=fact.number),),
        skus=tuple(sorted({line.sku for line in state.order.product_lines if line.sku})),
    )


def _booked_text(state: OrderState, number: str) -> str:
    rounding = state.order.rounding
    extra = f", with a rounding line over {rounding}" if rounding else ""
    return f"Booked in the back office as {number}{extra}."


def refund_booked(state: OrderState, fact: RefundBooked, policy: StorePolicy) -> Decision:
    refund = next((r for r in state.order.refunds if r.id == fact.refund_id), None)
    amount = f" over {refund.total}" if refund else ""
    return Decision(
        finished(state),
        tells=(
            note(
                f"refund:{fact.refund_id}",
                f"Refund{amount} booked in the back office as {fact.number}.",
            ),
        ),
        steps=(Step("refunded", fact.at, ref=fact.refund_id, detail=fact.number),),
    )


def request_submitted(state: OrderState, fact: RequestSubmitted, policy: StorePolicy) -> Decision:
    parts = tuple(
        replace(part, status=FulfilmentStatus.IN_PROGRESS, request=RequestStatus.SUBMITTED)
        if part.id == fact.fulfilment_id and part.status is FulfilmentStatus.OPEN
        else part
        for part in state.fulfilments
    )
    return Decision(
        replace(state, fulfilments=parts),
        tells=(
            note(f"released:{fact.fulfilment_id}", f"Handed to the warehouse as {fact.number}."),
        ),
        steps=(Step("released", fact.at, ref=fact.fulfilment_id, detail=fact.number),),
    )


def delivery_parked(state: OrderState, fact: DeliveryParked, policy: StorePolicy) -> Decision:
    """The shop's people should not wait for what will not come by itself."""
    what = {"book": "booked", "refund": "refunded", "request": "sent to the warehouse"}
    text = (
        f"This order could not be {what.get(fact.operation, fact.operation)} at {fact.connection}: "
        f"{fact.reason}. A case is open in Causeway."
    )
    return Decision(state, tells=(note(f"parked:{fact.operation}:{fact.at.isoformat()}", text),))


def ask_for_refunds(state: OrderState) -> tuple[OrderState, tuple[Ask, ...]]:
    """A refund that has not been asked for yet is asked for once, after the sale it belongs to."""
    fresh = [refund for refund in state.order.refunds if refund.id not in state.refunds_asked]
    asks = tuple(
        Ask("erp", "refund", f"refund:{refund.id}", {"order": state.order, "refund": refund})
        for refund in fresh
    )
    asked = (*state.refunds_asked, *(refund.id for refund in fresh))
    return replace(state, refunds_asked=asked), asks


def finished(state: OrderState) -> OrderState:
    """Closed once it is booked and every warehouse's part is done."""
    done = all(part.status in _PARTS_DONE for part in state.fulfilments)
    return replace(state, phase=Phase.CLOSED) if state.phase is Phase.BOOKED and done else state


def note(ref: str, text: str, to_customer: bool = False) -> Tell:
    """A note for the order in the shop; private unless it is for the customer."""
    return Tell("note", ref, {"text": text, "to_customer": to_customer})
