"""Stock and prices put in force in a shop with 20,000 products, beside WooCommerce's own way."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import groupby
from statistics import median
from typing import Any

from bench.measures.shop_shelves import PRICE, STOCK, TOTAL, Copy, fill, row
from bench.rows import Bar, Limit, Row
from tests.acceptance.counterpart import Counterpart
from tests.acceptance.road import SCHEDULER_ASLEEP, SERVICES
from tests.shop.shop import Shop

SHARE = 100
"""One product in so many changes in a cycle."""
OF_VARIATIONS = 5
"""One in so many of those is a variation."""
ROUNDS = 3
REST_AT_ONCE = 100
_CYCLE = f"""
$services = {SERVICES};
if ( $anew ) {{
	\\Causeway\\Catalog\\Puller::start_anew();
}}
$began = microtime( true );
$lines = $services->catalog_puller()->run();
$read  = microtime( true ) - $began;
$whole = $services->catalog_applier()->run( 250 );
return array( 'lines' => $lines, 'read' => $read, 'seconds' => microtime( true ) - $began,
	'whole' => $whole, 'peak' => memory_get_peak_usage() / 1048576 );
"""
_BARE = """
$began = microtime( true );
foreach ( $changes as list( $id, $stock, $price ) ) {
	$product = wc_get_product( $id );
	$product->set_regular_price( $price );
	$product->set_stock_quantity( $stock );
	$product->save();
}
WC_Post_Data::do_deferred_product_sync();
return microtime( true ) - $began;
"""


def measure(shop: Shop, counterpart: Counterpart) -> list[Row]:
    shelves = fill(shop)
    shop.php("update_option( 'causeway_send_products', 'no' );")  # nothing of REST's is sent
    # REST's log-in opens pages, and the plugin's own poll would apply what is measured here.
    shop.php(SCHEDULER_ASLEEP)
    counterpart.counts = 0
    counterpart.rows = [row(copy.sku) for copy in shelves]
    first = _cycle(shop)
    again = [_cycle(shop, anew=True) for _ in range(ROUNDS)]
    idle = [_cycle(shop) for _ in range(ROUNDS)]
    ours, rest, bare, wrong = [], [], [], 0
    for number in range(ROUNDS):
        chosen = [_chosen(shelves, number * 3 + n) for n in range(3)]
        rest.append(len(chosen[0]) / _rest(shop, chosen[0], number))
        counterpart.rows = counterpart.rows[:] + [row(c.sku, *_figures(number)) for c in chosen[1]]
        ours.append(_cycle(shop))
        bare.append(len(chosen[2]) / _bare(shop, chosen[2], number))
        wrong += _wrong(shop, chosen[1], number)
    return _rows(first, again, idle, ours, rest, bare, wrong)


def _rows(
    first: dict[str, Any],
    again: list[dict[str, Any]],
    idle: list[dict[str, Any]],
    ours: list[dict[str, Any]],
    rest: list[float],
    bare: list[float],
    wrong: int,
) -> list[Row]:
    changed = TOTAL // SHARE
    failure = f"{wrong} products do not have what the catalogue said" if wrong else ""
    failure = failure or (
        "" if all(c["whole"] for c in [first, *again, *idle, *ours]) else "not all was applied"
    )
    seconds = [cycle["seconds"] for cycle in ours]
    rate = changed / median(seconds)
    limits = (Limit("WooCommerce's REST batch, behind nginx and php-fpm", median(rest)),
              Limit("WooCommerce's objects alone, in a loop", median(bare)))  # fmt: skip
    note = (f"{changed} of {TOTAL} products with another stock and price, one in {OF_VARIATIONS} a variation; "  # noqa: E501
            f"on one core; median of {ROUNDS} cycles, {min(seconds):.2f} to {max(seconds):.2f} s, "
            f"peak memory {max(c['peak'] for c in ours):.0f} MB")  # fmt: skip
    loop = Limit("WooCommerce's objects alone, in a loop", changed / median(bare))
    return [
        Row("catalog-cycle", median(seconds), "s", (loop,), Bar("<=", 4), note, failure),
        Row("catalog-rate", rate, "products/s", limits, Bar(">=", 1.5 * median(rest)), "", failure),
        Row("catalog-unchanged", median([c["seconds"] for c in idle]), "s", (), Bar("<=", 1),
            "the sidecar answers 304"),
        Row("catalog-unchanged-read-anew", median([c["seconds"] for c in again]), "s",
            (Limit("of it, reading and keeping the pages", median([c["read"] for c in again])),),
            Bar("<=", 1), f"all {TOTAL} rows come again and none differs"),
        Row("catalog-first", first["seconds"], "s",
            (Limit("of it, reading and keeping the pages", first["read"]),), None,
            f"{first['lines']} rows come for the first time and none differs"),
    ]  # fmt: skip


def _chosen(shelves: Sequence[Copy], which: int) -> list[Copy]:
    """A hundredth of all, others each time; variations parent by parent."""
    changed = TOTAL // SHARE
    simple = [copy for copy in shelves if not copy.parent]
    varied = [copy for copy in shelves if copy.parent]
    few = changed // OF_VARIATIONS
    return [*_every(simple, changed - few, which), *varied[which * few : which * few + few]]


def _every(copies: Sequence[Copy], count: int, offset: int) -> list[Copy]:
    step = len(copies) // count
    return [copies[n * step + offset] for n in range(count)]


def _figures(number: int) -> tuple[int, str]:
    """Less for some rounds, more for others; never what is there."""
    return STOCK + (number + 1) * (7 if number % 2 else -7), f"{float(PRICE) + number + 1:.2f}"


def _cycle(shop: Shop, *, anew: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = shop.value(_CYCLE, anew=anew)
    return found


def _bare(shop: Shop, copies: Sequence[Copy], number: int) -> float:
    stock, price = _figures(number)
    return float(shop.value(_BARE, changes=[[copy.product, stock, price] for copy in copies]))


def _rest(shop: Shop, copies: Sequence[Copy], number: int) -> float:
    """Seconds for the same by WooCommerce's batches; a parent's variations have their own."""
    stock, price = _figures(number)
    shop.admin.log_in()
    seconds = 0.0
    for parent, of_parent in groupby(copies, lambda copy: copy.parent):
        path = f"/wc/v3/products/{parent}/variations/batch" if parent else "/wc/v3/products/batch"
        mine = list(of_parent)
        for start in range(0, len(mine), REST_AT_ONCE):
            some = mine[start : start + REST_AT_ONCE]
            body = {"update": [{"id": copy.product, "stock_quantity": stock, "regular_price": price}
                               for copy in some]}  # fmt: skip
            began = time.monotonic()
            answer = shop.rest("POST", path, body)
            seconds += time.monotonic() - began
            if any("error" in said for said in answer["update"]):
                raise RuntimeError(f"WooCommerce refused: {answer['update'][0]}")
    return seconds


def _wrong(shop: Shop, copies: Sequence[Copy], number: int) -> int:
    """How many have another stock or price, in the product or in WooCommerce's lookup table."""
    stock, price = _figures(number)
    ids = ", ".join(str(copy.product) for copy in copies)
    right = shop.sql(
        "SELECT COUNT(*) AS n FROM wp_wc_product_meta_lookup l"
        " JOIN wp_postmeta s ON s.post_id = l.product_id AND s.meta_key = '_stock'"
        " JOIN wp_postmeta p ON p.post_id = l.product_id AND p.meta_key = '_price'"
        f" WHERE l.product_id IN ({ids}) AND l.stock_quantity = ? AND s.meta_value + 0 = ?"
        " AND p.meta_value + 0 = ? AND l.min_price = ?", stock, stock, price, price,
    )  # fmt: skip
    return len(copies) - int(right[0]["n"])
