"""GET /v1/updates, POST /v1/updates/ack, GET /v1/catalog, GET /v1/orders/<id> and its labels."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from typing import Any

import orjson
from flask import Blueprint, Response, current_app, g, request

from causeway.canonical import exponent
from causeway.catalog import queries
from causeway.engine import labels
from causeway.engine.cataloguing import asked_name, reached_name
from causeway.engine.context import Context
from causeway.errors import ConnectorError
from causeway.feed import acks, journey
from causeway.feed.applied import confirm, first_asked
from causeway.feed.cursor import cursor_of, limit_of, number_of
from causeway.feed.names import ack_name
from causeway.ledger import cursors, updates
from causeway.wire.gate import signed
from causeway.wire.problems import Problem, ProblemError

bp = Blueprint("feed", __name__)
MOST_UPDATES = 500
MOST_ROWS = 5000
GZIP_FROM_BYTES = 1024
LABEL_RETRY_SECONDS = 10


@bp.get("/v1/updates")
@signed
def read_updates() -> Response:
    """What the store must be told past its cursor, oldest first. Each key is to be applied once."""
    after, limit = cursor_of(request), limit_of(request, 100, MOST_UPDATES)
    with _context().ledger.read() as connection:
        rows = updates.after(connection, g.store.name, after, limit + 1)
    page = rows[:limit]
    body = {
        "updates": [
            {
                "id": str(row.seq),
                "key": row.key,
                "kind": row.kind,
                "entity": row.entity,
                "entity_id": row.entity_id,
                "created_at": row.created_at,
                "data": json.loads(row.data),
            }
            for row in page
        ],
        "cursor": str(page[-1].seq if page else after),
        "more": len(rows) > limit,
    }
    return _json(body)


@bp.post("/v1/updates/ack")
@signed
def acknowledge() -> Response:
    """Everything up to a cursor has come to its end in the store. Going back is not remembered."""
    said = acks.read(request.get_data())
    store, now = g.store.name, _context().now()
    with _context().ledger.write() as connection:
        if said.cursor > updates.last(connection, store):
            raise ProblemError(
                Problem(
                    "invalid",
                    "The cursor lies past the last update.",
                    "Acknowledge a cursor that GET /v1/updates gave.",
                    field="cursor",
                )
            )
        before = int(cursors.get(connection, ack_name(store)) or 0)
        acks.open_cases(connection, store, said, before, now)
        if said.cursor > before:
            cursors.move(connection, ack_name(store), str(said.cursor), now)
    return _json({"cursor": str(max(said.cursor, before))})


@bp.get("/v1/catalog")
@signed
def read_catalog() -> Response:
    """Stock and price rows that changed past the cursor; 304 when there are none and the ETag fits.

    A row holds the SKU's figures as they are now; one that changes while a reader pages through
    moves to the end and is met there. `events_until` is the number of an event of this store up to
    which every row counts its orders. `applied` is the cursor up to which the shop has put all
    rows in force: only then may another store have what was taken from this one.
    """
    after, limit = cursor_of(request), limit_of(request, 1000, MOST_ROWS)
    store = g.store.name
    names = (store, asked_name(store), reached_name(store))
    known = request.headers.get("If-None-Match", "")
    applied = number_of(request, "applied")
    with _context().ledger.glance() as connection:
        found = queries.standing(connection, *names, applied)
    if found.frees:
        confirm(_context(), store, applied)
    if not found.asked:
        first_asked(_context(), store)
    elif (etag := _etag(store, after, limit, found)) in known:
        return _tagged(Response(status=304), etag)
    with _context().ledger.read() as connection:  # what rows count first, never after them
        found = queries.standing(connection, *names)
        rows = queries.page(connection, store, after, limit)
    cursor = rows[-1].seq if rows else after
    body = {
        "rows": [_catalog_row(row) for row in rows],
        "cursor": str(cursor),
        "more": cursor < found.last and len(rows) == limit,
        "events_until": str(found.reached),
    }
    return _tagged(_json(body), _etag(store, after, limit, found))


@bp.get("/v1/orders/<order_id>")
@signed
def read_order(order_id: str) -> Response:
    """One order's journey, as the order's panel in the shop shows it."""
    found = None
    if order_id.isprintable():  # PostgreSQL has no text with NUL in it
        with _context().ledger.read() as connection:
            found = journey.of(connection, g.store.name, order_id[:64])
    if found is None:
        raise ProblemError(
            Problem(
                "not-found",
                f"Order {order_id[:64]} has not arrived here.",
                "Send it; if it was sent, look at the events the sidecar refused.",
                field="order_id",
            )
        )
    return _json(found)


@bp.get("/v1/orders/<order_id>/labels/<ref>")
@signed
def read_label(order_id: str, ref: str) -> Response:
    """The label of one of the order's parcels, as its connection gives it."""
    try:
        found = labels.label_of(_context(), g.store.name, order_id[:64], ref[:120])
    except labels.NoLabel as error:
        raise ProblemError(
            Problem(
                "not-found",
                labels.why_not(error),
                "Look at `parcels` of the order's journey for those that have one.",
                field="ref",
            )
        ) from error
    except ConnectorError as error:
        raise ProblemError(
            Problem(
                "not-ready",
                labels.why_not(error),
                "Ask again in a moment.",
                retry_after=LABEL_RETRY_SECONDS,
            )
        ) from error
    return Response(found.data, content_type=found.media_type)


def compress(answer: Response) -> Response:
    """Gzip for who accepts it. The signature is over the text, so it is put on before."""
    worth = len(answer.get_data()) >= GZIP_FROM_BYTES if not answer.is_streamed else False
    if worth and request.accept_encodings.quality("gzip") > 0:
        answer.set_data(gzip.compress(answer.get_data(), 5))
        answer.headers["Content-Encoding"] = "gzip"
    answer.vary.add("Accept-Encoding")
    return answer


def _catalog_row(row: queries.CatalogRow) -> dict[str, Any]:
    return {
        "sku": row.sku,
        "quantity": _text(row.quantity, 0),
        "regular_price": _text(row.regular, exponent(row.currency)),
        "sale_price": _text(row.sale, exponent(row.currency)),
        "currency": row.currency,
        "sale": row.sale_state or None,
        "sale_until": row.sale_until,
        "price_tiers": orjson.loads(row.tiers) if row.tiers else [],
        "prices_include_tax": bool(row.includes_tax),
        "backorders": bool(row.backorders),
        "incoming": _text(row.incoming, 0),
        "incoming_at": row.incoming_at,
        "as_of": row.as_of,
    }


def _text(number: Decimal | None, decimals: int) -> str | None:
    """The same text whatever database keeps the number: `decimals` or, if it needs them, more."""
    if number is None:
        return None
    exact, step = number.normalize(), Decimal(1).scaleb(-decimals)
    return f"{exact.quantize(step) if exact == exact.quantize(step) else exact:f}"


def _etag(store: str, after: int, limit: int, found: queries.Standing) -> str:
    return f'"{store}-{after}-{limit}-{found.last}-{found.reached}"'


def _tagged(answer: Response, etag: str) -> Response:
    answer.headers["ETag"] = etag
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _json(body: dict[str, Any]) -> Response:
    return Response(orjson.dumps(body, option=orjson.OPT_UTC_Z), content_type="application/json")


def _context() -> Context:
    context: Context = current_app.extensions["causeway_context"]
    return context
