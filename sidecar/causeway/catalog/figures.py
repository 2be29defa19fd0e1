"""Each store's figures for a SKU, worked out from what the ledger holds; explained by the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Connection, func, select

from causeway.catalog import allocations, grants
from causeway.catalog.availability import ZERO, Hold, Level, known_until, usable
from causeway.catalog.pricing import Entry, Override, PriceFigure, Terms, effective
from causeway.catalog.sharing import Allotted, Grant, Seller, allot
from causeway.ledger import connections
from causeway.ledger.sql import among
from causeway.ledger.stores import Store
from causeway.ledger.tables import (
    catalog,
    price_entries,
    price_overrides,
    products,
    stock_levels,
    stock_movements,
)
from causeway.policy import StorePolicy


@dataclass(frozen=True, slots=True)
class StoreTerms:
    """A store, its choices, and the connections whose figures it takes, in their order."""

    store: Store
    policy: StorePolicy
    sources: tuple[str, ...]
    reads: bool = True
    """Whether the shop sells on its catalogue: it has asked for it once, or is the only one.

    Until then it is told no quantity, and holds nothing back from the others.
    """

    @property
    def name(self) -> str:
        return self.store.name

    @property
    def price_terms(self) -> Terms:
        return Terms(
            self.store.currency,
            self.policy.timezone,
            self.policy.price_list,
            self.policy.group_price_lists,
            self.policy.price_margin_percent,
        )


@dataclass(frozen=True, slots=True)
class Shown:
    """A row of a store's catalogue as it stands."""

    quantity: Decimal | None
    regular: Decimal | None
    sale: Decimal | None
    currency: str
    includes_tax: int
    as_of: datetime | None
    sale_state: str
    sale_until: date | None
    tiers: str
    incoming: Decimal | None
    incoming_at: date | None
    backorders: int
    turns_at: datetime | None


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that the figures of some SKUs are made of, by SKU; overrides and shown by store too."""

    levels: Mapping[str, list[Level]]
    holds: Mapping[str, list[Hold]]
    entries: Mapping[str, list[Entry]]
    overrides: Mapping[tuple[str, str], Override]
    grants: Mapping[tuple[str, str], Grant]
    shown: Mapping[tuple[str, str], Shown]
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StockFigure:
    """`quantity` is what the store may sell; the rest is what explains it."""

    quantity: Decimal
    as_of: datetime
    levels: tuple[Level, ...]
    allotted: Allotted
    buffer: Decimal
    incoming: Decimal
    incoming_at: date | None


def load(connection: Connection, skus: Sequence[str], with_categories: bool = False) -> Inputs:
    return Inputs(
        _levels(connection, skus),
        allocations.holds(connection, skus),
        _entries(connection, skus),
        _overrides(connection, skus),
        grants.read(connection, skus),
        _shown(connection, skus),
        _categories(connection, skus) if with_categories else {},
    )


def stock(inputs: Inputs, sku: str, stores: Sequence[StoreTerms]) -> dict[str, StockFigure]:
    """What each store may sell; those left out know nothing of the SKU."""
    levels, holds = inputs.levels.get(sku), inputs.holds.get(sku, [])
    if not levels:
        return {}
    mine = {t.name: usable(levels, t.sources, t.policy.warehouses) for t in stores}
    reaching = [t for t in stores if mine[t.name]]
    if not reaching:
        return {}
    sellers = [_seller(inputs, sku, t, mine[t.name], holds) for t in reaching]
    known_names = {t.name for t in stores}
    strangers = [hold for hold in holds if hold.store not in known_names]
    free = {level.place: level.free for level in levels}
    if strangers:  # of stores that are gone: somebody still waits for the goods
        known = known_until(levels)
        owed = sum((hold.uncounted(known) for hold in strangers), ZERO)
        sellers.append(Seller("", frozenset(free), owed=owed, pooled=True))
    found = allot(free, sellers)
    return {
        t.name: _figure(t, mine[t.name], found[t.name], seller)
        for t, seller in zip(reaching, sellers, strict=False)
    }


def price(inputs: Inputs, sku: str, terms: StoreTerms, now: datetime) -> PriceFigure | None:
    """What the store asks for it; of several sources the first that says anything."""
    entries = inputs.entries.get(sku)
    if not entries:
        return None
    override = inputs.overrides.get((terms.name, sku))
    shown = inputs.shown.get((terms.name, sku))
    sale_known = shown is not None and shown.sale_state != ""
    for source in terms.sources:
        theirs = [e for e in entries if e.connection == source]
        if theirs:
            found = effective(theirs, terms.price_terms, now, override, sale_known)
            if found is not None:
                return found
    return None


def buffer_of(policy: StorePolicy, sku: str, categories: Sequence[str]) -> Decimal:
    """The SKU's own buffer, else its categories' largest, else the store's."""
    if sku in policy.stock_buffers:
        return Decimal(policy.stock_buffers[sku])
    of_categories = [policy.category_buffers[c] for c in categories if c in policy.category_buffers]
    return Decimal(max(of_categories, default=policy.stock_buffer))


def _shares(terms: StoreTerms) -> bool:
    policy = terms.policy
    return terms.reads and policy.stock_sharing == "share" and not policy.backorders


def _seller(
    inputs: Inputs, sku: str, terms: StoreTerms, levels: Sequence[Level], holds: Sequence[Hold]
) -> Seller:
    known = known_until(levels) if holds else {}
    owed = sum((h.uncounted(known) for h in holds if h.store == terms.name), ZERO)
    exposed = grant_before(inputs, sku, terms.name).exposed if _shares(terms) else ZERO
    buffer = buffer_of(terms.policy, sku, inputs.categories.get(sku, ()))
    return Seller(
        terms.name,
        frozenset(level.place for level in levels),
        terms.policy.stock_share,
        buffer,
        owed,
        exposed,
        pooled=not _shares(terms),
    )


def grant_before(inputs: Inputs, sku: str, store: str) -> Grant:
    """What the store may still sell; where nobody kept count until now, what it was shown."""
    grant = inputs.grants.get((store, sku))
    if grant is not None:
        return grant
    shown = inputs.shown.get((store, sku))
    quantity = max(shown.quantity or ZERO, ZERO) if shown else ZERO
    return Grant(quantity, quantity)


def _figure(
    terms: StoreTerms, levels: Sequence[Level], allotted: Allotted, seller: Seller
) -> StockFigure:
    quantity = allotted.figure
    if terms.policy.backorders:
        quantity = allotted.room - seller.buffer
    dates = [level.incoming_at for level in levels if level.incoming_at and level.incoming]
    return StockFigure(
        quantity,
        min(level.as_of for level in levels),
        tuple(levels),
        allotted,
        seller.buffer,
        sum((level.incoming for level in levels), ZERO),
        min(dates, default=None),
    )


def _levels(connection: Connection, skus: Sequence[str]) -> dict[str, list[Level]]:
    found: dict[str, list[Level]] = {}
    reported = {name: row.stock_as_of for name, row in connections.every(connection).items()}
    moved = _moved(connection, skus)
    query = select(*[stock_levels.c[name] for name in _LEVEL])
    rows = connection.execute(query.where(among(connection, stock_levels.c.sku, skus))).all()
    for sku, source, warehouse, on_hand, reserved, said_at, *rest in rows:
        # A level that has not changed since is as good as the last report without it.
        as_of = max(said_at, reported.get(source) or said_at)
        waiting = ZERO
        for quantity, at in moved.get((source, warehouse, sku), ()):
            if at >= as_of:
                waiting += quantity
        incoming, *when = rest
        level = Level(warehouse, on_hand, reserved, as_of, source, waiting, incoming or ZERO, *when)
        found.setdefault(sku, []).append(level)
    return found


_LEVEL = (
    "sku", "connection", "warehouse", "on_hand", "reserved", "as_of",
    "incoming", "incoming_at", "unit",
)  # fmt: skip


def _moved(
    connection: Connection, skus: Sequence[str]
) -> dict[tuple[str, str, str], list[tuple[Decimal, datetime]]]:
    found: dict[tuple[str, str, str], list[tuple[Decimal, datetime]]] = {}
    m = stock_movements.c
    query = select(m.level_of, m.warehouse, m.sku, m.quantity, m.counted_from)
    for source, warehouse, sku, quantity, at in connection.execute(
        query.where(among(connection, m.sku, skus))
    ):
        found.setdefault((source, warehouse, sku), []).append((quantity, at))
    return found


def _entries(connection: Connection, skus: Sequence[str]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    columns = [price_entries.c[name] for name in Entry.__slots__]
    query = select(price_entries.c.sku, *columns).where(
        among(connection, price_entries.c.sku, skus), price_entries.c.withdrawn == 0
    )
    for sku, *values in connection.execute(query):
        entry = Entry(*values)
        found.setdefault(sku, []).append(entry)
    return found


def _overrides(connection: Connection, skus: Sequence[str]) -> dict[tuple[str, str], Override]:
    o = price_overrides.c
    newest = select(func.max(o.id)).where(among(connection, o.sku, skus)).group_by(o.store, o.sku)
    found = {}
    for row in connection.execute(select(price_overrides).where(o.id.in_(newest))):
        if row.regular is not None:
            said = Override(row.regular, row.until, row.reason, row.actor, row.at)
            found[row.store, row.sku] = said
    return found


def _shown(connection: Connection, skus: Sequence[str]) -> dict[tuple[str, str], Shown]:
    c = catalog.c
    query = select(c.store, c.sku, *[c[name] for name in Shown.__slots__])
    rows = connection.execute(query.where(among(connection, c.sku, skus))).all()
    return {(store, sku): Shown(*values) for store, sku, *values in rows}


def _categories(connection: Connection, skus: Sequence[str]) -> dict[str, tuple[str, ...]]:
    from causeway.canonical import Product
    from causeway.canonical.codec import decode

    query = select(products.c.sku, products.c.data).where(among(connection, products.c.sku, skus))
    return {sku: decode(Product, data).categories or () for sku, data in connection.execute(query)}
