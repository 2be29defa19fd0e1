<?php
/**
 * What PHPStan is told of things that the plugin uses and that neither WordPress nor WooCommerce
 * declares where it looks: constants made by functions, WP-CLI, other plugins, web servers.
 *
 * @package Causeway
 */

// phpcs:disable
namespace {
	const MINUTE_IN_SECONDS = 60;
	const HOUR_IN_SECONDS   = 3600;
	const DAY_IN_SECONDS    = 86400;
	const WEEK_IN_SECONDS   = 604800;
	const YEAR_IN_SECONDS   = 31536000;
	const CAUSEWAY_PLUGIN_VERSION = '';

	class WP_CLI {
		/** @param mixed $command */
		public static function add_command( string $name, $command ): void {}
		public static function log( string $text ): void {}
		public static function success( string $text ): void {}
		public static function warning( string $text ): void {}
		/** @return never */
		public static function error( string $text ) { exit( 1 ); }
		/** @return never */
		public static function halt( int $code ) { exit( $code ); }
	}

	/** @param int|string $date */
	function ast_insert_tracking_number( int $order, string $number, string $carrier, $date = '', int $status = 0 ): void {}
	function litespeed_finish_request(): bool { return true; }
}

namespace WP_CLI\Utils {
	/**
	 * @param array<int, array<string, mixed>> $items
	 * @param string[]|string                  $fields
	 */
	function format_items( string $format, array $items, $fields ): void {}
}
