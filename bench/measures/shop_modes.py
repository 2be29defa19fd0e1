"""One shop, four ways to serve a request: without the plugin, with it, with it and a clock at each
of its calls, with WooCommerce's own webhooks. A header chooses, so that the ways can take turns
request by request."""

from __future__ import annotations

import json
from typing import Any

from tests.shop.docroot import PLUGIN_SLUG
from tests.shop.shop import PLUGIN_FILE, Shop

HEADER = "X-Bench-Mode"
WITHOUT, WITH, WEBHOOKS = "without", "with", "webhooks"
CLOCKED = "clocked"
"""The plugin's own share by its own clock: surer than a difference of two checkouts, but blind to
what its presence costs others."""
NOTED = "bench.jsonl"
TOPICS = ("order.created", "order.updated")

_SWITCH = f"""<?php
/** Plugin Name: chooses what a request of a benchmark is served with */
$mode = $_SERVER['HTTP_X_BENCH_MODE'] ?? '{WITH}';
add_filter( 'option_active_plugins', function ( $plugins ) use ( $mode ) {{
	$others = array_values( array_diff( $plugins, array( '{PLUGIN_SLUG}/{PLUGIN_FILE}' ) ) );
	return '{WITH}' === $mode ? $plugins : ( '{CLOCKED}' === $mode ? array_merge( $others, array( '{PLUGIN_SLUG}/{PLUGIN_FILE}' ) ) : $others );
}} );
$own = 0;
if ( '{CLOCKED}' === $mode ) {{
	$then = hrtime( true );
	add_action( 'plugin_loaded', function ( $file ) use ( &$own, &$then ) {{
		if ( ! str_contains( $file, '{PLUGIN_SLUG}' ) ) {{
			$then = hrtime( true );
			return;
		}}
		$own += hrtime( true ) - $then;
		foreach ( $GLOBALS['wp_filter'] as $hook ) {{
			foreach ( $hook->callbacks as $priority => $all ) {{
				foreach ( $all as $id => $one ) {{
					$call = $one['function'];
					if ( ! $call instanceof Causeway\\Guard ) {{
						continue;
					}}
					$hook->callbacks[ $priority ][ $id ]['function'] = function ( ...$given ) use ( $call, &$own ) {{
						$began  = hrtime( true );
						$answer = $call( ...$given );
						$own   += hrtime( true ) - $began;
						return $answer;
					}};
				}}
			}}
		}}
	}} );
}}
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
	add_action( 'shutdown', function () use ( $mode, $cpu, $before, &$order, &$own ) {{
		$line = array( 'mode' => $mode, 'order' => $order, 'queries' => $GLOBALS['wpdb']->num_queries, 'own' => $own / 1e6,
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


_ROWS = """
$taken = array();
for ( $n = 1; $n <= 200; $n++ ) {
	$began = hrtime( true );
	$GLOBALS['wpdb']->query( "INSERT INTO {$GLOBALS['wpdb']->prefix}causeway_outbox (entity, entity_id, seq, available_at, marked_at, updated_at) VALUES ('bench', $n, 1, 1, 1, 1)" );
	$taken[] = ( hrtime( true ) - $began ) / 1e6;
}
$GLOBALS['wpdb']->query( "DELETE FROM {$GLOBALS['wpdb']->prefix}causeway_outbox WHERE entity = 'bench'" );
sort( $taken );
return $taken[100];
"""  # noqa: E501


def one_row(shop: Shop) -> float:
    """Milliseconds in which this shop writes one such row, when it does nothing else."""
    return float(shop.value(_ROWS))


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
