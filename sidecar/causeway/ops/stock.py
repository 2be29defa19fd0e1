"""The operations pages of stock and price: why is this 7, what is held, what shops show."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request
from werkzeug.wrappers import Response as AnyResponse

from causeway.catalog import drift, explain, held
from causeway.catalog.rails import RULES
from causeway.engine.cataloguing import terms_of
from causeway.feed.stock_views import plain
from causeway.ops import refusals, store_queries
from causeway.ops.desk import ACTOR, back_to, desk, page

bp = Blueprint("ops_stock", __name__, url_prefix="/ops/stock")
refusals.handle(bp)


@bp.get("/")
def overview() -> Response:
    """Explain one SKU, and list what is held and what shops show otherwise."""
    here = desk()
    store, sku = request.args.get("store", "")[:40], request.args.get("sku", "").strip()[:120]
    now, said = here.context.now(), None
    with here.context.ledger.read() as connection:
        terms = terms_of(here.context, connection)
        if store and sku.isprintable() and sku:
            found = explain.explain(connection, terms, store, sku, now)
            said = plain(found) if found else None
        cases = {
            key: (count, held.listed(connection, key))
            for key, count in held.counts(connection).items()
        }
        return page(
            "stock.html",
            store=store,
            sku=sku,
            said=said,
            stores=store_queries.names(connection),
            cases=cases,
            rules=RULES,
            drifts=drift.with_sources(connection, terms, drift.find(connection, now)[:200], now),
        )


@bp.post("/held/<path:key>/<verdict>")
def decide(key: str, verdict: str) -> AnyResponse:
    """Approve or refuse what a case holds."""
    here = desk()
    skus: list[str] = []
    if verdict in ("approve", "refuse") and key.count(":") >= 2:
        with here.context.ledger.write() as connection:
            now = here.context.now()
            one = request.form.get("sku", "")[:120]
            skus = held.decide(connection, key, verdict == "approve", ACTOR, now, one)
            if skus:
                here.audit(connection, verdict, f"{key} ({len(skus)})")
    if skus:
        here.hints.project()
    flash(f"{key}: {len(skus)} decided." if skus else f"{key[:80]} holds nothing.")
    return back_to(request.form.get("back", ""))


@bp.post("/correct-all")
def correct_all() -> AnyResponse:
    """Tell every shop again what it shows otherwise."""
    here, now, done = desk(), desk().context.now(), 0
    with here.context.ledger.read() as connection:
        found = drift.find(connection, now)
    with here.context.ledger.write() as connection:
        for store in sorted({d.store for d in found}):
            skus = sorted({d.sku for d in found if d.store == store})
            done += drift.correct(connection, store, skus, now)
        if done:
            here.audit(connection, "stock_correct", f"{done} SKUs")
    flash(f"{done} SKUs stand in the feed again." if done else "Every shop shows what it should.")
    return back_to(request.form.get("back", ""))


@bp.post("/correct/<store>/<path:sku>")
def correct(store: str, sku: str) -> AnyResponse:
    """Tell the shop the SKU's figures again."""
    here = desk()
    with here.context.ledger.write() as connection:
        done = drift.correct(connection, store[:40], [sku[:120]], here.context.now())
        if done:
            here.audit(connection, "stock_correct", f"{store} {sku}")
    flash(f"{sku[:120]} stands in the feed again." if done else "It is in no catalogue.")
    return back_to(request.form.get("back", ""))
