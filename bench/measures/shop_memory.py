"""Whether a worker that sends 50,000 rows in one process takes more memory at its end.

A quarter of the rows are orders, the others their notes, mixed as they come in a shop: 50,000
orders would take longer than anybody watches a bench.
"""

from __future__ import annotations

import json
from typing import Any

import orjson

from bench.rows import Bar, Limit, Row
from bench.stats import percentile
from tests.acceptance.counterpart import Counterpart, Said
from tests.acceptance.road import SERVICES
from tests.shop.shop import Shop

ORDERS, NOTES_EACH = 12_500, 3
ROWS = ORDERS * (1 + NOTES_EACH)
FIRST = 1_000_000
"""The copies' ids follow this one."""
LONGEST_SECONDS = 2400
LINES = 10
"""More than the copied order has, of lines and of notes."""
_ORDER = {"wp_wc_orders": "id", "wp_wc_order_addresses": "order_id",
          "wp_wc_order_operational_data": "order_id", "wp_wc_orders_meta": "order_id",
          "wp_woocommerce_order_items": "order_id"}  # fmt: skip
"""Where an order is kept, with the column that names it."""
_NOTES = """
$order = wc_get_order( $id );
$ids   = array();
for ( $i = 0; $i < $count; $i++ ) {
	$ids[] = $order->add_order_note( 'The customer rang up about the mugs.', 0, true );
}
return min( $ids );
"""
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
    """Copies of one order, each with its lines and notes, sent by the command line's worker."""
    order = shop.checkout_store_api([("MUG-01", 2)])
    note = int(shop.value(_NOTES, id=order, count=NOTES_EACH))
    _copy(shop, order)
    _copy_notes(shop, order, note)
    _fill_outbox(shop)
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
    note = (f"{sent} rows in {len(seen)} batches of one process; start {start:.2f}, middle "
            f"{half:.2f}, end {end:.2f}, peak {said['peak'] / 2**20:.2f} MB")  # fmt: skip
    failure = "" if sent >= ROWS else f"only {sent} of {ROWS} rows were sent"
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
    """Make the copies of the order in the database."""
    found = shop.sql("SELECT MIN(order_item_id) AS first FROM wp_woocommerce_order_items"
                     " WHERE order_id = ?", order)  # fmt: skip
    item = f"{FIRST} + s.seq * {LINES} + t.order_item_id - {found[0]['first']}"
    for table in {**_ORDER, **_ITEM}:
        new = {}
        if table in _ORDER:
            new[_ORDER[table]] = f"{FIRST} + s.seq"
        if table in _ITEM:
            new[_ITEM[table]] = item
        _multiply(shop, table, new, _which(table, order))


def _copy_notes(shop: Shop, order: int, first: int) -> None:
    """Each copy of the order gets copies of its notes."""
    new = {"comment_ID": f"{FIRST} + s.seq * {LINES} + t.comment_ID - {first}",
           "comment_post_ID": f"{FIRST} + s.seq"}  # fmt: skip
    last = first + NOTES_EACH - 1
    _multiply(shop, "wp_comments", new, f"t.comment_ID BETWEEN {first} AND {last}")


def _fill_outbox(shop: Shop) -> None:
    """Have all of them wait, each order before its notes."""
    made = shop.sql(
        "INSERT INTO wp_causeway_outbox"
        " (entity, entity_id, seq, available_at, marked_at, updated_at)"
        " SELECT entity, entity_id, 1, 1, UNIX_TIMESTAMP(), UNIX_TIMESTAMP() FROM ("
        f" SELECT 'order' AS entity, {FIRST} + seq AS entity_id, seq AS turn, 0 AS place"
        f" FROM seq_1_to_{ORDERS} UNION ALL"
        f" SELECT 'note', {FIRST} + s.seq * {LINES} + k.seq, s.seq, 1"
        f" FROM seq_1_to_{ORDERS} s JOIN seq_0_to_{NOTES_EACH - 1} k) mixed"
        " ORDER BY turn, place, entity_id"
    )
    if made != ROWS:
        raise RuntimeError(f"{made} rows instead of {ROWS}")


def _which(table: str, order: int) -> str:
    """The order's rows of a table."""
    if table in _ORDER:
        return f"t.{_ORDER[table]} = {order}"
    items = f"SELECT order_item_id FROM wp_woocommerce_order_items WHERE order_id = {order}"
    return f"t.order_item_id IN ({items})"


def _multiply(shop: Shop, table: str, new: dict[str, str], which: str) -> None:
    """Copy rows of a table once for each order; the database numbers them where `new` does not."""
    columns = [row["Field"] for row in shop.sql(f"SHOW COLUMNS FROM {table}")
               if row["Extra"] != "auto_increment" or row["Field"] in new]  # fmt: skip
    values = [new.get(column, f"t.`{column}`") for column in columns]
    shop.sql(
        f"INSERT INTO {table} ({', '.join(f'`{column}`' for column in columns)})"
        f" SELECT {', '.join(values)} FROM {table} t JOIN seq_1_to_{ORDERS} s WHERE {which}"
    )
