"""A real shop behind nginx and php-fpm: what the plugin costs its customers, and how fast it is."""

from __future__ import annotations

import sys
from collections.abc import Callable

from bench.measures import shop_booked, shop_checkout, shop_drain, shop_pages
from bench.place import free_port
from bench.rows import Row
from tests.acceptance.counterpart import Counterpart
from tests.shop.shop import Shop
from tests.shop.sidecar import Sidecar


def measure() -> list[Row]:
    """All of it on one shop. Raises CannotStand, which names what is missing.

    Checkouts and pages are measured with a sidecar that acknowledges and does nothing else, so
    that a back office at work beside the shop is not counted as the plugin's price.
    """
    with Shop(server="fpm", durable=True, say=_say) as shop:
        rows: list[Row] = []
        with Counterpart() as counterpart:
            shop.pair(counterpart.code)
            rows += _part("shop-checkout", lambda: shop_checkout.measure(shop, counterpart))
            rows += _part("shop-pages", lambda: shop_pages.measure(shop))
        sidecar = Sidecar(shop.place.folder / "sidecar", free_port(), shop.url)
        try:
            shop.pair(sidecar.code)
            rows += _part("shop-booked", lambda: shop_booked.measure(shop, sidecar))
            rows += _part("shop-drain", lambda: shop_drain.measure(shop, sidecar))
        finally:
            sidecar.stop()
    return rows


def _part(name: str, take: Callable[[], list[Row]]) -> list[Row]:
    """One that breaks does not take the others with it."""
    _say(f"{name} …")
    try:
        return take()
    except Exception as error:  # noqa: BLE001
        return [Row(name, None, "", failure=f"{type(error).__name__}: {error}")]


def _say(sentence: str) -> None:
    print(f"  {sentence}", file=sys.stderr, flush=True)
