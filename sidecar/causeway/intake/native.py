"""POST /v1/stores/<store>/webhooks: WooCommerce's own webhooks, where there is no plugin."""

from __future__ import annotations

import orjson
from flask import Blueprint, Response, current_app, request

from causeway.intake.views import Intake, answer
from causeway.wire import native
from causeway.wire.envelope import judge, none_kept
from causeway.wire.gate import Gate, body_of
from causeway.wire.problems import Problem, ProblemError

bp = Blueprint("native", __name__)


@bp.post("/v1/stores/<store>/webhooks")
def receive(store: str) -> Response:
    """Keep what one webhook says. Verified before it is parsed."""
    gate: Gate = current_app.extensions["causeway_gate"]
    intake: Intake = current_app.extensions["causeway_intake"]
    body = body_of(request)
    if native.is_ping(body):
        return Response(b"{}", 200, content_type="application/json")
    found, secrets = gate.known(store)
    native.verify(request.headers.get(native.SIGNATURE_HEADER, ""), body, secrets)
    if request.mimetype != "application/json":
        raise ProblemError(_NOT_JSON)
    topic = request.headers.get(native.TOPIC_HEADER, "")
    event = native.to_event(found.name, topic, body, intake.context.now())
    batch = judge([event], found.name)
    if not batch.events:
        raise ProblemError(none_kept(batch.refused))
    stored = intake.keep(batch, found.name)
    return Response(orjson.dumps(answer(batch, stored)), 202, content_type="application/json")


_NOT_JSON = Problem(
    "unsupported-media-type",
    "The body is not application/json.",
    "Let the webhook be delivered as WooCommerce does it.",
    field="Content-Type",
)
