"""Whether a worker that sends 50,000 orders in one process takes more memory at its end."""

from __future__ import annotations

import json
from typing import Any

import orjson

from bench.rows import Bar, Limit, Row
from bench.stats import percentile
from tests.acceptance.counterpart import Counterpart, Said
from tests.acceptance.road import SERVICES
from tests.shop.shop import Shop

ROWS = 50_000
FIRST = 1_000_000
"""The copies' ids follow this one."""
LONGEST_SECONDS = 2400
LINES = 10
"""More lines than the copied order has."""
_ORDER = {"wp_wc_orders": "id", "wp_wc_order_addresses": "order_id",
          "wp_wc_order_operational_data": "order_id", "wp_wc_orders_meta": "order_id",
          "wp_woocommerce_order_items": "order_id"}  # fmt: skip
"""Where an order is kept, with the column that names it."""
_ITEM = {"wp_woocommerce_order_items": "order_item_id",
         "wp_woocommerce_order_itemmeta": "order_item_id"}  # fmt: skip
_WORK = f"""
$seen = array();
add_filter( 'pre_http_request', function ( $answer, $given, $url ) use ( &$seen ) {{
	if ( strpos( $url, '/v1/events' ) ) {{
		$seen[] = memory_get_usage();
	}}
	return $answer;
}}, 10, 3 );
$services = {SERVICES};
$until    = time() + $longest;
while ( $services->outbox()->has_due() && time() < $until ) {{
	$services->worker()->run( 55 );
}}
echo wp_json_encode( array( 'seen' => $seen, 'peak' => memory_get_peak_usage() ) );
"""


def measure(shop: Shop, counterpart: Counterpart) -> list[Row]:
    """Copies of one order, each with its lines, sent by the command line's worker."""
    order = shop.checkout_store_api([("MUG-01", 2)])
    _copy(shop, order)
    counted = [0]

    def acknowledge(path: str, body: bytes) -> Said | None:
        """Without keeping 50,000 events."""
        if path != "/v1/events":
            return None
        ids = [event["id"] for event in orjson.loads(body)["events"]]
        counted[0] += len(ids)
        return Said(202, {"accepted": ids, "duplicates": [], "refused": []})

    counterpart.before = acknowledge
    said = _work(shop)
    return [_row(said, counted[0])]


def _row(said: dict[str, Any], sent: int) -> Row:
    """Medians of a twentieth of the batches each: one batch has larger orders than another."""
    seen = [taken / 2**20 for taken in said["seen"]]
    part = max(1, len(seen) // 20)
    middle = (len(seen) - part) // 2
    start, half, end = (percentile(seen[at : at + part], 0.5)
                        for at in (part, middle, len(seen) - part))  # fmt: skip
    note = (f"{sent} orders in {len(seen)} batches of one process; start {start:.2f}, middle "
            f"{half:.2f}, end {end:.2f}, peak {said['peak'] / 2**20:.2f} MB")  # fmt: skip
    failure = "" if sent >= ROWS else f"only {sent} of {ROWS} orders were sent"
    limits = (Limit("at the start", start), Limit("in the middle", half), Limit("at the end", end))
    return Row("shop-memory", max(half, end) - start, "MB", limits, Bar("<=", 2), note, failure)


def _work(shop: Shop) -> dict[str, Any]:
    """In a process that may take its time."""
    process = shop.start_php(_WORK, longest=LONGEST_SECONDS)
    try:
        out, err = process.communicate(timeout=LONGEST_SECONDS + 120)
    finally:
        process.kill()
    if process.returncode:
        raise RuntimeError(f"the worker ended with {process.returncode}: {err.strip()[-500:]}")
    said: dict[str, Any] = json.loads(out)
    return said


def _copy(shop: Shop, order: int) -> None:
    """Make the copies in the database, and have them wait."""
    found = shop.sql("SELECT MIN(order_item_id) AS first FROM wp_woocommerce_order_items"
                     " WHERE order_id = ?", order)  # fmt: skip
    item = f"{FIRST} + s.seq * {LINES} + t.order_item_id - {found[0]['first']}"
    for table in {**_ORDER, **_ITEM}:
        new = {}
        if table in _ORDER:
            new[_ORDER[table]] = f"{FIRST} + s.seq"
        if table in _ITEM:
            new[_ITEM[table]] = item
        _multiply(shop, table, new, order)
    made = shop.sql(
        "INSERT INTO wp_causeway_outbox"
        " (entity, entity_id, seq, available_at, marked_at, updated_at) SELECT 'order',"
        f" {FIRST} + seq, 1, 1, UNIX_TIMESTAMP(), UNIX_TIMESTAMP() FROM seq_1_to_{ROWS}"
    )
    if made != ROWS:
        raise RuntimeError(f"{made} rows instead of {ROWS}")


def _multiply(shop: Shop, table: str, new: dict[str, str], order: int) -> None:
    """Copy an order's rows of a table; the database numbers them where `new` does not."""
    columns = [row["Field"] for row in shop.sql(f"SHOW COLUMNS FROM {table}")
               if row["Extra"] != "auto_increment" or row["Field"] in new]  # fmt: skip
    values = [new.get(column, f"t.`{column}`") for column in columns]
    which = (
        f"t.{_ORDER[table]} = {order}"
        if table in _ORDER
        else "t.order_item_id IN (SELECT order_item_id FROM wp_woocommerce_order_items"
        f" WHERE order_id = {order})"
    )
    shop.sql(
        f"INSERT INTO {table} ({', '.join(f'`{column}`' for column in columns)})"
        f" SELECT {', '.join(values)} FROM {table} t JOIN seq_1_to_{ROWS} s WHERE {which}"
    )
