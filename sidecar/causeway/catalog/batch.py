"""What some SKUs mean for one store: rows that change, grants, held changes. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from causeway.catalog import figures, held, rails
from causeway.catalog.availability import ZERO
from causeway.catalog.figures import Inputs, Shown, StockFigure, StoreTerms
from causeway.catalog.held import Held
from causeway.catalog.pricing import PriceFigure
from causeway.catalog.rails import Verdicts

_FIGURES = (
    "quantity", "incoming", "incoming_at", "backorders",
    "regular", "sale", "currency", "includes_tax", "sale_state",
    "sale_until", "tiers",
)  # fmt: skip
_EMPTY = Shown(None, None, None, "", 0, None, "", None, "", None, None, 0, None)
_NO_VERDICTS = Verdicts()


@dataclass
class Batch:
    """For one store: `changed` rows get new numbers, `turned` ones only another `turns_at`."""

    terms: StoreTerms
    changed: list[dict[str, Any]] = field(default_factory=list)
    turned: list[dict[str, Any]] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    released: list[Held] = field(default_factory=list)

    def without(self, skus: set[str]) -> Batch:
        """The same, but for these."""
        return Batch(
            self.terms,
            [row for row in self.changed if row["sku"] not in skus],
            [row for row in self.turned if row["sku"] not in skus],
            [sku for sku in self.withdrawn if sku not in skus],
            [change for change in self.held if change.sku not in skus],
            [change for change in self.released if change.sku not in skus],
        )


def work_out(
    inputs: Inputs,
    skus: Sequence[str],
    stores: Sequence[StoreTerms],
    now: datetime,
    verdicts: Mapping[str, Verdicts],
    before: Mapping[held.Key, Held],
) -> list[Batch]:
    """`before` is what is or was held of these SKUs; a batch for each store."""
    batches = [Batch(terms) for terms in stores]
    for sku in skus:
        found = figures.stock(inputs, sku, stores)
        for batch in batches:
            name = batch.terms.name
            _add(batch, inputs, sku, found.get(name), now, verdicts.get(name, _NO_VERDICTS), before)
    return batches


def _add(
    batch: Batch,
    inputs: Inputs,
    sku: str,
    stock: StockFigure | None,
    now: datetime,
    verdict: Verdicts,
    before: Mapping[held.Key, Held],
) -> None:
    """The SKU's row as the store shall see it, guard rails applied to stock and price apart."""
    price = figures.price(inputs, sku, batch.terms, now)
    was = inputs.shown.get((batch.terms.name, sku))
    if was is None and stock is None and price is None:
        _other_currency(batch, inputs, sku, before)
        return
    base = was or _EMPTY
    row: dict[str, Any] = {name: getattr(base, name) for name in Shown.__slots__}
    row.update(store=batch.terms.name, sku=sku, currency=batch.terms.store.currency)
    row["turns_at"] = None
    if stock is not None:
        row.update(_stock_values(stock, batch.terms))
        row["quantity"] = _quantity(batch, inputs, sku, stock, verdict, before)
    elif row["quantity"] is not None:
        row["quantity"] = _left_of(batch, inputs, sku, row["quantity"])
    if price is not None:
        rule = rails.price_rule(was, price, batch.terms.policy, verdict.prices)
        said = f"{price.regular:f}" + (f" / {price.sale:f}" if price.sale is not None else "")
        row["turns_at"] = price.turns_at
        if not _held(batch, sku, "price", rule, _price_of(was), said, before):
            row.update(_price_values(price))
            row["as_of"] = row["as_of"] or price.as_of
    else:
        _other_currency(batch, inputs, sku, before)
    if was is None and row["quantity"] is None and row["regular"] is None and stock is None:
        return
    _sort(batch, inputs, sku, row, was)


def _sort(batch: Batch, inputs: Inputs, sku: str, row: dict[str, Any], was: Shown | None) -> None:
    """Whether the store must be told, and whether its grant is void."""
    grant = inputs.grants.get((batch.terms.name, sku))
    if row["quantity"] is None and grant is not None and not batch.terms.reads:
        batch.withdrawn.append(sku)
    # A figure that is the same again says something new to a shop that has sold of it since.
    again = row["quantity"] is not None and (
        grant is None or grant.remaining != max(row["quantity"], ZERO)
    )
    if was is None or again or any(getattr(was, name) != row[name] for name in _FIGURES):
        batch.changed.append(row)
    elif was.turns_at != row["turns_at"]:
        batch.turned.append({"store": row["store"], "sku": sku, "turns_at": row["turns_at"]})


def _quantity(
    batch: Batch,
    inputs: Inputs,
    sku: str,
    stock: StockFigure,
    verdict: Verdicts,
    before: Mapping[held.Key, Held],
) -> Decimal | None:
    """None for a shop that has not asked yet: what it cannot read, it cannot sell on."""
    name = batch.terms.name
    if not batch.terms.reads:
        return None
    was = inputs.shown.get((name, sku))
    rule = rails.stock_rule(was, stock.quantity, verdict.zero)
    rule = rule or _still_held(before.get((name, sku, "stock")), f"{stock.quantity:f}", was)
    if not _held(batch, sku, "stock", rule, _of(was), f"{stock.quantity:f}", before):
        return stock.quantity
    shown = was.quantity if was and was.quantity is not None else stock.quantity
    return _left_of(batch, inputs, sku, shown)


def _left_of(batch: Batch, inputs: Inputs, sku: str, shown: Decimal) -> Decimal:
    """Where no new figure is to be had the last one stands, less what was sold of it since."""
    grant = inputs.grants.get((batch.terms.name, sku))
    return min(shown, grant.remaining) if grant else shown


def _held(
    batch: Batch,
    sku: str,
    part: str,
    rule: str,
    was: str,
    new: str,
    before: Mapping[held.Key, Held],
) -> bool:
    """Whether the change stays here; what is held or released of it is noted in the batch."""
    found = before.get((batch.terms.name, sku, part))
    if not rule:
        if found is not None:
            batch.released.append(found)
        return False
    made = hashlib.sha256(f"{rule}|{new}".encode()).hexdigest()
    decided = held.passes(found, made)
    if decided is None and (found is None or found.print != made):
        batch.held.append(Held(batch.terms.name, sku, part, rule, was, new, made))
        if found is not None and found.rule != rule:
            batch.released.append(found)
    return decided is not True


def _still_held(found: Held | None, new: str, was: Shown | None) -> str:
    """A sell-out that was held with its run stays held when it is worked out alone again."""
    stays = found is not None and found.state != held.APPROVED and found.new == new
    return found.rule if found is not None and stays and was is not None else ""


def _other_currency(
    batch: Batch, inputs: Inputs, sku: str, before: Mapping[held.Key, Held]
) -> None:
    """No price holds; where the source says one in another currency, a person is told."""
    terms, currency = batch.terms, batch.terms.store.currency
    mine = [
        e
        for e in inputs.entries.get(sku, [])
        if e.connection in terms.sources and e.price_list == terms.policy.price_list
    ]
    if mine and all(e.currency != currency for e in mine):
        said = f"{mine[0].regular:f} {mine[0].currency}"
        _held(batch, sku, "price", "currency", currency, said, before)


def _stock_values(stock: StockFigure, terms: StoreTerms) -> dict[str, Any]:
    return {
        "as_of": stock.as_of,
        "incoming": stock.incoming or None,
        "incoming_at": stock.incoming_at,
        "backorders": int(terms.policy.backorders),
    }


def _price_values(price: PriceFigure) -> dict[str, Any]:
    tiers = [
        {
            "group": t.group,
            "min_quantity": f"{t.min_quantity.normalize():f}",
            "regular_price": f"{t.regular:f}",
            "sale_price": f"{t.sale:f}" if t.sale is not None else None,
        }
        for t in price.tiers
    ]
    return {
        "regular": price.regular,
        "sale": price.sale,
        "includes_tax": int(price.includes_tax),
        "sale_state": price.sale_state,
        "sale_until": price.sale_until,
        "tiers": json.dumps(tiers) if tiers else "",
    }


def _of(was: Shown | None) -> str:
    return f"{was.quantity:f}" if was is not None and was.quantity is not None else "—"


def _price_of(was: Shown | None) -> str:
    if was is None or was.regular is None:
        return "—"
    return f"{was.regular:f}" + (f" / {was.sale:f}" if was.sale is not None else "")
