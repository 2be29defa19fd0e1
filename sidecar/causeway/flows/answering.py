"""What warehouses, and an ERP with a credit check, say to what they were asked."""

from __future__ import annotations

from dataclasses import replace

from causeway.canonical import RequestAnswer
from causeway.flows.cancelling import go_on_undoing
from causeway.flows.decision import Decision, Step, Tell, Trouble
from causeway.flows.facts import RequestAnswered, RequestSubmitted, StopAnswered
from causeway.flows.fulfilling import level
from causeway.flows.scene import Scene
from causeway.flows.state import FulfilmentOrder, FulfilmentStatus, OrderState, RequestStatus
from causeway.flows.words import note, say

_STOPPED = (RequestStatus.CANCELLATION_REQUESTED, RequestStatus.CANCELLATION_REJECTED)
_NEW = (RequestStatus.UNSUBMITTED, RequestStatus.SUBMITTED)


def request_submitted(state: OrderState, fact: RequestSubmitted, scene: Scene) -> Decision:
    """The warehouse has the request."""
    part = _part(state, fact.fulfilment_id)
    if part is not None and part.request is RequestStatus.UNSUBMITTED:
        begun = part.status is FulfilmentStatus.OPEN
        status = FulfilmentStatus.IN_PROGRESS if begun else part.status
        state = _with(state, replace(part, status=status, request=RequestStatus.SUBMITTED))
    return Decision(
        state,
        tells=(note(f"released:{fact.fulfilment_id}", say(scene, "released", number=fact.number)),),
        steps=(Step("released", fact.at, ref=fact.fulfilment_id, detail=fact.number),),
    )


def request_answered(state: OrderState, fact: RequestAnswered, scene: Scene) -> Decision:
    """A warehouse's answer to a part; the ERP's, about its booking, where no part is named."""
    if not fact.fulfilment_id:
        return _erp_answered(state, fact, scene)
    part = _part(state, fact.fulfilment_id)
    answer = fact.answer
    late = part is not None and part.answered_at is not None and answer.at < part.answered_at
    stopped = part is not None and part.request is RequestStatus.CANCELLATION_ACCEPTED
    if part is None or late or stopped or answer.id in part.answers:
        return Decision(state, superseded=True)
    after = replace(part, answers=(*part.answers, answer.id), answered_at=answer.at)
    state = _with(state, _moved(after, answer))
    tells, troubles, settled = _said(state, part, answer, scene)
    steps = (Step("accepted", fact.at, ref=part.id),) if answer.answer == "accepted" else ()
    said = Decision(state, tells=tells, troubles=troubles, settled=settled, steps=steps)
    done = _onwards(said, scene, fact)
    if answer.answer not in ("rejected", "incomplete"):
        return done
    assert done.state is not None  # noqa: S101
    elsewhere = len(done.state.fulfilments) > len(state.fulfilments)
    return replace(done, tells=(*done.tells, _refused(part, answer, elsewhere, scene)))


def stop_answered(state: OrderState, fact: StopAnswered, scene: Scene) -> Decision:
    """What became of asking a warehouse to stop."""
    part = _part(state, fact.fulfilment_id)
    if part is None or fact.result == "asked":
        return Decision(state)
    if fact.result == "too_late":
        if part.over:
            return Decision(state)
        state = _with(state, replace(part, request=RequestStatus.CANCELLATION_REJECTED))
        told = note(f"too_late:{part.id}", say(scene, "too_late"))
        return _onwards(
            Decision(state, tells=(told,), troubles=(_too_late(state, part, fact.detail),)),
            scene,
            fact,
        )
    state = _with(state, _ended(part))
    told = note(f"stopped:{part.id}", say(scene, "stopped"))
    return _onwards(Decision(state, tells=(told,)), scene, fact)


def _onwards(decision: Decision, scene: Scene, fact: RequestAnswered | StopAnswered) -> Decision:
    """Ask elsewhere for what will not come, and go on with a cancellation that waited for it."""
    assert decision.state is not None  # noqa: S101 - it was made a few lines above
    levelled = decision.then(level(decision.state, scene, fact.at))
    assert levelled.state is not None  # noqa: S101
    return levelled.then(go_on_undoing(levelled.state, scene, fact.at))


def _moved(part: FulfilmentOrder, answer: RequestAnswer) -> FulfilmentOrder:
    """The part after the answer; whether its states may follow is the guard's to say."""
    if answer.answer in ("accepted", "released"):
        waits = part.status in (FulfilmentStatus.OPEN, FulfilmentStatus.ON_HOLD)
        settled = part.request in _STOPPED
        return replace(
            part,
            status=FulfilmentStatus.IN_PROGRESS if waits else part.status,
            request=part.request if settled else RequestStatus.ACCEPTED,
        )
    if answer.answer == "on_hold":
        return replace(part, status=FulfilmentStatus.ON_HOLD)
    if answer.answer == "incomplete":
        request = RequestStatus.ACCEPTED if part.request in _NEW else part.request
        return replace(part, status=FulfilmentStatus.INCOMPLETE, request=request)
    ended = _ended(part)
    return replace(ended, request=RequestStatus.REJECTED) if answer.answer == "rejected" else ended


def _ended(part: FulfilmentOrder) -> FulfilmentOrder:
    """The part once its warehouse does no more of it; what it sent before stays sent."""
    ours = part.request in _STOPPED
    request = RequestStatus.CANCELLATION_ACCEPTED if ours else RequestStatus.REJECTED
    if part.request is RequestStatus.CANCELLATION_ACCEPTED:
        request = part.request
    sent = any(line.shipped for line in part.lines)
    status = FulfilmentStatus.INCOMPLETE if sent else FulfilmentStatus.CANCELLED
    if part.status is FulfilmentStatus.CLOSED:
        status = FulfilmentStatus.CANCELLED  # cannot be: the guard refuses it and says so
    return replace(part, status=status, request=request)


def _said(
    state: OrderState, part: FulfilmentOrder, answer: RequestAnswer, scene: Scene
) -> tuple[tuple[Tell, ...], tuple[Trouble, ...], tuple[str, ...]]:
    reason = answer.reason or "—"
    settled = (f"warehouse_waits:{part.id}",)
    if answer.answer == "on_hold":
        told = note(f"on_hold:{answer.id}", say(scene, "on_hold", reason=reason))
        return (told,), (_waits(state, part, reason),), ()
    return (), (), settled


def _refused(part: FulfilmentOrder, answer: RequestAnswer, elsewhere: bool, scene: Scene) -> Tell:
    """What a warehouse will not send: somebody else was asked, or nobody can."""
    name, reason = part.warehouse or part.connection, answer.reason or "—"
    words = "rerouted" if elsewhere else "not_sent"
    return note(f"rerouted:{part.id}", say(scene, words, warehouse=name, reason=reason))


def _erp_answered(state: OrderState, fact: RequestAnswered, scene: Scene) -> Decision:
    """Its credit check: nothing is sent while it lasts, and warehouses that were asked stop."""
    answer = fact.answer
    if state.answered_at is not None and answer.at < state.answered_at:
        return Decision(state, superseded=True)
    holds = answer.answer in ("on_hold", "rejected", "cancelled")
    news = holds is not state.credit_hold
    state = replace(state, credit_hold=holds, answered_at=answer.at)
    if not holds:
        told = (note(f"credit:{answer.id}", say(scene, "credit_given")),) if news else ()
        said = Decision(state, tells=told, settled=("credit_hold",))
        return said.then(level(state, scene, fact.at))
    reason = answer.reason or "—"
    text = say(scene, "credit_hold", connection=state.erp, reason=reason)
    said = Decision(
        state,
        tells=(note(f"credit:{answer.id}", text),) if news else (),
        troubles=(_credit(state, answer.reason),),
    )
    return said.then(level(state, scene, fact.at))


def _part(state: OrderState, part_id: str) -> FulfilmentOrder | None:
    return next((part for part in state.fulfilments if part.id == part_id), None)


def _with(state: OrderState, part: FulfilmentOrder) -> OrderState:
    parts = tuple(part if other.id == part.id else other for other in state.fulfilments)
    return replace(state, fulfilments=parts)


def _waits(state: OrderState, part: FulfilmentOrder, reason: str) -> Trouble:
    return Trouble(
        "warehouse_waits",
        f"Order {state.order.number}: {part.warehouse or part.connection} waits",
        f"It says: {reason}.",
        "Give the warehouse what it waits for. The case closes itself when it goes on.",
        ref=part.id,
    )


def _credit(state: OrderState, reason: str) -> Trouble:
    return Trouble(
        "credit_hold",
        f"Order {state.order.number}: {state.erp or 'the back office'} holds {state.booked_as}",
        f"It says: {reason or 'nothing'}. Nothing is sent until it lets the order go on.",
        "Release the order there; it then goes on by itself. Or cancel it in the shop.",
    )


def _too_late(state: OrderState, part: FulfilmentOrder, detail: str) -> Trouble:
    return Trouble(
        "too_late_to_stop",
        f"Order {state.order.number}: {part.warehouse or part.connection} could not stop",
        f"It says: {detail or 'too late'}. The goods of request {part.id} are on their way.",
        "Tell the buyer, and expect the goods back: causeway return request "
        f"{state.order.store} {state.order.number}",
        ref=part.id,
    )
