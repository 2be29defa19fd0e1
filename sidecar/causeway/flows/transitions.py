"""Which state may follow which, and by what: five tables, and the guard that holds them.

A move that stands in no table is refused and becomes a case; it is never made in silence.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from causeway.flows.decision import Decision, Trouble
from causeway.flows.state import Financial, FulfilmentOrder, OrderState, Phase
from causeway.flows.state import FulfilmentStatus as S
from causeway.flows.state import RequestStatus as R
from causeway.flows.state import ReturnStatus as B
from causeway.told import Told

Moves = dict[tuple[Told, Told], str]

# (from, to): the fact that moves it
ORDER: Moves = {
    (Phase.RECEIVED, Phase.HELD): "something keeps it from being booked",
    (Phase.RECEIVED, Phase.ACCEPTED): "the shop wants it booked and it is in order",
    (Phase.RECEIVED, Phase.BOOKED): "another connector's sales order was adopted",
    (Phase.RECEIVED, Phase.CLOSED): "another connector's sales order was adopted, all of it sent",
    (Phase.RECEIVED, Phase.CANCELLED): "the shop cancelled it",
    (Phase.HELD, Phase.RECEIVED): "the shop waits for its payment again",
    (Phase.HELD, Phase.ACCEPTED): "what held it is over",
    (Phase.HELD, Phase.BOOKED): "another connector's sales order was adopted",
    (Phase.HELD, Phase.CLOSED): "another connector's sales order was adopted, all of it sent",
    (Phase.HELD, Phase.CANCELLED): "the shop cancelled it",
    (Phase.ACCEPTED, Phase.BOOKED): "the back office has booked it",
    (Phase.ACCEPTED, Phase.CLOSED): "the back office has booked it and nothing is to be sent",
    (Phase.ACCEPTED, Phase.CANCELLED): "the shop cancelled it",
    (Phase.BOOKED, Phase.CLOSED): "its last part was sent",
    (Phase.BOOKED, Phase.CANCELLED): "the shop cancelled it",
    (Phase.CLOSED, Phase.BOOKED): "there is something to be sent again",
    (Phase.CLOSED, Phase.CANCELLED): "the shop cancelled it",
    (Phase.CANCELLED, Phase.RECEIVED): "the shop reopened it, unpaid",
    (Phase.CANCELLED, Phase.HELD): "the shop reopened it and something holds it",
    (Phase.CANCELLED, Phase.ACCEPTED): "the shop reopened it",
    (Phase.CANCELLED, Phase.BOOKED): "the shop reopened it; the back office still has it",
    (Phase.CANCELLED, Phase.CLOSED): "the shop reopened it and nothing is to be sent",
}
# The shop is the truth about its money: all but the impossible is allowed. Money that was
# collected, given back or refused does not become promised again.
FINANCIAL: Moves = {
    (before, after): "the shop shows its money so"
    for before in Financial
    for after in Financial
    if before is not after and (after is not Financial.AUTHORISED or before is Financial.UNPAID)
}
STATUS: Moves = {
    (S.OPEN, S.IN_PROGRESS): "the warehouse has the request, or a first parcel left",
    (S.OPEN, S.ON_HOLD): "the warehouse waits",
    (S.OPEN, S.CLOSED): "its last parcel left",
    (S.OPEN, S.CANCELLED): "it is no longer wanted, or the warehouse rejected it",
    (S.OPEN, S.INCOMPLETE): "the warehouse ended it short",
    (S.IN_PROGRESS, S.ON_HOLD): "the warehouse waits",
    (S.IN_PROGRESS, S.CLOSED): "its last parcel left",
    (S.IN_PROGRESS, S.CANCELLED): "the warehouse stopped or rejected it",
    (S.IN_PROGRESS, S.INCOMPLETE): "the warehouse ended it short",
    (S.ON_HOLD, S.IN_PROGRESS): "the warehouse goes on",
    (S.ON_HOLD, S.CLOSED): "its last parcel left",
    (S.ON_HOLD, S.CANCELLED): "the warehouse stopped or rejected it",
    (S.ON_HOLD, S.INCOMPLETE): "the warehouse ended it short",
    (S.INCOMPLETE, S.CLOSED): "a parcel that left before was reported late",
}
REQUEST: Moves = {
    (R.UNSUBMITTED, R.SUBMITTED): "the warehouse has the request",
    (R.UNSUBMITTED, R.ACCEPTED): "the warehouse answered, or sent, before we heard it has it",
    (R.UNSUBMITTED, R.REJECTED): "the warehouse will not do it",
    (R.UNSUBMITTED, R.CANCELLATION_REQUESTED): "it is no longer wanted as it was asked for",
    (R.UNSUBMITTED, R.CANCELLATION_ACCEPTED): "the warehouse stopped by itself",
    (R.SUBMITTED, R.ACCEPTED): "the warehouse will do it",
    (R.SUBMITTED, R.REJECTED): "the warehouse will not do it",
    (R.SUBMITTED, R.CANCELLATION_REQUESTED): "it is no longer wanted as it was asked for",
    (R.SUBMITTED, R.CANCELLATION_ACCEPTED): "the warehouse stopped by itself",
    (R.ACCEPTED, R.REJECTED): "the warehouse changed its mind",
    (R.ACCEPTED, R.CANCELLATION_REQUESTED): "it is no longer wanted as it was asked for",
    (R.ACCEPTED, R.CANCELLATION_ACCEPTED): "the warehouse stopped by itself",
    (R.CANCELLATION_REQUESTED, R.CANCELLATION_ACCEPTED): "the warehouse has stopped",
    (R.CANCELLATION_REQUESTED, R.CANCELLATION_REJECTED): "it was too late to stop, or it left",
    (R.CANCELLATION_REQUESTED, R.REJECTED): "the warehouse would not have done it anyway",
    (R.CANCELLATION_REJECTED, R.CANCELLATION_ACCEPTED): "the warehouse stopped after all",
    (R.CANCELLATION_REJECTED, R.REJECTED): "the warehouse cannot send it after all",
}
RETURN: Moves = {
    (B.REQUESTED, B.AUTHORISED): "somebody, or the policy, allows it",
    (B.REQUESTED, B.REFUSED): "somebody does not allow it",
    (B.REQUESTED, B.RECEIVED): "the goods came before anybody allowed it",
    (B.REQUESTED, B.INSPECTED): "the goods came, and were looked at, before anybody allowed it",
    (B.AUTHORISED, B.RECEIVED): "the goods arrived",
    (B.AUTHORISED, B.INSPECTED): "the goods arrived and were looked at",
    (B.AUTHORISED, B.REFUSED): "it is not allowed after all",
    (B.RECEIVED, B.INSPECTED): "the goods were looked at",
    (B.INSPECTED, B.REFUNDED): "the shop refunded it",
}


def guarded(before: OrderState | None, decision: Decision) -> Decision:
    """The decision, or, where it would make an illegal move, a refusal that says so."""
    after = decision.state
    if before is None or after is None or decision.superseded:
        return decision
    wrong = [text for table, a, b in _moves(before, after) if (text := _illegal(table, a, b))]
    if not wrong:
        return decision
    version = max(before.version, after.version)
    trouble = Trouble(
        "illegal_move",
        f"Order {before.order.number}: something was reported that cannot follow",
        f"Refused: {'; '.join(wrong)}.",
        "Look at the order at the side that reported it and put it right there by hand.",
        ref=wrong[0].replace(" ", "_")[:80],
    )
    return Decision(replace(before, version=version), troubles=(trouble,))


def _moves(before: OrderState, after: OrderState) -> Iterable[tuple[Moves, Told, Told]]:
    yield ORDER, before.phase, after.phase
    yield FINANCIAL, before.financial, after.financial
    known: dict[str, FulfilmentOrder] = {part.id: part for part in before.fulfilments}
    for part in after.fulfilments:
        if part.id in known:
            yield STATUS, known[part.id].status, part.status
            yield REQUEST, known[part.id].request, part.request
    returns = {back.id: back for back in before.returns}
    for back in after.returns:
        if back.id in returns:
            yield RETURN, returns[back.id].status, back.status


def _illegal(table: Moves, before: Told, after: Told) -> str:
    """In words, when the move stands in no table; what stays as it is has not moved."""
    if before is after or (before, after) in table:
        return ""
    return f"{before.value} to {after.value}"
