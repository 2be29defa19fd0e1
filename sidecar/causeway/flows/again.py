"""What an order has asked for so far, asked for once more. Keys make the repetition harmless."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from causeway.flows import posting, refunding
from causeway.flows.decision import Ask
from causeway.flows.fulfilling import request_of
from causeway.flows.mapping import Translator
from causeway.flows.routing import booking_side
from causeway.flows.scene import Scene
from causeway.flows.state import OrderState, Phase


def asks_again(state: OrderState, scene: Scene, at: datetime) -> tuple[Ask, ...]:
    """All that the order's state says was asked for: what is planned under its key stays as it is.

    For when nobody played a role at the time, and somebody does now.
    """
    if not state.asked or state.phase is Phase.CANCELLED:
        return ()
    state = replace(state, erp=state.erp or booking_side(state.order, scene))
    order = Translator(scene, state.erp, at).order(state.order)
    book = Ask("erp", "book", state.booking, order, state.erp)
    refunds = refunding.asked_for(replace(state, refunds_asked=()), scene, at)
    posted = posting.asked_for(replace(state, journals_asked=(), payment_asked=False), scene, at)
    goods = tuple(
        Ask(
            "fulfilment",
            "request",
            f"request:{part.id}",
            request_of(state, part, scene, at),
            part.connection,
        )
        for part in state.fulfilments
        if part.connection and not part.over
    )
    return (book, *refunds.asks, *goods, *posted.asks)


def said_again(state: OrderState, scene: Scene, at: datetime) -> tuple[Ask, ...]:
    """As `asks_again`, and the newest change of the sales order, all in today's words."""
    asks = asks_again(state, scene, at)
    order = Translator(scene, state.erp, at).order(state.order)
    payload = {"order": order, "booked_key": f"{order.store}:{order.id}:{state.booking}"}
    update = Ask("erp", "update", f"update:{state.updated}", payload, state.erp)
    return (*asks, update) if asks and state.updated else asks
