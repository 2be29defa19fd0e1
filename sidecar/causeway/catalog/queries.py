"""Reading a store's catalogue by cursor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Connection, func, select

from causeway.ledger.tables import catalog


@dataclass(frozen=True, slots=True)
class CatalogRow:
    """What a store may sell of a SKU and at what price; None where no source says it."""

    seq: int
    sku: str
    quantity: Decimal | None
    regular: Decimal | None
    sale: Decimal | None
    currency: str
    includes_tax: bool
    as_of: datetime | None
    sale_state: str
    tiers: str
    incoming: Decimal | None
    incoming_at: date | None
    backorders: bool


def page(connection: Connection, store: str, after: int, limit: int) -> list[CatalogRow]:
    """The rows that changed past `after`, in the order of their latest change."""
    query = (
        select(*[catalog.c[name] for name in CatalogRow.__slots__])
        .where(catalog.c.store == store, catalog.c.seq > after)
        .order_by(catalog.c.seq)
        .limit(limit)
    )
    return [CatalogRow(*row) for row in connection.execute(query)]


def last(connection: Connection, store: str) -> int:
    """The number of the store's latest change; 0 for an empty catalogue."""
    return connection.scalar(select(func.max(catalog.c.seq)).where(catalog.c.store == store)) or 0
