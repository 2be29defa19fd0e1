"""20,000 products in a shop, filled by SQL: copies of one of its own, so they are as WooCommerce
made it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.shop.shop import Shop

SIMPLE, PARENTS, VARIATIONS_EACH = 16_000, 800, 5
TOTAL = SIMPLE + PARENTS * VARIATIONS_EACH
STOCK, PRICE = 500, "19.95"
FIRST_ID = 1_000_000
"""Far above what the shop has, so that copies are known by their number."""


@dataclass(frozen=True, slots=True)
class Copy:
    """`product` is what WooCommerce calls it, `parent` its parent or 0."""

    sku: str
    product: int
    parent: int = 0


def fill(shop: Shop) -> list[Copy]:
    """All that can be bought: the simple ones first, then variations, parent by parent."""
    pen = int(shop.product("PEN")["id"])
    shirt, size = int(shop.product("SHIRT-S")["parent"]), int(shop.product("SHIRT-S")["id"])
    simple = [Copy(f"SHELF-{n:06}", FIRST_ID + n) for n in range(SIMPLE)]
    _copy(shop, pen, FIRST_ID, SIMPLE, "CONCAT('SHELF-', LPAD(n.seq, 6, '0'))")
    parents, step = FIRST_ID + SIMPLE, FIRST_ID + SIMPLE + PARENTS
    _copy(shop, shirt, parents, PARENTS, "''")
    count = PARENTS * VARIATIONS_EACH
    parent = f"{parents} + n.seq DIV {VARIATIONS_EACH}"
    _copy(shop, size, step, count, "CONCAT('SHELF-V-', LPAD(n.seq, 6, '0'))", parent)
    found = [*simple, *(Copy(f"SHELF-V-{n:06}", step + n, parents + n // VARIATIONS_EACH)
                        for n in range(count))]  # fmt: skip
    _ready(shop)
    return found


def row(sku: str, stock: int = STOCK, price: str = PRICE) -> dict[str, Any]:
    """A row of the catalogue; the shop's prices are without tax."""
    return {"sku": sku, "quantity": str(stock), "regular_price": price, "sale_price": None,
            "currency": "EUR", "prices_include_tax": False, "as_of": "2026-11-20T15:36:35Z",
            "sale": None, "price_tiers": [], "backorders": False}  # fmt: skip


def _copy(shop: Shop, of: int, first: int, count: int, sku: str, parent: str = "") -> None:
    """`sku` and `parent` are expressions over `n.seq`, which counts from 0."""
    numbers = f"seq_0_to_{count - 1} n"
    _insert(shop, "wp_posts", f"t.ID = {of}", numbers, {
        "ID": f"{first} + n.seq", "post_name": f"CONCAT('shelf-', {first} + n.seq)",
        "post_title": f"CONCAT('Shelf ', {first} + n.seq)",
        "guid": f"CONCAT('shelf-', {first} + n.seq)",
        **({"post_parent": parent} if parent else {}),
    })  # fmt: skip
    _insert(shop, "wp_postmeta", f"t.post_id = {of}", numbers, {
        "meta_id": "NULL", "post_id": f"{first} + n.seq",
        "meta_value": f"CASE t.meta_key WHEN '_sku' THEN {sku} WHEN '_stock' THEN '{STOCK}' "
                      f"WHEN '_price' THEN '{PRICE}' WHEN '_regular_price' THEN '{PRICE}' "
                      "ELSE t.meta_value END",
    })  # fmt: skip
    _insert(shop, "wp_term_relationships", f"t.object_id = {of}", numbers,
            {"object_id": f"{first} + n.seq"})  # fmt: skip
    _insert(shop, "wp_wc_product_meta_lookup", f"t.product_id = {of}", numbers, {
        "product_id": f"{first} + n.seq", "sku": sku, "stock_quantity": str(STOCK),
        "min_price": PRICE, "max_price": PRICE,
    })  # fmt: skip


def _insert(shop: Shop, table: str, where: str, numbers: str, other: dict[str, str]) -> None:
    columns = [row["Field"] for row in shop.sql(f"SHOW COLUMNS FROM {table}")]
    values = ", ".join(other.get(name, f"t.{name}") for name in columns)
    into = f"INSERT INTO {table} ({', '.join(columns)})"
    shop.sql(f"{into} SELECT {values} FROM {table} t, {numbers} WHERE {where}")


def _ready(shop: Shop) -> None:
    shop.sql("ANALYZE TABLE wp_posts, wp_postmeta, wp_wc_product_meta_lookup")
    shop.php("wp_cache_flush();")
