"""Whose a product is: by binding, SKU, GTIN, or nobody can say."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from causeway.canonical import Attribute, Product
from causeway.catalog.matching import ShopProduct, match, update_of

CONTRACT = Path(__file__).parents[1] / "contract"
WHEN = datetime(2026, 11, 20, tzinfo=UTC)
SHOP = [
    ShopProduct("7", "MUG", "4006381333931"),
    ShopProduct("8", "CUP", ""),
    ShopProduct("9", "TWIN-A", "111"),
    ShopProduct("10", "TWIN-B", "111"),
]


def a_product(name: str, sku: str, gtin: str = "") -> Product:
    return Product(name, sku, WHEN, gtin)


def found(product: Product, bound: dict[str, str] | None = None) -> tuple[str, str]:
    (item,) = match([product], SHOP, bound or {})
    return item.how, item.product_id


def test_a_binding_goes_before_the_sku_and_the_sku_before_the_gtin() -> None:
    assert found(a_product("1", "CUP", "4006381333931")) == ("sku", "8")
    assert found(a_product("1", "CUP"), {"1": "7"}) == ("binding", "7")
    assert found(a_product("1", "RENAMED", "4006381333931")) == ("gtin", "7")


def test_a_binding_to_what_the_shop_has_no_more_does_not_count() -> None:
    assert found(a_product("1", "CUP"), {"1": "99"}) == ("sku", "8")


def test_what_nobody_knows_is_unknown() -> None:
    assert found(a_product("1", "NEW")) == ("unknown", "")


def test_a_gtin_that_the_shop_has_twice_leads_nowhere() -> None:
    assert found(a_product("1", "NEW", "111")) == ("duplicate", "")


def test_two_of_the_source_for_one_of_the_shop_are_both_duplicates() -> None:
    both = match([a_product("1", "MUG"), a_product("2", "X", "4006381333931")], SHOP, {})
    assert [item.how for item in both] == ["duplicate", "duplicate"]
    assert "MUG, X" in both[0].detail


def test_only_chosen_fields_of_which_something_is_said_are_told() -> None:
    product = Product(
        "1", "MUG", WHEN, name="Mug", images=(), attributes=(Attribute("Size", ("S", "M"), True),)
    )
    said = update_of(product, "7", ("name", "description", "images", "attributes"))
    assert said["operation"] == "update"
    assert said["fields"] == {
        "name": "Mug",
        "images": [],
        "attributes": [{"name": "Size", "values": ["S", "M"], "varies": True}],
    }
    assert update_of(product, "", ("name",))["operation"] == "create"


def test_a_shop_is_told_of_products_as_the_contract_says() -> None:
    for case in json.loads((CONTRACT / "products.json").read_text())["updates"]:
        said = dict(case["product"])
        for name in ("images", "categories"):
            said[name] = tuple(said[name]) if name in said else None
        said["attributes"] = tuple(
            Attribute(a["name"], tuple(a["values"]), a["varies"]) for a in said["attributes"]
        )
        product = Product(changed_at=WHEN, **said)
        assert update_of(product, case["product_id"], case["chosen"]) == case["data"]
