"""The shop cancelled what was sent on: first the warehouses stop, then the sales order goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from causeway.flows.decision import Ask, Decision, Step, Trouble
from causeway.flows.facts import CancelAnswered
from causeway.flows.fulfilling import level, shipped_of
from causeway.flows.mapping import Translator
from causeway.flows.scene import Scene
from causeway.flows.state import (
    Financial,
    FulfilmentOrder,
    OrderState,
    Phase,
    RequestStatus,
    Undoing,
)
from causeway.flows.words import note, say

KIND = "cancelled_after_booking"


def cancelled(
    state: OrderState, how: str, scene: Scene, at: datetime, settled: tuple[str, ...]
) -> Decision:
    """Nothing to do before it was sent on; after, undo it as far as the other side can."""
    if not state.asked:
        money = state.financial if state.financial is Financial.PAID else Financial.VOIDED
        return Decision(replace(state, phase=Phase.CANCELLED, financial=money), settled=settled)
    able = scene.can(state.erp).cancel
    state = replace(state, phase=Phase.CANCELLED)
    if not able:
        stopping = level(state, scene, at)
        assert stopping.state is not None  # noqa: S101
        trouble = by_hand(stopping.state, how)
        return replace(stopping, troubles=(*stopping.troubles, trouble))
    if state.undoing in (Undoing.NONE, Undoing.REFUSED):
        state = replace(state, undoing=Undoing.WANTED)
    stopping = level(state, scene, at)
    assert stopping.state is not None  # noqa: S101
    return stopping.then(go_on_undoing(stopping.state, scene, at))


def go_on_undoing(state: OrderState, scene: Scene, at: datetime) -> Decision:
    """Cancel the sales order once every warehouse has ended, if it is still wanted."""
    if state.undoing is not Undoing.WANTED or state.phase is not Phase.CANCELLED:
        return Decision(state)
    if not state.booked_as:
        return Decision(state)
    live = [part for part in state.fulfilments if not part.over]
    late = [p for p in live if p.stuck or p.request is RequestStatus.CANCELLATION_REJECTED]
    sent = any(shipped_of(state.fulfilments).values())
    if late or (sent and not live):
        state = replace(state, undoing=Undoing.REFUSED)
        return Decision(state, troubles=(by_hand(state, "was cancelled in the shop"),))
    if live:
        return Decision(state)
    return _ask(replace(state, undoing=Undoing.ASKED), scene, at)


def cancel_answered(state: OrderState, fact: CancelAnswered, scene: Scene) -> Decision:
    """The back office's word on cancelling the sales order, or the goods of one refund."""
    if fact.result == "asked":
        return Decision(state)
    if fact.ref:
        return _lines_answered(state, fact)
    if fact.result == "too_late":
        state = replace(state, undoing=Undoing.REFUSED)
        if state.phase is not Phase.CANCELLED:
            return Decision(state)
        return Decision(state, troubles=(by_hand(state, "was cancelled in the shop", fact.detail),))
    told = note(f"cancelled:{state.bookings}", say(scene, "cancelled"))
    step = Step("cancelled", fact.at, ref=str(state.bookings))
    state = replace(state, undoing=Undoing.DONE)
    left = (_left_over(state, fact.left),) if fact.left else ()
    done = Decision(state, tells=(told,), troubles=left, steps=(step,), settled=(KIND,))
    return done.then(book_again(state, scene, fact.at))


def reopened(state: OrderState, scene: Scene, at: datetime) -> Decision:
    """An order cancelled after it was sent on, and then not: it goes on where it stands."""
    if state.phase is not Phase.CANCELLED:
        return Decision(state)
    if state.undoing in (Undoing.ASKED, Undoing.DONE):
        return book_again(replace(state, phase=Phase.ACCEPTED), scene, at)
    state = replace(state, undoing=Undoing.NONE)
    if not state.booked_as:
        return Decision(replace(state, phase=Phase.ACCEPTED))
    return Decision(replace(state, phase=Phase.BOOKED))


def book_again(state: OrderState, scene: Scene, at: datetime) -> Decision:
    """A new booking where the old one is gone and the shop wants the order after all."""
    if state.undoing is not Undoing.DONE or state.phase is not Phase.ACCEPTED:
        return Decision(state)
    state = replace(state, undoing=Undoing.NONE, bookings=state.bookings + 1, booked_as="")
    words = Translator(scene, state.erp, at)
    ask = Ask("erp", "book", state.booking, words.order(state.order), state.erp)
    return Decision(state, asks=(ask,))


def by_hand(state: OrderState, how: str, why: str = "") -> Trouble:
    """What people must undo because nobody else can."""
    parts = [
        f"{p.warehouse or p.connection or 'the back office'}: request {p.id} is {_word(p)}"
        for p in state.fulfilments
        if p.request is not RequestStatus.CANCELLATION_ACCEPTED
    ]
    goods = f" {'; '.join(parts)}." if parts else ""
    words = f" It says: {why}." if why else ""
    return Trouble(
        KIND,
        f"Order {state.order.number} {how} after it was sent on",
        f"The back office has it as {state.booked_as or 'an order that is being booked'}."
        f"{goods}{words}",
        "Cancel it in the back office and stop the warehouse, or reopen it in the shop; then "
        "resolve this case.",
    )


def _word(part: FulfilmentOrder) -> str:
    return part.status.value.replace("_", " ")


def _ask(state: OrderState, scene: Scene, at: datetime) -> Decision:
    suffix = "cancel" if state.bookings == 1 else f"cancel:again{state.bookings}"
    payload = {
        "order": Translator(scene, state.erp, at).order(state.order),
        "booked_key": f"{state.order.store}:{state.order.id}:{state.booking}",
        "lines": (),
    }
    return Decision(state, asks=(Ask("erp", "cancel", suffix, payload, state.erp),))


def _left_over(state: OrderState, left: str) -> Trouble:
    return Trouble(
        "left_after_cancelling",
        f"Order {state.order.number}: something of it still stands at {state.erp}",
        f"Its sales order {state.booked_as} is cancelled, but {left}.",
        "Write the credit note there; then resolve this case.",
        ref=str(state.bookings),
    )


def _lines_answered(state: OrderState, fact: CancelAnswered) -> Decision:
    if fact.result == "cancelled":
        return Decision(state)
    trouble = Trouble(
        "lines_not_cancelled",
        f"Order {state.order.number}: the goods of refund {fact.ref} are still to be delivered",
        f"The back office says: {fact.detail or 'too late'}. The money was refunded.",
        "Take the lines out of the sales order there; then resolve this case.",
        ref=fact.ref,
    )
    return Decision(state, troubles=(trouble,))
