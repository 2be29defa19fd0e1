"""Reading a store's catalogue by cursor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Connection, bindparam, func, select

from causeway.catalog import grants
from causeway.ledger.tables import catalog, cursors


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
    sale_until: date | None
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


@dataclass(frozen=True, slots=True)
class Standing:
    """What a reader asks first: two cursors' values, the number of the store's last change, and
    whether others may have more once it is noted what the store has put in force.
    """

    asked: str
    reached: int
    last: int
    frees: bool


def standing(
    connection: Connection, store: str, asked: str, reached: str, applied: int = 0
) -> Standing:
    """In one statement: most polls need no other. `asked` and `reached` are names of cursors;
    `applied` is the number up to which the store has put its catalogue in force.
    """
    said = {"store": store, "asked": asked, "reached": reached, "applied": applied}
    row = connection.execute(_STANDING, said).one()
    return Standing(row.asked or "", int(row.reached or 0), row.last or 0, bool(row.frees))


def last(connection: Connection, store: str) -> int:
    """The number of the store's latest change; 0 for an empty catalogue."""
    return connection.scalar(select(func.max(catalog.c.seq)).where(catalog.c.store == store)) or 0


_STANDING = select(
    select(cursors.c.value).where(cursors.c.name == bindparam("asked")).scalar_subquery()
    .label("asked"),
    select(cursors.c.value).where(cursors.c.name == bindparam("reached")).scalar_subquery()
    .label("reached"),
    select(func.max(catalog.c.seq)).where(catalog.c.store == bindparam("store")).scalar_subquery()
    .label("last"),
    grants.open_up_to(bindparam("store"), bindparam("applied")).label("frees"),
)  # fmt: skip
