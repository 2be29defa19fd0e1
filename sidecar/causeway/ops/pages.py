"""The operations pages that are read. A GET changes nothing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, request
from werkzeug.wrappers import Response as AnyResponse

from causeway.engine import shadowing
from causeway.feed import journey
from causeway.flows.state import Phase
from causeway.ledger import cases, connections, deliveries
from causeway.ledger.states import CaseState, DeliveryState
from causeway.ops import health, order_queries, queries, refusals, store_queries, verdict
from causeway.ops.connections_view import connection_views
from causeway.ops.desk import desk, page

bp = Blueprint(
    "ops",
    __name__,
    url_prefix="/ops",
    template_folder="templates",
    static_folder="static",
    static_url_path="/static",
)
refusals.handle(bp)
MOST_CASES = 20
COMPARED = 50
"""So many orders of a connection in shadow are compared on its page, the newest."""
# In this order: what needs a person comes first.
STANDING = (
    DeliveryState.PARKED,
    DeliveryState.UNKNOWN,
    DeliveryState.SENDING,
    DeliveryState.WAITING,
)


@bp.get("/")
def overview() -> Response:
    here = desk()
    findings = health.summary(here.context, here.redis)
    with here.context.ledger.read() as connection:
        return page(
            "overview.html",
            health=health.worst(findings),
            verdict=verdict.of(findings),
            findings=findings,
            numbers=queries.numbers(connection, here.midnights(connection)),
            cases=cases.find_open(connection, limit=MOST_CASES),
            stores=store_queries.names(connection),
            connections=here.context.settings.connections,
        )


@bp.get("/orders")
def orders() -> Response:
    wanted = order_queries.Wanted(
        store=_word("store"), phase=_word("state"), number=_word("number").lstrip("#")
    )
    after = order_queries.place(request.args.get("after", ""))
    with desk().context.ledger.read() as connection:
        return page(
            "orders.html",
            wanted=wanted,
            phases=list(Phase),
            stores=store_queries.names(connection),
            found=order_queries.find(connection, wanted, after),
            further=after is not None,
        )


@bp.get("/orders/<store>/<order_id>")
def order(store: str, order_id: str) -> Response:
    store, order_id = store[:40], order_id[:64]
    with desk().context.ledger.read() as connection:
        found = journey.of(connection, store, order_id)
        if found is None or found["order"] is None:
            about = cases.find_open(connection, store=store, order_id=order_id)
            return page("unknown_order.html", 404, store=store, order_id=order_id, cases=about)
        sent = found["deliveries"]
        return page(
            "order.html",
            found=found,
            cases=journey.open_cases(connection, store, order_id),
            attempts=queries.attempts_of(connection, [row["id"] for row in sent]),
            remote=queries.numbers_of(connection, [(d["connection"], d["key"]) for d in sent]),
        )


@bp.get("/deliveries")
def undelivered() -> Response:
    name, state, after = _word("connection"), _word("state"), _number("after")
    shown = [s for s in STANDING if s == state] or list(STANDING)
    with desk().context.ledger.read() as connection:
        counts = deliveries.counts(connection)
        groups = [
            (s, queries.unfinished(connection, s.value, name, after if state else 0)) for s in shown
        ]
        return page(
            "deliveries.html",
            groups=[(s, rows) for s, rows in groups if rows],
            counts=_by_state(counts, name),
            name=name,
            state=state,
            standing=STANDING,
            most=queries.PAGE,
            paused={n: r for n, r in connections.every(connection).items() if r.paused_at},
            parked={n: k for (n, s), k in counts.items() if s == DeliveryState.PARKED},
        )


@bp.get("/cases")
def all_cases() -> Response:
    state = CaseState.RESOLVED if _word("state") == "resolved" else CaseState.OPEN
    with desk().context.ledger.read() as connection:
        rows = queries.cases_in(connection, state, _number("before") or None)
        groups: dict[str, list[Any]] = {}
        for row in rows:
            groups.setdefault(row.kind if state is CaseState.OPEN else "", []).append(row)
        return page(
            "cases.html",
            groups=groups,
            state=state.value,
            before=rows[-1].id if len(rows) == queries.PAGE else None,
            counts=cases.count_open(connection),
        )


@bp.get("/connections")
def all_connections() -> Response:
    here = desk()
    with here.context.ledger.read() as connection:
        views = connection_views(connection, here.context.settings.connections, here.context.limits)
    return page("connections.html", views=views)


@bp.get("/connections/<name>/shadow")
def shadow(name: str) -> Response:
    """What a connection in shadow would have been sent, beside what another connector did."""
    here = desk()
    if name not in {settings.name for settings in here.context.settings.connections}:
        abort(404)
    with here.context.ledger.read() as connection:
        row = connections.every(connection).get(name, connections.ConnectionRow(name))
    found = shadowing.compare(here.context, name, COMPARED)
    verdicts = [one.verdict for one in found]
    counts = {word: verdicts.count(word) for word in shadowing.VERDICTS if word in verdicts}
    return page("shadow.html", name=name, row=row, found=found, counts=counts, most=COMPARED)


@bp.get("/stores")
def all_stores() -> Response:
    here = desk()
    with here.context.ledger.read() as connection:
        rows = store_queries.shops(connection, here.context.now())
    return page("stores.html", rows=rows)


@bp.get("/<path:rest>")
def nowhere(rest: str) -> AnyResponse:
    abort(404)


def _by_state(counts: dict[tuple[str, str], int], name: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for (connection, state), count in counts.items():
        if not name or connection == name:
            found[state] = found.get(state, 0) + count
    return found


def _word(name: str) -> str:
    return request.args.get(name, "").strip()[:64]


def _number(name: str) -> int:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0
