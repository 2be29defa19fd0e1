"""The replay page: choose, see exactly what would be sent, then do it. Only the last is a POST."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from flask import Blueprint, Response, flash, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from causeway.engine.replay import due
from causeway.engine.summary import summary
from causeway.ledger import replay
from causeway.ledger.replay import REPLAYABLE, Selection
from causeway.ops import refusals, show, store_queries
from causeway.ops.desk import ACTOR, desk, page

bp = Blueprint("ops_replay", __name__, url_prefix="/ops")
refusals.handle(bp)
RATE, FASTEST = 10.0, 1000.0
_WORDS = ("store", "connection", "operation", "order_id")


@bp.get("/replay")
def choose() -> Response:
    """The form; with a choice in the address, also what it would do."""
    here = desk()
    given = request.args
    chosen, problems = _read(given)
    asked = bool(given.get("look"))
    with here.context.ledger.read() as connection:
        found = replay.preview(connection, chosen) if asked and not problems else None
        return page(
            "replay.html",
            given=given,
            chosen=chosen,
            problems=problems if asked else [],
            found=found,
            what={r.id: summary(r.operation, r.payload) for r in found.rows} if found else {},
            last=due(here.context.now(), chosen.rate, found.total) if found else "",
            stores=store_queries.names(connection),
            connections=[c.name for c in here.context.settings.connections],
            operations=list(show.OPERATIONS),
            states=REPLAYABLE,
        )


@bp.post("/replay")
def begin() -> AnyResponse:
    """Do what the preview showed. The first batch at once, the pump goes on with the rest."""
    here = desk()
    chosen, problems = _read(request.form)
    if problems:
        flash(" ".join(problems))
        return redirect(url_for("ops_replay.choose"), 303)
    now = here.context.now()
    with here.context.ledger.write() as connection:
        progress = replay.begin(connection, chosen, ACTOR, now)
    with here.context.ledger.write() as connection:
        progress = replay.step(connection, progress.id, now)
    here.hints.work()
    rest = "" if progress.finished else f" of {progress.total}; the others follow by themselves"
    flash(f"{progress.done} deliveries are due{rest}. Each is looked up before anything is sent.")
    return redirect(url_for("ops.undelivered"), 303)


def _read(given: Mapping[str, str]) -> tuple[Selection, list[str]]:
    """The choice a form holds, and what of it makes no sense, in sentences."""
    problems: list[str] = []
    words = {name: given.get(name, "").strip()[:64] for name in _WORDS}
    states = [s.value for s in REPLAYABLE if given.get(f"state_{s.value}")]
    number = given.get("delivery_id", "").strip()
    if number and not (number.isascii() and number.isdigit() and len(number) < 18):
        problems.append("The delivery is named by its number.")
        number = ""
    chosen = Selection(
        **words,
        delivery_id=int(number or 0),
        states=tuple(states) or Selection().states,
        since=_time(given.get("since", ""), "From", problems),
        until=_time(given.get("until", ""), "Before", problems),
        rate=_rate(given.get("rate", ""), problems),
    )
    return chosen, problems


def _time(text: str, name: str, problems: list[str]) -> datetime | None:
    """What a browser's field for a local time says, taken as UTC."""
    if not text.strip():
        return None
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        problems.append(f"“{name}” is no time; write it as 2026-11-20T08:30.")
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _rate(text: str, problems: list[str]) -> float:
    try:
        rate = float(text or RATE)
    except ValueError:
        rate = 0.0
    if 0.01 <= rate <= FASTEST:
        return rate
    problems.append(f"“A second” must be between 0.01 and {FASTEST:.0f}.")
    return RATE
