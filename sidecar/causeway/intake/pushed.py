"""POST /v1/connections/<name>/stock: stock that a system behind the shops says by itself.

Signed as Standard Webhooks says with the connection's own `webhook_secret`. An empty object only
says that there is something to poll.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
from flask import Blueprint, Response, current_app, request

from causeway.canonical import StockLevel, StockMovement
from causeway.catalog import sources
from causeway.catalog.sources import parts_of
from causeway.connectors.base import ConnectionSettings
from causeway.engine.context import Context
from causeway.engine.hints import Hints
from causeway.wire import signature
from causeway.wire.gate import Gate, body_of
from causeway.wire.problems import Problem, ProblemError
from causeway.wire.stock import PushedStockSchema, read

bp = Blueprint("pushed", __name__)
_SCHEMA = PushedStockSchema()


@bp.post("/v1/connections/<name>/stock")
def receive(name: str) -> Response:
    """Keep it, commit it, and only then answer."""
    context: Context = current_app.extensions["causeway_context"]
    hints: Hints = current_app.extensions["causeway_hints"]
    settings = _admit(context, name)
    found = read(_SCHEMA, body_of(request))
    if not found["levels"] and not found["movements"]:
        hints.poll(name)
        return _answer(0, 0)
    levels, movements, now = _levels(found), _movements(found), context.now()
    lag, kept, moved = timedelta(seconds=settings.stock_lag_seconds), 0, 0
    # In small steps: whoever takes orders waits for each. Sent again, what was kept counts once.
    for part in parts_of(levels):
        with context.ledger.write() as connection:
            kept += sources.take_stock(connection, name, part, now)
    for some in parts_of(movements):
        with context.ledger.write() as connection:
            moved += sources.take_movements(connection, name, some, now, settings.stock_of, lag)
    if kept or moved:
        hints.project()
    return _answer(kept, moved)


def _admit(context: Context, name: str) -> ConnectionSettings:
    """The connection whose secret signed the request. Raises ProblemError."""
    settings = next((c for c in context.settings.connections if c.name == name), None)
    if settings is None or not settings.webhook_secret.startswith(signature.SECRET_PREFIX):
        raise ProblemError(
            Problem(
                "not-found",
                f"No connection {name[:40]} takes stock here.",
                "Set webhook_secret under [connections.NAME] in the sidecar's settings,"
                " as Standard Webhooks writes it: whsec_…",
            )
        )
    tolerance = context.settings.intake.tolerance_seconds
    gate: Gate = current_app.extensions["causeway_gate"]
    try:
        signed = signature.verify(
            request.headers, body_of(request), [settings.webhook_secret], context.now(), tolerance
        )
    except signature.SignatureProblem as error:
        raise ProblemError(
            Problem(
                "timestamp-skew" if error.reason == "skew" else "bad-signature",
                f"The header {error.header} {error.detail}.",
                "Sign the raw body as Standard Webhooks says, with the connection's secret.",
                field=error.header,
            )
        ) from error
    if not gate.guard.first_time(f"connection:{name}", signed.id):
        raise ProblemError(
            Problem(
                "replayed",
                "A message with this id was received within the last minutes.",
                "Give each attempt an id of its own and sign it afresh.",
                field=signature.ID_HEADER,
            )
        )
    return settings


def _levels(found: dict[str, Any]) -> list[StockLevel]:
    return [StockLevel(**row) for row in found["levels"]]


def _movements(found: dict[str, Any]) -> list[StockMovement]:
    return [StockMovement(**row) for row in found["movements"]]


def _answer(levels: int, movements: int) -> Response:
    body = orjson.dumps({"levels": levels, "movements": movements})
    return Response(body, 202, content_type="application/json")
