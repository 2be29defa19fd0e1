"""When the back office answers: what may follow now, and what the shop's people are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from causeway.flows import cancelling, posting
from causeway.flows.decision import Adoption, Decision, Step
from causeway.flows.facts import Booked, DeliveryParked
from causeway.flows.fulfilling import level
from causeway.flows.scene import Scene
from causeway.flows.state import OrderState, Phase
from causeway.flows.words import CATALOGUE, note, say


def booked(state: OrderState, fact: Booked, scene: Scene) -> Decision:
    """The sales order stands: note its number and ask the warehouse, or undo it at once."""
    if state.booked_as:
        return Decision(state, superseded=True)
    cancelled = state.phase is Phase.CANCELLED
    phase = Phase.CANCELLED if cancelled else Phase.BOOKED
    state = replace(state, phase=phase, booked_as=fact.number)
    again = "" if state.bookings == 1 else str(state.bookings)
    stands = Decision(
        state,
        tells=(note(f"booked{again}", _booked_text(state, fact.number, scene)),),
        steps=(Step("booked", fact.at, ref=again, detail=fact.number),),
        skus=tuple(sorted({line.sku for line in state.order.product_lines if line.sku})),
    )
    if cancelled:
        return stands.then(cancelling.go_on_undoing(state, scene, fact.at))
    return stands.then(stands_now(state, scene, fact.at))


def stands_now(state: OrderState, scene: Scene, at: datetime) -> Decision:
    """What hangs on a booked order: its goods, and what bookkeepers want of it."""
    goods = level(state, scene, at)
    assert goods.state is not None  # noqa: S101
    return goods.then(posting.asked_for(goods.state, scene, at))


def adopted(state: OrderState, scene: Scene, at: datetime) -> Decision | None:
    """Another connector's sales order, whose id stands in the order's meta, is ours from now on.

    Its goods are that connector's business; what happens from here on is ours.
    """
    keys = scene.policy.adopt.get(state.erp, ())
    theirs = next((value for key, value in state.order.marks if key in keys), "")
    if not theirs:
        return None
    state = replace(state, phase=Phase.BOOKED, asked=True, booked_as=theirs, elsewhere=True)
    text = say(scene, "adopted", number=theirs)
    refunds = tuple(refund.id for refund in state.order.refunds)
    state = replace(state, refunds_asked=refunds, payment_asked=True)
    stands = Decision(
        state,
        tells=(note("adopted", text),),
        steps=(Step("adopted", at, detail=theirs[:255]),),
        adopted=(Adoption(state.erp, state.booking, theirs),),
    )
    return stands.then(level(state, scene, at))


def delivery_parked(state: OrderState, fact: DeliveryParked, scene: Scene) -> Decision:
    """The shop's people should not wait for what will not come by itself."""
    known = fact.operation in CATALOGUE
    what = say(scene, fact.operation) if known else fact.operation
    text = say(
        scene, "parked", what=what, connection=fact.connection, reason=fact.reason.rstrip(".")
    )
    return Decision(state, tells=(note(f"parked:{fact.operation}:{fact.at.isoformat()}", text),))


def _booked_text(state: OrderState, number: str, scene: Scene) -> str:
    rounding = state.order.rounding
    extra = say(scene, "rounding", amount=rounding) if rounding else ""
    return say(scene, "booked", number=number, rounding=extra)
