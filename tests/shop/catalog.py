"""What the shop sells: the goods the sandbox ERP knows, and the kinds of product beside them."""

from __future__ import annotations

from typing import Any

from causeway.sandbox.seed import ITEMS

REDUCED = frozenset({"TEA-100", "BOOK-7", "JP-1", "HONEY-250"})
SHIRT_M = "SHIRT-M-6b0068ffedb5d"
NO_SKU = "Postcard without SKU"
SHIRTS = (("S", "SHIRT-S", 150), ("M", SHIRT_M, 400), ("L", "SHIRT-L", 60))


def simple() -> list[dict[str, Any]]:
    """Each as furnish_product() reads it; `on_hand` None is not managed."""
    known = [_item(sku, name, price, on_hand) for sku, name, price, on_hand in ITEMS
             if sku != SHIRT_M]  # fmt: skip
    return [*known, _item("", NO_SKU, "1.20", 500)]


def variable() -> list[dict[str, Any]]:
    shirts = [{**_item(sku, f"Shirt - {size}", "24.95", on_hand), "size": size}
              for size, sku, on_hand in SHIRTS]  # fmt: skip
    return [{"name": "Shirt", "variations": shirts}]


def _item(sku: str, name: str, price: str, on_hand: int | None) -> dict[str, Any]:
    return {
        "sku": sku,
        "name": name,
        "price": price,
        "on_hand": on_hand,
        "virtual": on_hand is None,
        "tax_class": "reduced-rate" if sku in REDUCED else "",
    }
