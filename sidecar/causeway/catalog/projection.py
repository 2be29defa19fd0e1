"""Working out what each store's catalogue says, and numbering what changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, delete, func, select

from causeway.catalog import allocations, figures, grants, held, rails
from causeway.catalog.availability import known_until
from causeway.catalog.figures import Inputs, StockFigure, StoreTerms
from causeway.catalog.held import Held
from causeway.catalog.pricing import PriceFigure
from causeway.catalog.rails import Tally, Verdicts
from causeway.ledger.sql import take_numbers, upsert
from causeway.ledger.tables import catalog, dirty_skus

AT_ONCE = 500
_STOCK = ("quantity", "incoming", "incoming_at", "backorders")
_PRICE = ("regular", "sale", "currency", "includes_tax", "sale_state", "tiers")
_FIGURES = (*_STOCK, *_PRICE)
_NOTHING: dict[str, Any] = {
    "quantity": None, "incoming": None, "incoming_at": None, "backorders": 0, "regular": None,
    "sale": None, "includes_tax": 0, "sale_state": "", "tiers": "", "turns_at": None,
}  # fmt: skip


@dataclass
class _Batch:
    """What some SKUs mean for one store."""

    terms: StoreTerms
    rows: list[dict[str, Any]] = field(default_factory=list)
    shared: set[str] = field(default_factory=set)
    held: list[Held] = field(default_factory=list)
    released: list[Held] = field(default_factory=list)


def project_dirty(
    connection: Connection,
    stores: Sequence[StoreTerms],
    now: datetime,
    verdicts: Mapping[str, Verdicts] | None = None,
) -> int:
    """Work out up to AT_ONCE marked SKUs for every store; how many were marked.

    `verdicts` says, by store, what is held of the whole run (see `survey`).
    """
    oldest = dirty_skus.c.marked_at, dirty_skus.c.sku
    query = select(dirty_skus.c.sku).order_by(*oldest).limit(AT_ONCE)
    skus = [row.sku for row in connection.execute(query.with_for_update(skip_locked=True))]
    if not skus:
        return 0
    connection.execute(delete(dirty_skus).where(dirty_skus.c.sku.in_(skus)))
    inputs = figures.load(connection, skus, _by_category(stores))
    before = held.known(connection, skus)
    batches = {t.name: _Batch(t) for t in stores}
    for sku in skus:
        found, shared = figures.stock(inputs, sku, stores)
        for batch in batches.values():
            _add(batch, inputs, sku, found.get(batch.terms.name), now, verdicts or {}, before)
            if shared and batch.terms.name in found:
                batch.shared.add(sku)
    for batch in batches.values():
        _publish(connection, batch, inputs, now)
        held.keep(connection, batch.held, now)
        held.release(connection, batch.released, now)
    for sku in skus:
        known = known_until(inputs.levels.get(sku, []))
        counted = [h for h in inputs.holds.get(sku, []) if known and not h.uncounted(known)]
        allocations.forget(connection, sku, counted)
    return len(skus)


def survey(
    connection: Connection, stores: Sequence[StoreTerms], now: datetime, from_rows: int
) -> dict[str, Verdicts]:
    """Look through all that is marked before any of it is shown: does it empty the shelves?

    Nothing when fewer than `from_rows` SKUs are marked. Reads only.
    """
    marked = connection.scalar(select(func.count()).select_from(dirty_skus)) or 0
    if marked < from_rows:
        return {}
    tallies = {t.name: Tally(_rows(connection, t.name)) for t in stores}
    after = ""
    while skus := _marked(connection, after):
        after = skus[-1]
        inputs = figures.load(connection, skus, _by_category(stores))
        for sku in skus:
            found, _ = figures.stock(inputs, sku, stores)
            for terms in stores:
                was = inputs.shown.get((terms.name, sku))
                tally, stock = tallies[terms.name], found.get(terms.name)
                tally.zeroed += rails.zeroed(was, stock.quantity if stock else None)
                tally.repriced += rails.repriced(was, figures.price(inputs, sku, terms, now))
    return {t.name: tallies[t.name].verdicts(t.policy) for t in stores}


def turning(connection: Connection, now: datetime, most: int = 5000) -> list[str]:
    """SKUs whose price begins or ends by itself and should have by now."""
    query = select(catalog.c.sku).where(catalog.c.turns_at <= now).distinct().limit(most)
    return list(connection.scalars(query))


def _marked(connection: Connection, after: str) -> list[str]:
    query = select(dirty_skus.c.sku).where(dirty_skus.c.sku > after)
    return list(connection.scalars(query.order_by(dirty_skus.c.sku).limit(AT_ONCE)))


def _rows(connection: Connection, store: str) -> int:
    query = select(func.count()).select_from(catalog).where(catalog.c.store == store)
    return connection.scalar(query) or 0


def _by_category(stores: Sequence[StoreTerms]) -> bool:
    return any(t.policy.category_buffers for t in stores)


def _add(
    batch: _Batch,
    inputs: Inputs,
    sku: str,
    stock: StockFigure | None,
    now: datetime,
    verdicts: Mapping[str, Verdicts],
    before: Mapping[held.Key, Held],
) -> None:
    """The SKU's row as the store shall see it, guard rails applied to stock and price apart."""
    name = batch.terms.name
    price = figures.price(inputs, sku, batch.terms, now)
    was = inputs.shown.get((name, sku))
    verdict = verdicts.get(name, Verdicts())
    row: dict[str, Any] = {"store": name, "sku": sku, "currency": batch.terms.store.currency}
    row["turns_at"] = price.turns_at if price else None
    if stock is not None:
        rule = rails.stock_rule(was, stock.quantity, verdict.zero)
        rule = rule or _still_held(before.get((name, sku, "stock")), f"{stock.quantity:f}", was)
        values = _stock_values(stock, batch.terms)
        if _held(batch, sku, "stock", rule, _of(was), f"{stock.quantity:f}", before):
            grant = inputs.grants.get((name, sku))
            shown = was.quantity if was and was.quantity is not None else stock.quantity
            values["quantity"] = min(shown, grant.remaining) if grant else shown
            batch.shared.add(sku)  # what it sells meanwhile is counted by its grant
        row.update(values)
    if price is not None:
        rule = rails.price_rule(was, price, batch.terms.policy, verdict.prices)
        said = f"{price.regular:f}" + (f" / {price.sale:f}" if price.sale is not None else "")
        if not _held(batch, sku, "price", rule, _price_of(was), said, before):
            row.update(_price_values(price))
    elif _in_other_currency(inputs, sku, batch.terms):
        other = next(e for e in inputs.entries[sku] if e.connection in batch.terms.sources)
        said = f"{other.regular:f} {other.currency}"
        _held(batch, sku, "price", "currency", batch.terms.store.currency, said, before)
    if was is not None or "quantity" in row or "regular" in row:
        batch.rows.append(row)


def _held(
    batch: _Batch,
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


def _still_held(found: Held | None, new: str, was: figures.Shown | None) -> str:
    """A sell-out that was held with its run stays held when it is worked out alone again."""
    stays = found is not None and found.state != held.APPROVED and found.new == new
    return found.rule if found is not None and stays and was is not None else ""


def _in_other_currency(inputs: Inputs, sku: str, terms: StoreTerms) -> bool:
    mine = [
        e
        for e in inputs.entries.get(sku, [])
        if e.connection in terms.sources and e.price_list == terms.policy.price_list
    ]
    return bool(mine) and all(e.currency != terms.store.currency for e in mine)


def _stock_values(stock: StockFigure, terms: StoreTerms) -> dict[str, Any]:
    return {
        "quantity": stock.quantity,
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
        "tiers": json.dumps(tiers) if tiers else "",
        "turns_at": price.turns_at,
        "price_as_of": price.as_of,
    }


def _publish(connection: Connection, batch: _Batch, inputs: Inputs, now: datetime) -> None:
    """Give each row whose figures changed the store's next number, which is what cursors follow."""
    store = batch.terms.name
    if not batch.rows:
        return
    query = select(catalog).where(
        catalog.c.store == store, catalog.c.sku.in_([row["sku"] for row in batch.rows])
    )
    known = {row.sku: dict(row._mapping) for row in connection.execute(query)}
    rows = [_whole(row, known.get(row["sku"])) for row in batch.rows]
    changed = [
        row
        for row in rows
        if row["sku"] not in known or any(known[row["sku"]][n] != row[n] for n in _FIGURES)
    ]
    turned = [
        {**known[row["sku"]], "turns_at": row["turns_at"]}
        for row in rows
        if row["sku"] in known
        and row not in changed
        and known[row["sku"]]["turns_at"] != row["turns_at"]
    ]
    upsert(connection, catalog, turned, ("store", "sku"))
    if not changed:
        return
    numbers = take_numbers(connection, f"catalog:{store}", len(changed))
    values = [
        {**row, "seq": seq, "changed_at": now} for seq, row in zip(numbers, changed, strict=True)
    ]
    upsert(connection, catalog, values, ("store", "sku"))
    told = {
        row["sku"]: (max(row["quantity"], Decimal(0)), row["seq"])
        for row in values
        if row["sku"] in batch.shared and row["quantity"] is not None
    }
    if told:
        start = {(store, sku): figures.grant_before(inputs, sku, store) for sku in told}
        grants.tell(connection, store, told, start)


def _whole(row: dict[str, Any], known: dict[str, Any] | None) -> dict[str, Any]:
    """The row with what is not said anew as it stands, all columns in one order."""
    base = {name: known[name] for name in _NOTHING} if known else dict(_NOTHING)
    as_of = row.get("as_of") or (known or {}).get("as_of") or row.get("price_as_of")
    more = {name: value for name, value in row.items() if name != "price_as_of"}
    return {**base, **more, "as_of": as_of}


def _of(was: figures.Shown | None) -> str:
    return f"{was.quantity:f}" if was is not None and was.quantity is not None else "—"


def _price_of(was: figures.Shown | None) -> str:
    if was is None or was.regular is None:
        return "—"
    return f"{was.regular:f}" + (f" / {was.sale:f}" if was.sale is not None else "")
