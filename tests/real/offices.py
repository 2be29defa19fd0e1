"""How the real back offices of the tests are connected: options as a person would write them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

TAXES = {"19": "VAT 19", "7": "VAT 7", "10": "JCT 10", "CA-QC-GST-1": "GST 5",
         "CA-QC-QST-2": "QST 9.975"}  # fmt: skip
PRODUCTS = {"shipping": "SHIPPING", "fee": "FEE", "rounding": "ROUNDING"}
TRYTON: dict[str, Any] = {
    "database": "erp",
    "web_shop": "Berlin shop",
    "warehouse": "WH",
    "payment_term": "Direct",
    "payment_methods": {"*": "Web"},
    "taxes": TAXES,
    "products": PRODUCTS,
}
ODOO: dict[str, Any] = {
    "database": "erp",
    "warehouse": "WH",
    "pricelists": {"EUR": "Web EUR", "CAD": "Web CAD", "JPY": "Web JPY"},
    "price_list": "Web EUR",
    "payment_journals": {"*": "BNK1"},
    "accounts": {"sales": "400000", "tax:*": "251000", "payment:*": "101401"},
    "taxes": TAXES,
    "products": PRODUCTS,
}
KARRIO: dict[str, Any] = {
    "labels": "automatic",
    "warehouses": {
        "*": {
            "company": "Berlin Goods",
            "address_1": "Torstr. 1",
            "city": "Berlin",
            "postcode": "10119",
            "country": "DE",
            "phone": "+49 30 7654321",
        }
    },
}


def toml(
    kind: str,
    url: str,
    token: str,
    options: Mapping[str, Any],
    name: str = "erp",
    role: str = "erp",
) -> str:
    """The connection as a stretch of Causeway's settings file."""
    head = {"kind": kind, "url": url, "token": token, "roles": [role]}
    return "\n".join(_tables(f"connections.{name}", {**head, "options": options}))


def _tables(name: str, values: Mapping[str, Any]) -> list[str]:
    """A table with the tables in it behind it."""
    inner = {key: value for key, value in values.items() if isinstance(value, Mapping)}
    lines = [f"{json.dumps(key)} = {json.dumps(value)}"
             for key, value in values.items() if key not in inner]  # fmt: skip
    own = "\n".join([f"[{name}]", *lines, ""])
    return [own, *(table for key, value in inner.items()
                   for table in _tables(f"{name}.{json.dumps(key)}", value))]  # fmt: skip
