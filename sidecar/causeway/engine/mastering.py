"""Telling each store what the product master says, in the fields it has chosen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, select

from causeway.canonical import Product
from causeway.canonical.codec import decode
from causeway.catalog.figures import StoreTerms
from causeway.catalog.matching import Match, ShopProduct, match, update_of
from causeway.engine.cataloguing import terms_of
from causeway.engine.context import Context
from causeway.ledger import bindings, cases, cursors, updates
from causeway.ledger.tables import bindings as bound_rows
from causeway.ledger.tables import products, shop_figures
from causeway.ledger.updates import NewUpdate

KIND = "product"
_LISTED = 20
# what keeps a product from being told → (what they are, what to do)
_WORDS = {
    "unknown": (
        "products the shop does not have",
        "Give them their SKU or GTIN in the shop, or set products_create for the store.",
    ),
    "duplicate": (
        "products that cannot be told apart",
        "Give each its own SKU and GTIN, in the shop or at the source.",
    ),
}


def tell_products(context: Context, source: str) -> int:
    """Updates for every store that takes fields of this source's products; how many there were.

    A product is told once for each thing it says; what the shop does not have is created where
    the store wants that, and a case where it does not.
    """
    told = 0
    with context.ledger.read() as connection:
        stores = [
            t
            for t in terms_of(context, connection)
            if t.policy.product_fields and source in t.sources
        ]
    for terms in stores:
        with context.ledger.write() as connection:
            told += _tell(connection, terms, source, context.now())
    return told


def _tell(connection: Connection, terms: StoreTerms, source: str, now: datetime) -> int:
    name = _cursor(terms, source)
    since = cursors.get(connection, name)
    query = select(products.c.data, products.c.changed_at).where(products.c.connection == source)
    if since:
        query = query.where(products.c.changed_at >= datetime.fromisoformat(since))
    rows = connection.execute(query.order_by(products.c.parent_sku, products.c.sku)).all()
    if not rows:
        return 0
    found = match(
        [decode(Product, row.data) for row in rows],
        _shop(connection, terms.name),
        _bound(connection, terms.name, source),
    )
    new = [_update(item, terms, source) for item in found if _is_told(item, terms)]
    updates.add(connection, terms.name, new, now)
    for item in found:
        if item.how in ("sku", "gtin"):
            _bind(connection, terms.name, source, item, now)
    _troubles(connection, terms, source, found, now)
    cursors.move(connection, name, max(row.changed_at for row in rows).isoformat(), now)
    return len(new)


def _bind(connection: Connection, store: str, source: str, item: Match, now: datetime) -> None:
    """From now on it stays this product, whatever its SKU becomes; an older pair of it ends."""
    ours, theirs = f"{store}:{item.product_id}", f"{store}:{item.product.id}"
    b = bound_rows.c
    pair = (b.connection == source) & (b.kind == KIND)
    connection.execute(delete(bound_rows).where(pair, b.theirs == theirs, b.ours != ours))
    if bindings.get(connection, source, KIND, ours) is None:
        bindings.bind(connection, bindings.Binding(source, KIND, ours, theirs, ""), now)


def _is_told(item: Match, terms: StoreTerms) -> bool:
    return bool(item.product_id) or (item.how == "unknown" and terms.policy.products_create)


def _update(item: Match, terms: StoreTerms, source: str) -> NewUpdate:
    said = update_of(item.product, item.product_id, terms.policy.product_fields)
    data = json.dumps(said, ensure_ascii=False, sort_keys=True)
    made = hashlib.sha256(data.encode()).hexdigest()[:24]
    key = f"{terms.name}:product:{source}:{item.product.id}:{made}"
    return NewUpdate(key[:255], KIND, KIND, item.product_id or "0", data)


def _troubles(
    connection: Connection, terms: StoreTerms, source: str, found: Sequence[Match], now: datetime
) -> None:
    """One case for the unknown, one for the duplicates; each closed when a look finds none."""
    for how, (what, remedy) in _WORDS.items():
        mine = [item for item in found if item.how == how and not _is_told(item, terms)]
        key = f"products:{terms.name}:{source}:{how}"
        if not mine:
            cases.resolve(connection, [key], "causeway", now)
            continue
        names = [f"{i.product.sku or i.product.id} {i.detail}" for i in mine[:_LISTED]]
        case = cases.NewCase(
            key=key,
            kind=f"products_{how}",
            title=f"{source} for {terms.name}: {len(mine)} {what}",
            detail="; ".join(name.strip() for name in names),
            remedy=remedy,
            store=terms.name,
            connection=source,
        )
        cases.open_new(connection, [case], now)
        cases.retitle(connection, case)


def _shop(connection: Connection, store: str) -> list[ShopProduct]:
    f = shop_figures.c
    rows = connection.execute(select(f.product_id, f.sku, f.gtin).where(f.store == store))
    return [ShopProduct(*row) for row in rows]


def _bound(connection: Connection, store: str, source: str) -> dict[str, str]:
    b, head = bound_rows.c, f"{store}:"
    query = select(b.ours, b.theirs).where(b.connection == source, b.kind == KIND)
    return {
        theirs.removeprefix(head): ours.removeprefix(head)
        for ours, theirs in connection.execute(
            query.where(b.ours.startswith(head, autoescape=True))
        )
    }


def _cursor(terms: StoreTerms, source: str) -> str:
    """Other fields, another cursor: everything is then told anew."""
    chosen = ",".join(terms.policy.product_fields) + str(terms.policy.products_create)
    made = hashlib.sha256(chosen.encode()).hexdigest()[:12]
    return f"products:{terms.name}:{source}:{made}"
