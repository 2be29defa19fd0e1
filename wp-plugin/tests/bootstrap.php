<?php
/**
 * What the unit tests need instead of WordPress: very little.
 *
 * @package Causeway
 */

// phpcs:disable
define( 'ABSPATH', __DIR__ . '/' );
define( 'CAUSEWAY_PLUGIN_VERSION', 'test' );

require_once __DIR__ . '/../src/Autoloader.php';
Causeway\Autoloader::register( __DIR__ . '/../src' );
require_once __DIR__ . '/unit/Golden.php';
require_once __DIR__ . '/unit/Database.php';

function wp_parse_url( $url ) {
	return parse_url( $url );
}
function wp_rand( $least, $most ) {
	return random_int( $least, $most );
}
function __( $text ) {
	return $text;
}
function wp_doing_cron() {
	return $GLOBALS['doing_cron'] ?? false;
}
function get_option( $name, $otherwise = false ) {
	return $GLOBALS['options'][ $name ] ?? $otherwise;
}
function wp_timezone() {
	return new DateTimeZone( 'Europe/Berlin' );
}
