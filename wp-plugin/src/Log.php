<?php
/**
 * Causeway's lines in WooCommerce's logs.
 *
 * @package Causeway
 */

namespace Causeway;

defined( 'ABSPATH' ) || exit;

/**
 * Writes to WooCommerce › Status › Logs, source “causeway”. Ids only: no names, no addresses, no
 * secrets. Never throws.
 */
final class Log {

	private const SOURCE = 'causeway';

	/**
	 * How often a message was written in this request.
	 *
	 * @var array<string, int>
	 */
	private static $written = array();

	/**
	 * Something went as it should.
	 *
	 * @param string $message What happened.
	 */
	public static function info( string $message ): void {
		self::write( 'info', $message );
	}

	/**
	 * Something is to be looked at.
	 *
	 * @param string $message What happened.
	 */
	public static function warning( string $message ): void {
		self::write( 'warning', $message );
	}

	/**
	 * A failure of our own.
	 *
	 * @param string     $where Which part failed.
	 * @param \Throwable $error What it threw.
	 */
	public static function failure( string $where, \Throwable $error ): void {
		$place = basename( $error->getFile() ) . ':' . $error->getLine();
		self::write( 'error', "$where failed at $place: " . get_class( $error ) . ' ' . $error->getMessage() );
	}

	/**
	 * Write a line, the same one once a request.
	 *
	 * @param string $level   A level of WC_Logger.
	 * @param string $message The line.
	 */
	private static function write( string $level, string $message ): void {
		$message                   = substr( $message, 0, 1000 );
		self::$written[ $message ] = ( self::$written[ $message ] ?? 0 ) + 1;
		if ( self::$written[ $message ] > 1 ) {
			return;
		}
		try {
			if ( function_exists( 'wc_get_logger' ) ) {
				wc_get_logger()->log( $level, $message, array( 'source' => self::SOURCE ) );
			}
		} catch ( \Throwable $ignored ) {
			return; // A log that cannot be written must not stop a checkout.
		}
	}
}
