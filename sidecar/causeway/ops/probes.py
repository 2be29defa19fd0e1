"""/livez, /readyz, /healthz, /metrics: for machines, and in words."""

from __future__ import annotations

import orjson
from flask import Blueprint, Response, current_app

from causeway import __version__
from causeway.ops import health, metrics

bp = Blueprint("probes", __name__)


@bp.get("/livez")
def live() -> Response:
    """The process answers; nothing else is asked."""
    return Response("ok\n", content_type="text/plain")


@bp.get("/readyz")
def ready() -> Response:
    """200 when what is sent can be kept (Redis away is degraded, not down), 503 when not."""
    found = health.ready(
        current_app.extensions["causeway_context"], current_app.extensions["redis"]
    )
    status = health.worst(found)
    return _answer(found, 503 if status == "fail" else 200)


@bp.get("/healthz")
def healthy() -> Response:
    """The whole summary, in the shape of health+json (draft-inadarei-api-health-check-06)."""
    found = health.summary(
        current_app.extensions["causeway_context"], current_app.extensions["redis"]
    )
    return _answer(found, 503 if health.worst(found) == "fail" else 200)


@bp.get("/metrics")
def scrape() -> Response:
    text = metrics.render(
        current_app.extensions["causeway_context"], current_app.extensions["redis"]
    )
    return Response(text, content_type=metrics.CONTENT_TYPE)


def _answer(found: list[health.Finding], status: int) -> Response:
    body = {
        "status": health.worst(found),
        "version": __version__,
        "checks": {f.name: [{"status": f.status, "output": f.output}] for f in found},
    }
    return Response(orjson.dumps(body), status, content_type="application/health+json")
