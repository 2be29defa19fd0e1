"""A real shop: what the plugin costs its customers, how fast it is, how much memory it takes.

Each measure has a shop of its own, new and empty. Checkouts, pages and memory are measured with a
sidecar that acknowledges and does nothing else, so that a back office at work beside the shop is
not counted as the plugin's price.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from bench.machine import one_core
from bench.measures import (
    shop_booked,
    shop_catalog,
    shop_checkout,
    shop_drain,
    shop_memory,
    shop_pages,
    shop_scheduled,
)
from bench.place import free_port
from bench.rows import Row
from tests.acceptance.counterpart import Counterpart
from tests.shop.shop import Shop
from tests.shop.sidecar import Sidecar


def checkout() -> list[Row]:
    """Behind nginx and php-fpm."""
    with one_core():
        return _beside_counterpart("fpm", shop_checkout.measure)


def checkout_plain() -> list[Row]:
    """On PHP's own server."""
    with one_core():
        return _beside_counterpart("php", shop_checkout.measure_plain)


def pages() -> list[Row]:
    return _beside_counterpart("fpm", lambda shop, _: shop_pages.measure(shop))


def memory() -> list[Row]:
    return _beside_counterpart("php", shop_memory.measure)


def booked() -> list[Row]:
    return _beside_sidecar("fpm", shop_booked.measure)


def scheduled() -> list[Row]:
    return _beside_sidecar("php", shop_scheduled.measure)


def catalog() -> list[Row]:
    """One process of PHP and the database, by turns."""
    with one_core():
        return _beside_counterpart("fpm", shop_catalog.measure)


def drain() -> list[Row]:
    return _beside_sidecar("fpm", shop_drain.measure)


PARTS: dict[str, tuple[str, Callable[[], list[Row]]]] = {
    "shop-checkout": ("checkouts with and without the plugin, nginx and php-fpm", checkout),
    "shop-checkout-php": ("the same on PHP's own server", checkout_plain),
    "shop-pages": ("pages with 10,000 rows waiting", pages),
    "shop-booked": ("from checkout to booked, sent after the response", booked),
    "shop-scheduled": ("from checkout to booked, by the scheduler alone", scheduled),
    "shop-catalog": ("stock and prices put in force among 20,000 products", catalog),
    "shop-drain": ("a queue sent to a sidecar at work", drain),
    "shop-memory": ("memory of a worker over 50,000 rows", memory),
}


def measure() -> list[Row]:
    """All of them. One that breaks does not take the others with it."""
    rows: list[Row] = []
    for name, (_, take) in PARTS.items():
        say(f"{name} …")
        try:
            rows += take()
        except Exception as error:  # noqa: BLE001
            rows.append(Row(name, None, "", failure=f"{type(error).__name__}: {error}"))
    return rows


def say(sentence: str) -> None:
    print(f"  {sentence}", file=sys.stderr, flush=True)


def _beside_counterpart(server: str, take: Callable[[Shop, Counterpart], list[Row]]) -> list[Row]:
    with Shop(server=server, durable=True, say=say) as shop, Counterpart() as counterpart:
        shop.pair(counterpart.code)
        return take(shop, counterpart)


def _beside_sidecar(server: str, take: Callable[[Shop, Sidecar], list[Row]]) -> list[Row]:
    with Shop(server=server, durable=True, say=say) as shop:
        sidecar = Sidecar(shop.place.folder / "sidecar", free_port(), shop.url)
        try:
            shop.pair(sidecar.code)
            return take(shop, sidecar)
        finally:
            sidecar.stop()
