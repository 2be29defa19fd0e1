"""What can be done from the operations pages. Each is a POST with a token, and is written down."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort, flash, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from causeway.engine import sender, shadowing
from causeway.engine.case_desk import CaseDesk
from causeway.errors import CausewayError
from causeway.ledger import cases, deliveries
from causeway.ledger.cases import CaseRow
from causeway.ledger.states import DeliveryState
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
    row, refused = _deal(case_id, lambda: _cases().resolve(case_id, _reason()))
    flash(refused or f"Resolved: {row.title}")
    return back_to(request.form.get("back", ""))


@bp.post("/cases/<int:case_id>/skip")
def skip(case_id: int) -> AnyResponse:
    """Never do it, for a reason that is kept."""
    row, refused = _deal(case_id, lambda: _cases().skip(case_id, _reason()))
    if not refused:
        desk().hints.work()
    flash(refused or f"Skipped: {row.title}")
    return back_to(request.form.get("back", ""))


@bp.post("/cases/<int:case_id>/retry")
def retry_case(case_id: int) -> AnyResponse:
    """Do again what the case is about."""
    said: list[str] = []
    _, refused = _deal(case_id, lambda: said.append(_cases().retry(case_id)))
    if not refused:
        desk().hints.work()
    flash(refused or " ".join(said))
    return back_to(request.form.get("back", ""))


def _cases() -> CaseDesk:
    return CaseDesk(desk().context, ACTOR)


def _reason() -> str:
    return request.form.get("reason", "").strip()[:400]


def _deal(case_id: int, act: Callable[[], object]) -> tuple[CaseRow, str]:
    """Do it; the case as it was, and why it could not be done."""
    with desk().context.ledger.read() as connection:
        row = cases.get(connection, case_id)
    if row is None:
        abort(404)
    try:
        act()
    except CausewayError as error:
        return row, f"Nothing was changed: {error}."
    return row, ""


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


@bp.post("/connections/<name>/live")
def live(name: str) -> AnyResponse:
    """Send to a connection that was in shadow, from one order on."""
    here = desk()
    if name not in {settings.name for settings in here.context.settings.connections}:
        abort(404)
    store, _, number = request.form.get("first", "").strip()[:120].partition(":")
    try:
        count, first = shadowing.go_live(here.context, name, store, number, ACTOR)
    except CausewayError as error:
        flash(f"Nothing was changed: {error}.")
        return back_to(request.form.get("back", ""))
    here.hints.work()
    flash(f"{name} is live from order {first} of {store}; {count} deliveries are sent now.")
    return back_to(request.form.get("back", ""))
