"""Prices that a store says for itself, each on record for good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from sqlalchemy import Connection, func, select

from causeway.canonical import exponent
from causeway.catalog.sources import mark_dirty
from causeway.errors import CausewayError
from causeway.ledger.tables import catalog, price_overrides


@dataclass(frozen=True, slots=True)
class Said:
    """One override as it was said. `regular` None gives the source the word again."""

    store: str
    sku: str
    regular: Decimal | None
    until: date | None
    reason: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a store may ask where the source says `base`: from `low` to `high`, both included."""

    base: Decimal
    margin_percent: int
    low: Decimal
    high: Decimal


class OverrideRefusedError(CausewayError):
    """The price is not one that the store may ask."""


def allowed(base: Decimal, margin_percent: int, currency: str) -> Allowed:
    """Whole minor units within the margin, never zero."""
    step = Decimal(1).scaleb(-exponent(currency))
    part = base * margin_percent / 100
    low = max((base - part).quantize(step, ROUND_CEILING), step)
    return Allowed(base, margin_percent, low, (base + part).quantize(step, ROUND_FLOOR))


def check(regular: Decimal, may: Allowed | None) -> None:
    """Raises OverrideRefusedError, with what would be taken."""
    if may is None:
        raise OverrideRefusedError(
            "no source has said a price for this SKU in the store's list and currency; an override "
            "needs one to differ from"
        )
    if may.margin_percent == 0:
        raise OverrideRefusedError(
            "this store may not differ from its source; set price_margin_percent under "
            "[stores.NAME] in the sidecar's settings"
        )
    if not may.low <= regular <= may.high:
        raise OverrideRefusedError(
            f"{regular} is not within {may.margin_percent} % of the source's {may.base}; "
            f"say a price from {may.low} to {may.high}"
        )


def say(
    connection: Connection,
    store: str,
    sku: str,
    regular: Decimal | None,
    reason: str,
    actor: str,
    now: datetime,
    until: date | None = None,
) -> None:
    """From now on the store asks `regular`, within its margin; None gives the source the word."""
    connection.execute(
        price_overrides.insert().values(
            store=store, sku=sku, regular=regular, until=until, reason=reason[:255],
            actor=actor[:80], at=now,
        )
    )  # fmt: skip
    mark_dirty(connection, [sku], now)


def history(connection: Connection, store: str, sku: str) -> list[Said]:
    """Every override of the SKU, newest first."""
    o = price_overrides.c
    query = select(*_COLUMNS).where(o.store == store, o.sku == sku)
    return [Said(*row) for row in connection.execute(query.order_by(o.id.desc()))]


def standing(
    connection: Connection, today: date, most: int = 200
) -> list[tuple[Said, Decimal | None]]:
    """The overrides that were not ended and are not over, and what each store's catalogue says.

    `today` is a day on which none of the stores' days is over yet.
    """
    o, c = price_overrides.c, catalog.c
    newest = select(func.max(o.id)).group_by(o.store, o.sku)
    query = (
        select(*_COLUMNS, c.regular.label("shown"))
        .join(catalog, (c.store == o.store) & (c.sku == o.sku), isouter=True)
        .where(o.id.in_(newest), o.regular.is_not(None))
        .where(o.until.is_(None) | (o.until >= today))
        .order_by(o.store, o.sku)
        .limit(most)
    )
    return [(Said(*row[:-1]), row.shown) for row in connection.execute(query)]


_COLUMNS = [price_overrides.c[name] for name in Said.__slots__]
