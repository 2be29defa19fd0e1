"""What an order has asked for so far, asked for once more. Keys make the repetition harmless."""

from __future__ import annotations

from dataclasses import replace

from causeway.flows.back_office import ask_for_refunds
from causeway.flows.decision import Ask
from causeway.flows.shipping import ask_for_goods
from causeway.flows.state import OrderState, Phase


def asks_again(state: OrderState) -> tuple[Ask, ...]:
    """All that the order's state says was asked for: what is planned under its key stays as it is.

    For when nobody played a role at the time, and somebody does now.
    """
    if not state.asked or state.phase is Phase.CANCELLED:
        return ()
    book = Ask("erp", "book", "book", state.order)
    _, refunds = ask_for_refunds(replace(state, refunds_asked=()))
    goods = ask_for_goods(state)[1] if state.booked_as else ()
    return (book, *refunds, *goods)
