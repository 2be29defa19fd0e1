"""One shop, three ways to serve a request: without the plugin, with it, with WooCommerce's own
webhooks. A header chooses, so that the ways can take turns request by request."""

from __future__ import annotations

import json
from typing import Any

from tests.shop.docroot import PLUGIN_SLUG
from tests.shop.shop import PLUGIN_FILE, Shop

HEADER = "X-Bench-Mode"
WITHOUT, WITH, WEBHOOKS = "without", "with", "webhooks"
MODES = (WITHOUT, WITH, WEBHOOKS)
NOTED = "bench.jsonl"
TOPICS = ("order.created", "order.updated")

_SWITCH = f"""<?php
/** Plugin Name: chooses what a request of a benchmark is served with */
$mode = $_SERVER['HTTP_X_BENCH_MODE'] ?? '{WITH}';
add_filter( 'option_active_plugins', function ( $plugins ) use ( $mode ) {{
	return '{WITH}' === $mode ? $plugins : array_values( array_diff( $plugins, array( '{PLUGIN_SLUG}/{PLUGIN_FILE}' ) ) );
}} );
add_filter( 'woocommerce_load_webhooks_limit', function ( $limit ) use ( $mode ) {{
	return '{WEBHOOKS}' === $mode ? $limit : 0;
}} );
if ( isset( $_SERVER['HTTP_X_BENCH_MODE'] ) ) {{
	$cpu = static function () {{
		$used = getrusage();
		return 1e3 * ( $used['ru_utime.tv_sec'] + $used['ru_stime.tv_sec'] ) + 1e-3 * ( $used['ru_utime.tv_usec'] + $used['ru_stime.tv_usec'] );
	}};
	$before = $cpu();
	$order  = 0;
	add_action( 'woocommerce_store_api_checkout_order_processed', function ( $made ) use ( &$order ) {{
		$order = $made->get_id();
	}} );
	add_action( 'shutdown', function () use ( $mode, $cpu, $before, &$order ) {{
		$line = array( 'mode' => $mode, 'order' => $order, 'queries' => $GLOBALS['wpdb']->num_queries,
			'cpu' => $cpu() - $before, 'wall' => 1e3 * ( microtime( true ) - $_SERVER['REQUEST_TIME_FLOAT'] ) );
		file_put_contents( CAUSEWAY_SHOP_STATE . '/{NOTED}', wp_json_encode( $line ) . "\\n", FILE_APPEND | LOCK_EX );
	}}, 999 );
}}
"""  # noqa: E501

_WEBHOOK = """
$hook = new WC_Webhook();
$hook->set_name( $topic );
$hook->set_user_id( 1 );
$hook->set_topic( $topic );
$hook->set_secret( 'bench' );
$hook->set_delivery_url( $url );
$hook->set_status( 'active' );
return $hook->save();
"""


def prepare(shop: Shop, receiver: str) -> None:
    """Put the switch into the shop, and webhooks for orders that point at `receiver`."""
    path = shop.place.www / "wp-content" / "mu-plugins" / "bench-mode.php"
    path.write_text(_SWITCH, encoding="utf-8")
    path.chmod(0o644)
    for topic in TOPICS:
        shop.value(_WEBHOOK, topic=topic, url=receiver)


def captured(shop: Shop) -> set[int]:
    """Orders that the plugin marked."""
    rows = shop.sql("SELECT entity_id FROM wp_causeway_outbox WHERE entity = 'order'")
    return {int(row["entity_id"]) for row in rows}


def webhook_calls(shop: Shop) -> int:
    """How many deliveries WooCommerce has planned for its webhooks."""
    rows = shop.sql(
        "SELECT COUNT(*) AS n FROM wp_actionscheduler_actions WHERE hook = ?",
        "woocommerce_deliver_webhook_async",
    )
    return int(rows[0]["n"])


def noted(shop: Shop) -> list[dict[str, Any]]:
    """Of each request with a mode, in their order: mode, order, and up to the end of the response
    queries, milliseconds, and those of them on the processor since the start of the plugins."""
    lines = (shop.place.state / NOTED).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]
