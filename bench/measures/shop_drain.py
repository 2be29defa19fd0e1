"""How fast what waits goes out to a local sidecar that works at the same time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from bench.rows import Bar, Row
from causeway import settings
from causeway.cli.embedded import left_behind
from causeway.ledger.engine import Ledger
from causeway.ledger.tables import events
from tests.acceptance.road import SERVICES
from tests.shop.shop import Shop
from tests.shop.sidecar import STORE, Sidecar

ORDERS, AT_ONCE = 500, 100
RUNS = 20
_MAKE = """
$ids = array();
for ( $i = 0; $i < $count; $i++ ) {
	$order = wc_create_order();
	$order->add_product( wc_get_product( $product ), 1 );
	$order->set_address( $address );
	$order->set_payment_method( 'cod' );
	$order->calculate_totals();
	$order->update_status( 'processing' );
	$ids[] = $order->get_id();
}
return $ids;
"""
_ADDRESS = {"first_name": "Erika", "last_name": "Mustermann", "address_1": "Hauptstr. 1",
            "city": "Berlin", "postcode": "10115", "country": "DE",
            "email": "erika@example.org"}  # fmt: skip
_DRAIN = f"""
$sender = {SERVICES}->sender();
$began = microtime( true );
$report = $sender->run( 20 );
return array( 'seconds' => microtime( true ) - $began, 'sent' => $report->sent,
	'failed' => $report->failed, 'error' => $report->error,
	'peak' => memory_get_peak_usage() / 1048576 );
"""


def measure(shop: Shop, sidecar: Sidecar) -> list[Row]:
    """Orders per second over the runs of one worker, its start not counted."""
    _drain(shop)
    orders: list[int] = []
    while len(orders) < ORDERS:
        orders += shop.value(_MAKE, count=AT_ONCE, product=shop.product("PEN")["id"],
                             address=_ADDRESS)  # fmt: skip
    waiting = _waiting(shop)
    runs = _drain(shop)
    seconds = sum(run["seconds"] for run in runs)
    sent = sum(run["sent"] for run in runs)
    failure = _failure(shop, sidecar, orders, runs)
    note = (f"{sent} events sent in {len(runs)} runs and {seconds:.2f} s, {waiting} orders waited; "
            f"peak memory {max(run['peak'] for run in runs):.0f} MB")  # fmt: skip
    return [Row("shop-drain", min(sent, waiting) / seconds, "orders/s", (), Bar(">=", 60), note,
                failure)]  # fmt: skip


def _drain(shop: Shop) -> list[dict[str, Any]]:
    """Run the sender until nothing is left."""
    runs: list[dict[str, Any]] = []
    while _waiting(shop, "%") and len(runs) < RUNS:
        runs.append(shop.value(_DRAIN))
    return runs


def _waiting(shop: Shop, entity: str = "order") -> int:
    rows = shop.sql(
        "SELECT COUNT(*) AS n FROM wp_causeway_outbox WHERE entity LIKE ? AND state < 2", entity
    )
    return int(rows[0]["n"])


def _failure(shop: Shop, sidecar: Sidecar, orders: list[int], runs: list[dict[str, Any]]) -> str:
    """What is not with the sidecar was not sent, whatever the speed."""
    said = {str(run["error"]) for run in runs if run["error"]}
    failed = sum(run["failed"] for run in runs)
    lost = {str(order) for order in orders} - _kept(sidecar)
    left = _waiting(shop)
    if said or failed or lost or left:
        return f"errors {sorted(said)}, {failed} failed, {len(lost)} not kept, {left} not sent"
    return ""


def _kept(sidecar: Sidecar) -> set[str]:
    """The orders of which the sidecar's ledger has an event."""
    environ = left_behind({"CAUSEWAY_DATA_DIR": str(sidecar.data)})
    ledger = Ledger(settings.load(None, environ).ledger_url)
    with ledger.read() as connection:
        query = select(events.c.entity_id).where(events.c.source == STORE)
        found = set(connection.scalars(query.where(events.c.entity == "order")))
    ledger.close()
    return found
