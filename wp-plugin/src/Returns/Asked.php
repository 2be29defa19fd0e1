<?php
/**
 * The returns that somebody asked for at an order.
 *
 * @package Causeway
 */

namespace Causeway\Returns;

defined( 'ABSPATH' ) || exit;

/**
 * Kept in the order's meta, so that what is sent can be made afresh and goes with the order. Their
 * ids are the order's with a number: the same again is no second return.
 */
final class Asked {

	public const META = '_causeway_returns';

	/**
	 * All of them, the oldest first.
	 *
	 * @param \WC_Order $order The order.
	 * @return array[] `id`, `lines` (quantities by line) and `reason`.
	 */
	public static function of( \WC_Order $order ): array {
		$kept = $order->get_meta( self::META );
		return is_array( $kept ) ? array_values( array_filter( $kept, 'is_array' ) ) : array();
	}

	/**
	 * Which number the next one has.
	 *
	 * @param \WC_Order $order The order.
	 */
	public static function next( \WC_Order $order ): int {
		return count( self::of( $order ) ) + 1;
	}

	/**
	 * Keep one more.
	 *
	 * @param \WC_Order $order  The order.
	 * @param array     $lines  Quantities by line.
	 * @param string    $reason Why.
	 * @return string Its id.
	 */
	public static function add( \WC_Order $order, array $lines, string $reason ): string {
		$id   = $order->get_id() . '-' . self::next( $order );
		$kept = self::of( $order );

		$kept[] = array(
			'id'     => $id,
			'lines'  => $lines,
			'reason' => $reason,
		);
		self::keep( $order, $kept );
		return $id;
	}

	/**
	 * Forget why goods came back: people write names into it.
	 *
	 * @param \WC_Order $order The order.
	 */
	public static function forget_reasons( \WC_Order $order ): void {
		$kept = self::of( $order );
		if ( $kept ) {
			self::keep( $order, array_map( static fn( $asked ) => array( 'reason' => '' ) + $asked, $kept ) );
		}
	}

	/**
	 * Write them down.
	 *
	 * @param \WC_Order $order The order.
	 * @param array[]   $kept  All of them.
	 */
	private static function keep( \WC_Order $order, array $kept ): void {
		$order->update_meta_data( self::META, $kept );
		$order->save_meta_data();
	}
}
