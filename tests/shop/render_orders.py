"""Renders the contract's orders of the plugin anew:   python -m tests.shop.render_orders

A real WooCommerce makes them (`php/more-orders.php`) and the plugin renders them, with what it
adds to WooCommerce's own REST shape. Look at the difference before you keep it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.shop.parts import CannotStand
from tests.shop.shop import PLUGIN, Shop

RECIPES = Path(__file__).parent / "php" / "more-orders.php"
TARGET = Path(__file__).parents[1] / "contract" / "woocommerce" / "plugin"
# What says when and where it was rendered, and nothing else.
ADDRESS = "https://shop.example"


def rendered(shop: Shop) -> dict[str, dict[str, Any]]:
    """The orders by name, as events carry them."""
    code = RECIPES.read_text().removeprefix("<?php")
    found: dict[str, dict[str, Any]] = shop.value(f"{code}\nreturn causeway_more_orders();")
    return found


def main() -> int:
    try:
        with Shop(plugin=PLUGIN, say=print) as shop:
            orders = rendered(shop)
            address = shop.url
    except CannotStand as problem:
        print(f"No shop: {problem}.", file=sys.stderr)
        return 1
    TARGET.mkdir(exist_ok=True)
    for name, data in orders.items():
        text = json.dumps(data, indent=2, ensure_ascii=False).replace(address, ADDRESS)
        (TARGET / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    print(f"{len(orders)} orders rendered")
    return 0


if __name__ == "__main__":
    sys.exit(main())
