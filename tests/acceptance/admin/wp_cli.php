<?php
/**
 * As much of WP-CLI as the plugin's commands call, for tests where WP-CLI cannot be installed.
 */

// phpcs:disable
namespace {
	final class WP_CLI {
		public static $said = array();
		public static $items = array();
		public static $commands = array();

		public static function add_command( $name, $command ) {
			self::$commands[ $name ] = $command;
		}
		public static function log( $text ) {
			self::$said[] = $text;
		}
		public static function success( $text ) {
			self::$said[] = "Success: $text";
		}
		public static function warning( $text ) {
			self::$said[] = "Warning: $text";
		}
		public static function error( $text ) {
			self::$said[] = "Error: $text";
			self::halt( 1 );
		}
		public static function halt( $code ) {
			throw new Causeway_Wp_Ended( '', $code );
		}
	}

	final class Causeway_Wp_Ended extends Exception {}
}

namespace WP_CLI\Utils {
	function format_items( $format, $items, $fields ) {
		\WP_CLI::$items = $items;
	}
}

namespace {
	/**
	 * Runs one command as WP-CLI does: the method of that name, or the one whose docblock names it.
	 */
	function causeway_wp( $command, $arguments, $options ) {
		define( 'WP_CLI', true );
		unset( $options['-'] );
		do_action( 'cli_init' );
		$ended = 0;
		try {
			$known = WP_CLI::$commands['causeway'];
			foreach ( ( new ReflectionClass( $known ) )->getMethods( ReflectionMethod::IS_PUBLIC ) as $method ) {
				preg_match( '~@subcommand\s+(\S+)~', (string) $method->getDocComment(), $named );
				if ( ( $named[1] ?? $method->getName() ) === $command ) {
					$method->invoke( $known, $arguments, $options );
				}
			}
		} catch ( Causeway_Wp_Ended $end ) {
			$ended = $end->getCode();
		}
		return array(
			'said'  => implode( "\n", WP_CLI::$said ),
			'items' => WP_CLI::$items,
			'ended' => $ended,
		);
	}
}
