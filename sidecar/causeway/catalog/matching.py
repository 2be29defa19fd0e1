"""Which product of the shop a product of the source is. Pure: by binding, else SKU, else GTIN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from causeway.canonical import Product

How = Literal["binding", "sku", "gtin", "unknown", "duplicate"]


@dataclass(frozen=True, slots=True)
class ShopProduct:
    """A product or variation as the shop last reported it."""

    product_id: str
    sku: str
    gtin: str


@dataclass(frozen=True, slots=True)
class Match:
    """`product_id` is the shop's, empty for `unknown` and `duplicate`; `detail` says why."""

    product: Product
    how: How
    product_id: str = ""
    detail: str = ""


def match(
    products: Sequence[Product], shop: Sequence[ShopProduct], bound: Mapping[str, str]
) -> list[Match]:
    """`bound` pairs ids of the source with ids of the shop.

    Two products of the source that lead to one of the shop are both duplicates: nobody can say
    which of them it is.
    """
    by_sku = _unique({}, [(p.sku, p.product_id) for p in shop])
    by_gtin = _unique({}, [(p.gtin, p.product_id) for p in shop])
    known = {p.product_id for p in shop}
    found = [_one(product, by_sku, by_gtin, bound, known) for product in products]
    taken: dict[str, list[Match]] = {}
    for item in found:
        if item.product_id:
            taken.setdefault(item.product_id, []).append(item)
    return [_single(item, taken.get(item.product_id, [])) for item in found]


def update_of(product: Product, product_id: str, chosen: Sequence[str]) -> dict[str, Any]:
    """What the shop is told: the chosen fields of which the source says something."""
    said: dict[str, Any] = {}
    for name in chosen:
        value = getattr(product, name)
        if name == "attributes" and value is not None:
            value = [{"name": a.name, "values": list(a.values), "varies": a.varies} for a in value]
        if value is not None:
            said[name] = list(value) if isinstance(value, tuple) else value
    return {
        "operation": "update" if product_id else "create",
        "product_id": product_id or None,
        "sku": product.sku,
        "gtin": product.gtin or None,
        "parent_sku": product.parent_sku or None,
        "fields": said,
    }


def _one(
    product: Product,
    by_sku: Mapping[str, str],
    by_gtin: Mapping[str, str],
    bound: Mapping[str, str],
    known: set[str],
) -> Match:
    if bound.get(product.id) in known:
        return Match(product, "binding", bound[product.id])
    ways: tuple[tuple[How, Mapping[str, str], str], ...] = (
        ("sku", by_sku, product.sku),
        ("gtin", by_gtin, product.gtin),
    )
    for how, index, name in ways:
        if name and name in index:
            if not index[name]:
                return Match(product, "duplicate", detail=f"the shop has {how} {name} twice")
            return Match(product, how, index[name])
    return Match(product, "unknown")


def _single(item: Match, same: Sequence[Match]) -> Match:
    if len(same) < 2:
        return item
    others = ", ".join(sorted(other.product.sku or other.product.id for other in same))
    detail = f"{others} all lead to product {item.product_id} of the shop"
    return Match(item.product, "duplicate", detail=detail)


def _unique(found: dict[str, str], pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Name → id; an empty id for a name that several have."""
    for name, product_id in pairs:
        if name:
            found[name] = product_id if found.get(name, product_id) == product_id else ""
    return found
