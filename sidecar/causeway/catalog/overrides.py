"""Prices that a store says for itself, each on record for good."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Connection, select

from causeway.catalog.sources import mark_dirty
from causeway.ledger.tables import price_overrides


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


def history(
    connection: Connection, store: str, sku: str
) -> list[tuple[datetime, Decimal | None, str, str]]:
    """Every override of the SKU: when, how much (None: ended), by whom, why; newest first."""
    o = price_overrides.c
    query = select(o.at, o.regular, o.actor, o.reason).where(o.store == store, o.sku == sku)
    return [(at, r, a, w) for at, r, a, w in connection.execute(query.order_by(o.id.desc()))]
