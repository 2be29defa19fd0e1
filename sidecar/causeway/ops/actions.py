"""What can be done from the operations pages. Each is a POST with a token, and is written down."""

from __future__ import annotations

from flask import Blueprint, abort, flash, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from causeway.engine import sender
from causeway.ledger import cases, deliveries
from causeway.ledger.states import CaseState, DeliveryState
from causeway.ops import queries, refusals
from causeway.ops.desk import ACTOR, back_to, desk

bp = Blueprint("ops_actions", __name__, url_prefix="/ops")
refusals.handle(bp)
MOST_RETRIES = 1000


@bp.post("/deliveries/<int:delivery_id>/retry")
def retry(delivery_id: int) -> AnyResponse:
    """Make it due now. Its case stays open until the delivery is done."""
    here = desk()
    with here.context.ledger.write() as connection:
        row = queries.delivery(connection, delivery_id)
        if row is None:
            abort(404)
        due = deliveries.retry_now(connection, delivery_id, here.context.now())
        if due:
            here.audit(connection, "retry", row.key)
    if due:
        here.hints.work()
        flash(f"{row.key} will be looked up at {row.connection} and sent again if it is not there.")
    else:
        flash(f"{row.key} is {row.state}; there is nothing to retry.")
    return back_to(request.form.get("back", ""))


@bp.post("/connections/<name>/retry-parked")
def retry_parked(name: str) -> AnyResponse:
    """Make all parked deliveries of one connection due now."""
    here = desk()
    with here.context.ledger.write() as connection:
        done = _retry_parked(connection, name)
        if done:
            here.audit(connection, "retry_parked", name)
    if done:
        here.hints.work()
    more = f" There are more: press again for the next {MOST_RETRIES}." * (done == MOST_RETRIES)
    flash(f"{done} parked deliveries of {name} are due now.{more}")
    return back_to(request.form.get("back", ""))


def _retry_parked(connection: Connection, name: str) -> int:
    now, state = desk().context.now(), DeliveryState.PARKED.value
    rows = queries.unfinished(connection, state, name, limit=MOST_RETRIES)
    return sum(deliveries.retry_now(connection, row.id, now) for row in rows)


@bp.post("/cases/<int:case_id>/resolve")
def resolve(case_id: int) -> AnyResponse:
    """Somebody has dealt with it."""
    here = desk()
    with here.context.ledger.write() as connection:
        row = queries.case(connection, case_id)
        if row is None:
            abort(404)
        if row.state == CaseState.OPEN:
            cases.resolve(connection, [row.key], ACTOR, here.context.now())
            here.audit(connection, "resolve", row.key)
    flash(f"Resolved: {row.title}")
    return back_to(request.form.get("back", ""))


@bp.post("/connections/<name>/resume")
def resume(name: str) -> AnyResponse:
    """Send to the connection again."""
    here = desk()
    with here.context.ledger.write() as connection:
        resumed = sender.resume(connection, name, ACTOR, here.context.now())
        if resumed:
            here.audit(connection, "resume", name)
    if resumed:
        here.hints.work()
        flash(f"{name} is resumed; what waits for it is sent now.")
    else:
        flash(f"{name} was not paused.")
    return back_to(request.form.get("back", ""))
