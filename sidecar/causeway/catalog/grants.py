"""What each store was told it may sell, kept where stores share stock (see `sharing.py`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from sqlalchemy import Connection, select, update

from causeway.catalog.sharing import Grant
from causeway.ledger.sql import upsert
from causeway.ledger.tables import stock_grants

_OPEN = stock_grants.c.open == 1


def read(connection: Connection, skus: Sequence[str]) -> dict[tuple[str, str], Grant]:
    """By store and SKU."""
    query = select(stock_grants).where(stock_grants.c.sku.in_(list(skus)))
    return {
        (row.store, row.sku): Grant(row.remaining, row.exposed) for row in connection.execute(query)
    }


def sold(connection: Connection, store: str, quantities: Mapping[str, Decimal]) -> None:
    """Orders of the store took these (SKU → quantity, negative what came back)."""
    if not quantities:
        return
    query = select(stock_grants).where(
        stock_grants.c.store == store, stock_grants.c.sku.in_(sorted(quantities))
    )
    for row in connection.execute(query.with_for_update()).all():
        after = Grant(row.remaining, row.exposed).sold(quantities[row.sku])
        connection.execute(
            update(stock_grants)
            .where(stock_grants.c.store == store, stock_grants.c.sku == row.sku)
            .values(
                remaining=after.remaining,
                exposed=after.exposed,
                open=int(after.exposed > after.remaining),
            )
        )


def tell(
    connection: Connection,
    store: str,
    figures: Mapping[str, tuple[Decimal, int]],
    known: Mapping[tuple[str, str], Grant],
) -> None:
    """New figures stand in the store's feed: SKU → (figure, its number there)."""
    rows = []
    for sku, (figure, seq) in sorted(figures.items()):
        after = known.get((store, sku), Grant()).told(figure)
        rows.append(
            {
                "store": store,
                "sku": sku,
                "remaining": after.remaining,
                "exposed": after.exposed,
                "seq": seq,
                "open": int(after.exposed > after.remaining),
            }
        )
    upsert(connection, stock_grants, rows, ("store", "sku"))


def confirm(connection: Connection, store: str, seq: int) -> list[str]:
    """The store has put everything up to `seq` in force; SKUs of which others may have more now."""
    mine = (stock_grants.c.store == store) & (stock_grants.c.seq <= seq) & _OPEN
    skus = list(connection.scalars(select(stock_grants.c.sku).where(mine)))
    if skus:
        connection.execute(
            update(stock_grants).where(mine).values(exposed=stock_grants.c.remaining, open=0)
        )
    return skus


def any_open(connection: Connection, store: str, seq: int) -> bool:
    """Whether confirming `seq` would change anything."""
    mine = (stock_grants.c.store == store) & (stock_grants.c.seq <= seq) & _OPEN
    return connection.execute(select(stock_grants.c.sku).where(mine).limit(1)).first() is not None


def of_stores(
    known: Mapping[tuple[str, str], Grant], sku: str, stores: Iterable[str]
) -> dict[str, Grant]:
    return {store: known.get((store, sku), Grant()) for store in stores}
