"""The product master: what sources say of products, kept with what changed last."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from causeway.canonical import Product
from causeway.canonical.codec import decode, encode
from causeway.ledger.sql import upsert
from causeway.ledger.tables import products

_AT_ONCE = 500


def take_products(
    connection: Connection, source: str, reported: Sequence[Product], now: datetime
) -> int:
    """Keep the products that are newer than what is known and say something else; how many."""
    taken = 0
    for start in range(0, len(reported), _AT_ONCE):
        newest: dict[str, Product] = {}
        for product in reported[start : start + _AT_ONCE]:
            before = newest.get(product.id)
            if before is None or before.changed_at <= product.changed_at:
                newest[product.id] = product
        known = _known(connection, source, sorted(newest))
        rows = []
        for product in newest.values():
            data = encode(product)
            made = hashlib.sha256(data.encode()).hexdigest()
            if product.id in known and known[product.id][0] >= product.changed_at:
                continue
            taken += product.id not in known or known[product.id][1] != made
            rows.append(
                {
                    "connection": source,
                    "id": product.id[:120],
                    "sku": product.sku[:120],
                    "gtin": product.gtin[:20],
                    "parent_sku": product.parent_sku[:120],
                    "data": data,
                    "hash": made,
                    "changed_at": product.changed_at,
                }
            )
        upsert(connection, products, rows, ("connection", "id"))
    return taken


def every(connection: Connection, sources: Sequence[str]) -> list[tuple[str, Product]]:
    """The products of these connections, each with its connection, parents before variations."""
    query = select(products.c.connection, products.c.data).where(
        products.c.connection.in_(list(sources))
    )
    rows = connection.execute(query.order_by(products.c.parent_sku, products.c.sku))
    return [(name, decode(Product, data)) for name, data in rows]


def _known(
    connection: Connection, source: str, ids: Sequence[str]
) -> dict[str, tuple[datetime, str]]:
    query = select(products.c.id, products.c.changed_at, products.c.hash).where(
        products.c.connection == source, products.c.id.in_(list(ids))
    )
    return {name: (at, made) for name, at, made in connection.execute(query)}
