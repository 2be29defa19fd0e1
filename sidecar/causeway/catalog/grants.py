"""What each store was told it may sell, and may sell of it still (see `sharing.py`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from sqlalchemy import (
    BindParameter,
    Connection,
    Exists,
    delete,
    exists,
    literal_column,
    select,
    update,
)

from causeway.catalog.sharing import Grant
from causeway.ledger.sql import among, upsert
from causeway.ledger.tables import stock_grants

# Written out: an index of a part of the table is not used where a value is left to be given.
_OPEN = stock_grants.c.open == literal_column("1")


def read(connection: Connection, skus: Sequence[str]) -> dict[tuple[str, str], Grant]:
    """By store and SKU."""
    query = select(*[stock_grants.c[n] for n in ("store", "sku", "remaining", "exposed")])
    rows = connection.execute(query.where(among(connection, stock_grants.c.sku, skus))).all()
    return {(store, sku): Grant(left, exposed) for store, sku, left, exposed in rows}


def lock(connection: Connection, skus: Sequence[str]) -> None:
    """Nobody else changes the grants of these until this transaction ends."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer anyway
        query = select(stock_grants.c.sku).where(among(connection, stock_grants.c.sku, skus))
        by_name = query.order_by(stock_grants.c.store, stock_grants.c.sku)
        connection.execute(by_name.with_for_update())


def sold(connection: Connection, store: str, quantities: Mapping[str, Decimal]) -> None:
    """Orders of the store took these (SKU → quantity, negative what came back)."""
    if not quantities:
        return
    query = select(stock_grants).where(
        stock_grants.c.store == store, among(connection, stock_grants.c.sku, quantities)
    )
    rows = []
    for row in connection.execute(query.order_by(stock_grants.c.sku).with_for_update()):
        after = Grant(row.remaining, row.exposed).sold(quantities[row.sku])
        rows.append(_row(store, row.sku, after, row.seq))
    upsert(connection, stock_grants, rows, ("store", "sku"))


def tell(
    connection: Connection,
    store: str,
    figures: Mapping[str, tuple[Decimal, int]],
    known: Mapping[tuple[str, str], Grant],
) -> None:
    """New figures stand in the store's feed: SKU → (figure, its number there)."""
    rows = [
        _row(store, sku, known.get((store, sku), Grant()).told(figure), seq)
        for sku, (figure, seq) in sorted(figures.items())
    ]
    upsert(connection, stock_grants, rows, ("store", "sku"))


def withdraw(connection: Connection, store: str, skus: Sequence[str]) -> None:
    """The store never read what its catalogue said of these, and now it says nothing."""
    if skus:
        mine = stock_grants.c.store == store
        connection.execute(
            delete(stock_grants).where(mine, among(connection, stock_grants.c.sku, skus))
        )


def _row(store: str, sku: str, grant: Grant, seq: int) -> dict[str, object]:
    return {
        "store": store,
        "sku": sku,
        "remaining": grant.remaining,
        "exposed": grant.exposed,
        "seq": seq,
        "open": int(grant.exposed > grant.remaining),
    }


def confirm(connection: Connection, store: str, seq: int) -> list[str]:
    """The store has put everything up to `seq` in force; SKUs of which others may have more now."""
    mine = (stock_grants.c.store == store) & (stock_grants.c.seq <= seq) & _OPEN
    skus = list(connection.scalars(select(stock_grants.c.sku).where(mine)))
    if skus:
        connection.execute(
            update(stock_grants).where(mine).values(exposed=stock_grants.c.remaining, open=0)
        )
    return skus


def open_up_to(store: BindParameter[str], seq: BindParameter[int]) -> Exists:
    """Whether confirming `seq` would change anything, as a part of a statement."""
    mine = (stock_grants.c.store == store) & (stock_grants.c.seq <= seq) & _OPEN
    return exists(select(stock_grants.c.sku).where(mine))
