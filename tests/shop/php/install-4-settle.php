<?php
/**
 * Last: the rewrite rules, with every type of content known, and the background work that
 * installing left behind, so that a shop just started has nothing of the kind to do.
 */

// phpcs:disable
$_SERVER['HTTP_HOST'] = '127.0.0.1';
require $argv[1] . '/wp-load.php';
flush_rewrite_rules();
for ( $round = 0; $round < 5; $round++ ) {
	ActionScheduler::runner()->run( 'WP CLI' );
}
wp_cache_flush();
