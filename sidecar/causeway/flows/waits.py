"""For whom an order waits, and for what: each step that waits for a fact, named. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from causeway.flows.state import (
    FulfilmentOrder,
    FulfilmentStatus,
    OrderState,
    Phase,
    RequestStatus,
    ReturnCase,
    ReturnStatus,
    Undoing,
)

SHOP, PERSON = "the shop", "a person"


@dataclass(frozen=True, slots=True)
class Wait:
    """`who` must do `what` before the order goes on; for a `ref`, a part of it or a return."""

    who: str
    what: str
    ref: str = ""


def waits(state: OrderState) -> tuple[Wait, ...]:
    """Everything that is awaited now; empty for an order that is done or needs nothing."""
    found = [*_order(state)]
    for part in state.fulfilments:
        found += _part(part, state)
    found += [
        Wait(_sender(parcel, state), f"the tracking number of parcel {parcel}", parcel)
        for parcel in state.untracked
    ]
    for back in state.returns:
        found += _return(back, state)
    return tuple(found)


def _order(state: OrderState) -> Iterable[Wait]:
    erp = state.erp or "the back office"
    if state.phase is Phase.RECEIVED and not state.asked:
        if state.rests_until and "rest" not in state.released:
            yield Wait("the clock", f"it rests until {state.rests_until:%Y-%m-%d %H:%M} UTC")
        else:
            yield Wait(SHOP, f"a payment, or another status than “{state.order.status}”")
    if state.phase is Phase.HELD:
        yield Wait(PERSON, "what the case about it says")
    if state.phase is Phase.ACCEPTED and not state.booked_as:
        yield Wait(erp, "to book it")
    if state.credit_hold:
        yield Wait(erp, "to let it go on after its credit check")
    if state.undoing is Undoing.ASKED:
        yield Wait(erp, "to cancel the sales order")
    if state.undoing is Undoing.WANTED:
        yield Wait("the warehouse", "to stop, before the sales order is cancelled")


def _part(part: FulfilmentOrder, state: OrderState) -> Iterable[Wait]:
    if part.over:
        return
    who = part.warehouse or part.connection or state.erp or "the back office"
    goods = ", ".join(
        f"{line.quantity - line.shipped:f} x {line.sku}"
        for line in part.lines
        if line.quantity > line.shipped
    )
    if part.request is RequestStatus.CANCELLATION_REQUESTED:
        yield Wait(who, "to say whether it stopped", part.id)
    elif part.status is FulfilmentStatus.ON_HOLD:
        yield Wait(who, f"to go on with {goods}", part.id)
    elif part.connection and part.request in (RequestStatus.UNSUBMITTED, RequestStatus.SUBMITTED):
        yield Wait(who, f"to accept and send {goods}", part.id)
    else:
        yield Wait(who, f"to send {goods}", part.id)


def _return(back: ReturnCase, state: OrderState) -> Iterable[Wait]:
    words = {
        ReturnStatus.REQUESTED: (PERSON, f"to allow return {back.id}"),
        ReturnStatus.AUTHORISED: ("the buyer", f"to send the goods of return {back.id} back"),
        ReturnStatus.RECEIVED: (_receiver(back, state), f"to look at the goods of {back.id}"),
        ReturnStatus.INSPECTED: (SHOP, f"to refund return {back.id}"),
    }
    if back.status in words:
        who, what = words[back.status]
        yield Wait(who, what, back.id)


def _receiver(back: ReturnCase, state: OrderState) -> str:
    """The warehouse that sent the goods, by whose hands they come back."""
    lines = {line.order_line_id for line in back.back.lines}
    for part in state.fulfilments:
        if lines & {line.order_line_id for line in part.lines if line.shipped}:
            return part.warehouse or part.connection or state.erp
    return state.erp or "whoever receives them"


def _sender(parcel: str, state: OrderState) -> str:
    """The warehouse that sent a parcel; `parcel` may begin with the number of its part."""
    number, _, rest = parcel.partition(".")
    for part in state.fulfilments:
        if parcel in part.shipments or (part.id == number and rest in part.shipments):
            return part.warehouse or part.connection or state.erp
    return "the warehouse"
