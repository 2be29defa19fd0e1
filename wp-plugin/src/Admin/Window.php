<?php
/**
 * A span of days.
 *
 * @package Causeway
 */

namespace Causeway\Admin;

defined( 'ABSPATH' ) || exit;

/**
 * From the first second of a day to the last of another, in the shop's zone.
 */
final class Window {

	/** In Unix seconds.
	 *
	 * @var int
	 */
	public $from;

	/** In Unix seconds.
	 *
	 * @var int
	 */
	public $to;

	/**
	 * Made by read() alone.
	 *
	 * @param int $from In Unix seconds.
	 * @param int $to   In Unix seconds.
	 */
	private function __construct( int $from, int $to ) {
		$this->from = $from;
		$this->to   = $to;
	}

	/**
	 * Read two days; null when one is none, or the first is after the last.
	 *
	 * @param string $from As 2025-01-31.
	 * @param string $to   As 2025-12-31.
	 */
	public static function read( string $from, string $to ): ?self {
		$first = self::day( $from );
		$last  = self::day( $to );
		if ( null === $first || null === $last || $first > $last ) {
			return null;
		}
		return new self( $first->getTimestamp(), $last->modify( '+1 day' )->getTimestamp() - 1 );
	}

	/**
	 * A day's first second.
	 *
	 * @param string $text As 2025-01-31.
	 */
	private static function day( string $text ): ?\DateTimeImmutable {
		$day = \DateTimeImmutable::createFromFormat( '!Y-m-d', $text, wp_timezone() );
		return false !== $day && $day->format( 'Y-m-d' ) === $text ? $day : null;
	}
}
