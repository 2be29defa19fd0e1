<?php
/**
 * How many of each line may come back.
 *
 * @package Causeway
 */

namespace Causeway\Returns;

defined( 'ABSPATH' ) || exit;

/**
 * Counts, and holds what somebody asks for against it. Whether the goods were ever sent the sidecar
 * knows better: it asks a person about a return that does not fit.
 */
final class Quantities {

	/**
	 * The product lines of which something may come back: what was ordered less what was refunded.
	 *
	 * @param \WC_Order $order The order.
	 * @return array<int, array{name: string, left: float}> By line.
	 */
	public static function left( \WC_Order $order ): array {
		$found = array();
		foreach ( $order->get_items() as $id => $item ) {
			$left = (float) $item->get_quantity() - abs( (float) $order->get_qty_refunded_for_item( $id ) );
			if ( $left > 0 ) {
				$found[ (int) $id ] = array(
					'name' => $item->get_name(),
					'left' => $left,
				);
			}
		}
		return $found;
	}

	/**
	 * What is asked for, once it fits; lines of which none is wanted are left out.
	 *
	 * @param array $wanted By line, as they were typed.
	 * @param array $left   As left() gives it.
	 * @return array<int, string> Decimal text by line.
	 * @throws Refused When it does not fit the order.
	 */
	public static function fitting( array $wanted, array $left ): array {
		$found = array();
		foreach ( $wanted as $id => $typed ) {
			$text = is_scalar( $typed ) ? str_replace( ',', '.', trim( (string) $typed ) ) : 'none';
			if ( '' === $text ) {
				continue;
			}
			if ( ! preg_match( '~^\d{1,9}(\.\d{1,6})?\z~', $text ) ) {
				throw new Refused( __( 'A quantity is no number.', 'causeway-for-woocommerce' ) );
			}
			if ( (float) $text <= 0 ) {
				continue;
			}
			if ( ! isset( $left[ $id ] ) ) {
				throw new Refused( __( 'A line is none of this order’s, or nothing of it is left. Load the page again.', 'causeway-for-woocommerce' ) );
			}
			if ( (float) $text > $left[ $id ]['left'] ) {
				/* translators: 1: a quantity; 2: a product. */
				throw new Refused( sprintf( __( 'At most %1$s of “%2$s” can come back.', 'causeway-for-woocommerce' ), self::text( $left[ $id ]['left'] ), $left[ $id ]['name'] ) );
			}
			$found[ (int) $id ] = self::text( (float) $text );
		}
		if ( ! $found ) {
			throw new Refused( __( 'Say of at least one product how many come back.', 'causeway-for-woocommerce' ) );
		}
		return $found;
	}

	/**
	 * A quantity as text, with no more decimals than it has.
	 *
	 * @param float $quantity The quantity.
	 */
	public static function text( float $quantity ): string {
		return rtrim( rtrim( sprintf( '%.6F', $quantity ), '0' ), '.' );
	}
}
