"""The shops that acceptance tests run on: one, or with CAUSEWAY_MATRIX=all every one there is.

Or those that it names: CAUSEWAY_MATRIX=11.0.1-hpos-fpm,10.0.2-posts-php,11.0.1-hpos-php-cached.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from tests.shop import cache
from tests.shop.shop import ORDERS


@dataclass(frozen=True, slots=True)
class Combination:
    """None for a version: the newest that can be had."""

    woocommerce: str | None
    orders: str
    server: str = "php"
    object_cache: bool = False

    def __str__(self) -> str:
        cached = "-cached" if self.object_cache else ""
        return f"woocommerce-{self.woocommerce or 'newest'}-{self.orders}-{self.server}{cached}"

    def options(self) -> dict[str, Any]:
        """As Shop takes them."""
        return {"woocommerce": self.woocommerce, "orders": self.orders, "server": self.server,
                "object_cache": self.object_cache}  # fmt: skip


def combinations() -> list[Combination]:
    """The newest WooCommerce with HPOS; or each version in the cache with each kind of orders,
    behind php-fpm once, and with an object cache that outlives the request once."""
    there: list[str | None] = [*cache.versions("woocommerce")] or [None]
    newest = Combination(there[0], "hpos")
    asked = os.environ.get("CAUSEWAY_MATRIX", "")
    if asked != "all":
        return [_named(name) for name in asked.split(",") if name] or [newest]
    every = [Combination(version, orders) for version in there for orders in ORDERS]
    return [*every, Combination(there[0], "hpos", "fpm"),
            Combination(there[0], "hpos", object_cache=True)]  # fmt: skip


def _named(name: str) -> Combination:
    woocommerce, orders, server, *cached = name.split("-")
    return Combination(woocommerce, orders, server, object_cache=cached == ["cached"])
