"""Why is this 7? The rows a figure is made of; they always add up to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, select

from causeway.catalog import figures, held
from causeway.catalog.availability import ZERO, Part, known_until
from causeway.catalog.figures import Inputs, StockFigure, StoreTerms
from causeway.catalog.overrides import Allowed, allowed
from causeway.catalog.pricing import PriceFigure
from causeway.ledger.tables import catalog, shop_figures, sku_marks


@dataclass(frozen=True, slots=True)
class Explanation:
    """`quantity` is what the sources' figures make, `shown` what the store's catalogue says,

    `in_shop` what the shop last reported. `parts` add up to `quantity`. All None where unknown.
    """

    store: str
    sku: str
    quantity: Decimal | None
    shown: Decimal | None
    in_shop: Decimal | None
    in_shop_at: datetime | None
    as_of: datetime | None
    parts: tuple[Part, ...]
    price: PriceFigure | None
    shown_price: Decimal | None
    shown_sale: Decimal | None
    held: tuple[held.Held, ...]
    waiting: bool
    """Whether something changed that the catalogue does not say yet."""
    asked: bool
    """Whether the shop has asked for its catalogue: before that it is told no quantity."""
    currency: str
    allowed: Allowed | None
    """What the store may ask for it; None where no source says a price."""


def explain(
    connection: Connection, stores: Sequence[StoreTerms], store: str, sku: str, now: datetime
) -> Explanation | None:
    """None for a SKU that nobody knows, or a store that is not among `stores`."""
    terms = next((t for t in stores if t.name == store), None)
    if terms is None:
        return None
    inputs = figures.load(connection, [sku], with_categories=True)
    found = figures.stock(inputs, sku, stores)
    stock, price = found.get(store), figures.price(inputs, sku, terms, now)
    row = connection.execute(
        select(catalog).where(catalog.c.store == store, catalog.c.sku == sku)
    ).first()
    shop = connection.execute(
        select(shop_figures).where(shop_figures.c.store == store, shop_figures.c.sku == sku)
    ).first()
    if stock is None and price is None and row is None and shop is None:
        return None
    kept = [x for x in held.known(connection, [sku]).values() if x.store == store]
    dirty = connection.execute(select(sku_marks.c.sku).where(sku_marks.c.sku == sku)).first()
    return Explanation(
        store,
        sku,
        stock.quantity if stock else None,
        row.quantity if row else None,
        shop.quantity if shop else None,
        shop.at if shop else None,
        stock.as_of if stock else None,
        tuple(parts_of(inputs, sku, stock)) if stock else (),
        price,
        row.regular if row else None,
        row.sale if row else None,
        tuple(x for x in kept if x.state == held.HELD),
        dirty is not None,
        terms.reads,
        terms.store.currency,
        may_ask(price, terms),
    )


def may_ask(price: PriceFigure | None, terms: StoreTerms) -> Allowed | None:
    """What the store's margin allows beside the source's price."""
    base = price.reasons[0].price if price is not None else None
    if base is None:
        return None
    return allowed(base, terms.policy.price_margin_percent, terms.store.currency)


def parts_of(inputs: Inputs, sku: str, stock: StockFigure) -> list[Part]:
    """The rows of one figure: first what lies there, then what is taken off, then the rest."""
    bound = stock.allotted.bound
    parts: list[Part] = []
    levels = [x for x in inputs.levels.get(sku, []) if x.place in bound]
    for level in levels:
        unit = f" {level.unit}" if level.unit else ""
        parts.append(Part("on_hand", level.place, level.on_hand, level.as_of, unit.strip()))
        if level.reserved:
            parts.append(Part("reserved_there", level.place, -level.reserved, level.as_of))
        if level.moved:
            parts.append(Part("moved_since", level.place, level.moved))
    owed = ZERO
    known = known_until(levels)
    for hold in inputs.holds.get(sku, []):
        taken = hold.uncounted(known)
        if taken and owed + taken <= stock.allotted.owed:
            owed += taken
            note = "booked, not counted yet" if hold.counted_at else "not booked yet"
            parts.append(
                Part("order", f"{hold.store}:{hold.order_id}", -taken, hold.counted_at, note)
            )
    if stock.allotted.owed != owed:
        parts.append(Part("orders", "", owed - stock.allotted.owed))
    if stock.allotted.elsewhere:
        parts.append(Part("other_stores_may_sell", "", -stock.allotted.elsewhere))
    if stock.buffer:
        parts.append(Part("buffer", "", -stock.buffer))
    rest = stock.quantity - sum((part.quantity for part in parts), ZERO)
    if rest:
        kind = "kept_for_other_stores" if rest < 0 else "never_below_zero"
        parts.append(Part(kind, "", rest))
    return parts


# kind of a row → how people read it
WORDS = {
    "on_hand": "lies in",
    "reserved_there": "reserved by",
    "moved_since": "moved since in",
    "order": "taken by order",
    "orders": "taken by further orders",
    "other_stores_may_sell": "other stores may sell",
    "buffer": "kept back",
    "kept_for_other_stores": "the other stores' share",
    "never_below_zero": "never shown below zero",
}
