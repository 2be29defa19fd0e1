"""POST /v1/manifest: the shop lists what it has, and is told what is lacking here.

Completeness is proved this way, not assumed: a shop that listed a whole stretch of time and lacks
nothing is complete up to its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
from flask import Blueprint, Response, current_app, g, request
from marshmallow import ValidationError
from sqlalchemy import Connection, func, select

from causeway.canonical.codec import decode
from causeway.engine.context import Context
from causeway.flows.state import OrderState
from causeway.ledger import cursors
from causeway.ledger.tables import events, orders
from causeway.wire.gate import signed
from causeway.wire.manifest import ManifestSchema
from causeway.wire.problems import Problem, ProblemError

bp = Blueprint("manifest", __name__)


@dataclass(frozen=True, slots=True)
class Lack:
    """Ids never received (or only older versions of), and ids known with other content."""

    missing: tuple[str, ...]
    differing: tuple[str, ...]


_MANIFEST = ManifestSchema()


@bp.post("/v1/manifest")
@signed
def compare() -> Response:
    """Answer with what to send again; note how far the store is complete."""
    listed = _read(request.get_data())
    context: Context = current_app.extensions["causeway_context"]
    with context.ledger.read() as connection:
        lack = lacking(connection, g.store.name, listed["orders"])
        until = cursors.get(connection, complete_name(g.store.name))
    if listed["whole"] and not lack.missing and not lack.differing:
        until = _complete(context, g.store.name, listed["start"], listed["end"], until)
    body = {
        "missing": list(lack.missing),
        "differing": list(lack.differing),
        "complete_until": until or None,
    }
    return Response(orjson.dumps(body), content_type="application/json")


def lacking(connection: Connection, store: str, items: Sequence[dict[str, Any]]) -> Lack:
    """What of `items` (id, version, status, total) has not arrived, or arrived differently."""
    ids = [item["id"] for item in items]
    newest = (
        select(events.c.entity_id, func.max(events.c.version))
        .where(events.c.source == store, events.c.entity == "order")
        .where(events.c.entity_id.in_(ids))
        .group_by(events.c.entity_id)
    )
    received: dict[str, int] = {row[0]: row[1] for row in connection.execute(newest)}
    known = {
        row.order_id: row
        for row in connection.execute(
            select(orders).where(orders.c.store == store, orders.c.order_id.in_(ids))
        )
    }
    missing = [i["id"] for i in items if received.get(i["id"], 0) < i["version"]]
    differing = [
        i["id"] for i in items if i["id"] not in missing and _differs(i, known.get(i["id"]))
    ]
    return Lack(tuple(missing), tuple(differing))


def complete_name(store: str) -> str:
    """The cursor that says up to when everything of the store has arrived."""
    return f"store:{store}:complete"


def _differs(item: dict[str, Any], row: Any) -> bool:
    """Only where both speak of the same version: another one is on its way."""
    if row is None or row.version != item["version"]:
        return False
    total: Decimal | None = item["total"]
    if total is not None and total != row.total:
        return True
    status = decode(OrderState, row.state).order.status
    return bool(item["status"]) and item["status"].removeprefix("wc-") != status


def _complete(context: Context, store: str, start: datetime, end: datetime, until: str) -> str:
    """Move the mark on if the stretch begins where it stands, or nothing was proved before."""
    if until and (datetime.fromisoformat(until) < start or datetime.fromisoformat(until) >= end):
        return until
    moved = min(end, context.now()).isoformat()
    with context.ledger.write() as connection:
        cursors.move(connection, complete_name(store), moved, context.now())
    return moved


def _read(body: bytes) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = _MANIFEST.load(orjson.loads(body))
    except orjson.JSONDecodeError as error:
        raise ProblemError(
            Problem("bad-json", "The body is not JSON.", "Send one JSON object in UTF-8.")
        ) from error
    except ValidationError as error:
        field, text = _first(error.messages)
        raise ProblemError(
            Problem(
                "invalid",
                f"{field}: {text}",
                "Write it as the OpenAPI document at /v1/openapi.json says.",
                field=field,
            )
        ) from error
    return loaded


def _first(messages: Any) -> tuple[str, str]:
    path: list[str] = []
    while isinstance(messages, dict) and messages:
        key, messages = next(iter(messages.items()))
        path.append(str(key))
    text = messages[0] if isinstance(messages, list) and messages else messages
    return ".".join(path), str(text)
