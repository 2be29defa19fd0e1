<?php
/**
 * A return as an event says it.
 *
 * @package Causeway
 */

namespace Causeway\Payload;

use Causeway\Returns\Asked;

defined( 'ABSPATH' ) || exit;

/**
 * The last return that was asked for at an order.
 */
final class Returns {

	private const SCHEMA = 'causeway.return/1';

	/**
	 * Read it; null when none was asked for, or the order is gone.
	 *
	 * @param int $id The order.
	 * @throws \RuntimeException When the order is there and cannot be read.
	 */
	public static function read( int $id ): ?Content {
		$order = wc_get_order( $id );
		if ( ! $order && Existence::of_order( $id ) ) {
			throw new \RuntimeException( 'WooCommerce cannot read its order' );
		}
		$asked = $order instanceof \WC_Order ? Asked::of( $order ) : array();
		return $asked ? self::told( $id, end( $asked ) ) : null;
	}

	/**
	 * What is said of one.
	 *
	 * @param int   $order_id Whose it is.
	 * @param array $asked    As Asked keeps it.
	 */
	public static function told( int $order_id, array $asked ): Content {
		$lines = array();
		foreach ( $asked['lines'] as $line => $quantity ) {
			$lines[] = array(
				'order_line_id' => (string) $line,
				'quantity'      => (string) $quantity,
			);
		}
		$data = array(
			'return_id' => (string) $asked['id'],
			'order_id'  => (string) $order_id,
			'reason'    => (string) $asked['reason'],
			'lines'     => $lines,
		);
		return new Content( 'return.requested', self::SCHEMA, $data );
	}
}
