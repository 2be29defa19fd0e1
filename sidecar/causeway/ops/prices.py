"""The page Prices: what a SKU costs and why, and the prices that stores say themselves."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from flask import Blueprint, Response, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from causeway.catalog import explain, overrides
from causeway.engine.cataloguing import terms_of
from causeway.errors import CausewayError
from causeway.feed.stock_views import plain
from causeway.ops import refusals, store_queries
from causeway.ops.desk import ACTOR, back_to, desk, page

bp = Blueprint("ops_prices", __name__, url_prefix="/ops/prices")
refusals.handle(bp)


@bp.get("/")
def overview() -> Response:
    """Explain one price, say or end the store's own, and list all that stand."""
    here, now = desk(), desk().context.now()
    store, sku = request.args.get("store", "")[:40], request.args.get("sku", "").strip()[:120]
    said, said_before = None, []
    with here.context.ledger.read() as connection:
        if store and sku and sku.isprintable():
            terms = terms_of(here.context, connection)
            found = explain.explain(connection, terms, store, sku, now)
            said = plain(found) if found else None
            said_before = overrides.history(connection, store, sku)
        # The west begins its day last: what ended there is over everywhere.
        standing = overrides.standing(connection, (now - timedelta(hours=12)).date())
        return page(
            "prices.html",
            store=store,
            sku=sku,
            said=said,
            history=said_before,
            standing=standing,
            stores=store_queries.names(connection),
            today=now.date(),
        )


@bp.post("/say")
def say() -> AnyResponse:
    """A store's own price, with who says it and why."""
    here, form = desk(), request.form
    store, sku = form.get("store", "")[:40], form.get("sku", "").strip()[:120]
    try:
        amount, until = _amount(form.get("price", "")), _day(form.get("until", ""))
        who, reason = form.get("who", "").strip()[:60], form.get("reason", "").strip()[:255]
        if not who or not reason:
            raise CausewayError("say who you are and why; both are kept on record")
        with here.context.ledger.write() as connection:
            terms, now = terms_of(here.context, connection), here.context.now()
            found = explain.explain(connection, terms, store, sku, now)
            overrides.check(amount, found.allowed if found else None)
            overrides.say(connection, store, sku, amount, reason, f"{who} ({ACTOR})", now, until)
            here.audit(connection, "price_override", f"{store} {sku} {amount}: {who}")
    except CausewayError as error:
        flash(f"Nothing was changed: {error}.")
    else:
        here.hints.project()
        flash(f"{store} asks {amount} for {sku}{f' until {until}' if until else ''}.")
    return back_to(url_for("ops_prices.overview", store=store, sku=sku))


@bp.post("/end/<store>/<path:sku>")
def end(store: str, sku: str) -> AnyResponse:
    """Give the source the word again."""
    here, now = desk(), desk().context.now()
    with here.context.ledger.write() as connection:
        found = overrides.history(connection, store[:40], sku[:120])
        stands = bool(found) and found[0].regular is not None
        if stands:
            overrides.say(connection, store, sku, None, "ended on the page Prices", ACTOR, now)
            here.audit(connection, "price_override", f"{store} {sku} ended")
    if stands:
        here.hints.project()
    flash(f"{sku[:120]}: the source's price holds again." if stands else "None stands there.")
    return back_to(request.form.get("back", ""))


def _amount(text: str) -> Decimal:
    try:
        found = Decimal(text.strip())
    except InvalidOperation as error:
        raise CausewayError(f"“{text[:40]}” is not an amount; write it as 13.90") from error
    if not found.is_finite() or not 0 < found < 10**9:
        raise CausewayError("a price must be above zero and below a thousand million")
    return found


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise CausewayError(f"“{text[:40]}” is not a day; write it as 2026-12-24") from error
