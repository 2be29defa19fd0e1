"""POST /v1/availability for carts, and GET /v1/stock/<sku>/explain."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson
from flask import Blueprint, Response, current_app, g, request

from causeway.canonical import exponent
from causeway.catalog import explain
from causeway.catalog.explain import WORDS, Explanation
from causeway.engine.cataloguing import reached_name, terms_of
from causeway.engine.context import Context
from causeway.feed import availability
from causeway.feed.availability import Asked
from causeway.ledger import cursors
from causeway.wire.gate import signed
from causeway.wire.problems import Problem, ProblemError
from causeway.wire.stock import CartSchema, read

bp = Blueprint("stock_feed", __name__)
_CART = CartSchema()


@bp.post("/v1/availability")
@signed
def check_cart() -> Response:
    """What of each line may be sold: from the ledger, or asked for live within the budget."""
    context, cart = _context(), read(_CART, request.get_data())
    asked = [Asked(line["sku"], line["quantity"]) for line in cart["lines"]]
    late: list[str] = []
    live: dict[str, Any] = {}
    if cart["live"]:
        live, late = availability.live(context, g.store.name, asked, cart["budget_ms"])
    with context.ledger.read() as connection:
        lines = availability.from_ledger(connection, g.store.name, asked, live, context.now())
        until = cursors.get(connection, reached_name(g.store.name)) or "0"
    return _json({"lines": lines, "late": late, "events_until": until})


@bp.get("/v1/stock/<path:sku>/explain")
@signed
def why(sku: str) -> Response:
    """Why is this 7?"""
    context, found = _context(), None
    if sku.isprintable():
        with context.ledger.read() as connection:
            terms = terms_of(context, connection)
            found = explain.explain(connection, terms, g.store.name, sku[:120], context.now())
    if found is None:
        raise ProblemError(
            Problem(
                "not-found",
                f"Nobody has reported {sku[:120]}.",
                "Give the product the SKU that the systems behind know it by.",
                field="sku",
            )
        )
    return _json(plain(found))


def plain(found: Explanation) -> dict[str, Any]:
    """An explanation as the API says it, which the CLI prints too."""
    return {
        "store": found.store,
        "sku": found.sku,
        "quantity": _text(found.quantity),
        "shown": _text(found.shown),
        "in_shop": _text(found.in_shop),
        "in_shop_at": found.in_shop_at,
        "as_of": found.as_of,
        "parts": [
            {
                "kind": part.kind,
                "ref": part.ref,
                "quantity": _text(part.quantity),
                "at": part.at,
                "note": part.note,
                "words": f"{WORDS[part.kind]} {part.ref}".strip(),
            }
            for part in found.parts
        ],
        "price": [
            {"kind": r.kind, "price": _amount(r.price, found.currency), "note": r.note, "at": r.at}
            for r in (found.price.reasons if found.price else ())
        ],
        "asked": found.asked,
        "effective_price": _effective(found),
        "held": [{"part": h.part, "rule": h.rule, "was": h.was, "new": h.new} for h in found.held],
        "waiting": found.waiting,
    }


def _effective(found: Explanation) -> dict[str, Any] | None:
    """What the store asks now, what its catalogue says, and what it may ask by its margin."""
    price, may = found.price, found.allowed
    if price is None or may is None:
        return None

    def amount(number: Decimal | None) -> str | None:
        return _amount(number, found.currency)

    return {
        "currency": found.currency,
        "regular_price": amount(price.regular),
        "sale_price": amount(price.sale),
        "prices_include_tax": price.includes_tax,
        "as_of": price.as_of,
        "turns_at": price.turns_at,
        "shown_regular_price": amount(found.shown_price),
        "shown_sale_price": amount(found.shown_sale),
        "price_tiers": [
            {
                "group": tier.group,
                "min_quantity": _text(tier.min_quantity),
                "regular_price": amount(tier.regular),
                "sale_price": amount(tier.sale),
            }
            for tier in price.tiers
        ],
        "base_price": amount(may.base),
        "margin_percent": may.margin_percent,
        "lowest_price": amount(may.low),
        "highest_price": amount(may.high),
    }


def _amount(number: Decimal | None, currency: str) -> str | None:
    """In the currency's minor units, or finer where the source is."""
    if number is None:
        return None
    step = Decimal(1).scaleb(-exponent(currency))
    whole = number == number.quantize(step)
    return f"{number.quantize(step) if whole else number.normalize():f}"


def _text(number: Decimal | None) -> str | None:
    return None if number is None else f"{number.normalize():f}"


def _json(body: dict[str, Any]) -> Response:
    return Response(orjson.dumps(body, option=orjson.OPT_UTC_Z), content_type="application/json")


def _context() -> Context:
    context: Context = current_app.extensions["causeway_context"]
    return context
