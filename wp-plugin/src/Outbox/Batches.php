<?php
/**
 * Cutting what is to be sent into requests.
 *
 * @package Causeway
 */

namespace Causeway\Outbox;

defined( 'ABSPATH' ) || exit;

/**
 * Batches by count and by size, in order.
 */
final class Batches {

	public const MOST_EVENTS = 50;
	public const MOST_BYTES  = 524288;

	/**
	 * Cut a list. What is larger than a batch by itself goes alone.
	 *
	 * @param array    $items Whatever is to be sent.
	 * @param callable $size  item → bytes.
	 * @param int      $most  How many a batch may hold.
	 * @param int      $bytes How large a batch may be.
	 * @return array[]
	 */
	public static function cut( array $items, callable $size, int $most = self::MOST_EVENTS, int $bytes = self::MOST_BYTES ): array {
		$batches = array();
		$current = array();
		$weight  = 0;
		foreach ( $items as $item ) {
			$own = (int) $size( $item ) + 1;
			if ( $current && ( count( $current ) >= $most || $weight + $own > $bytes ) ) {
				$batches[] = $current;
				$current   = array();
				$weight    = 0;
			}
			$current[] = $item;
			$weight   += $own;
		}
		if ( $current ) {
			$batches[] = $current;
		}
		return $batches;
	}
}
