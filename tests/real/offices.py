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


def toml(kind: str, url: str, token: str, options: Mapping[str, Any]) -> str:
    """The connection as a stretch of Causeway's settings file."""
    head = {"kind": kind, "url": url, "token": token, "roles": ["erp"]}
    tables = {key: value for key, value in options.items() if isinstance(value, Mapping)}
    plain = {key: value for key, value in options.items() if key not in tables}
    parts = [_table("connections.erp", head), _table("connections.erp.options", plain)]
    parts += [_table(f"connections.erp.options.{key}", value) for key, value in tables.items()]
    return "\n".join(parts)


def _table(name: str, values: Mapping[str, Any]) -> str:
    lines = [f"{json.dumps(key)} = {json.dumps(value)}" for key, value in values.items()]
    return "\n".join([f"[{name}]", *lines, ""])
