<?php
/**
 * What WooCommerce's REST order does not say of its products.
 *
 * @package Causeway
 */

namespace Causeway\Payload;

defined( 'ABSPATH' ) || exit;

/**
 * Adds to each line of products `needs_shipping` and, where the product has one, `weight`: the
 * kilograms of one piece. A line whose product is gone is left as it is.
 */
final class Goods {

	/**
	 * The order with both told.
	 *
	 * @param array     $data  The order as REST v3 renders it.
	 * @param \WC_Order $order The order.
	 * @return array
	 */
	public static function told( array $data, \WC_Order $order ): array {
		foreach ( $data['line_items'] ?? array() as $place => $line ) {
			$item    = $order->get_item( (int) $line['id'] );
			$product = $item instanceof \WC_Order_Item_Product ? $item->get_product() : null;
			if ( $product instanceof \WC_Product ) {
				$data['line_items'][ $place ] += self::of( $product );
			}
		}
		return $data;
	}

	/**
	 * What one product adds to its line.
	 *
	 * @param \WC_Product $product The product.
	 * @return array
	 */
	private static function of( \WC_Product $product ): array {
		$said   = array( 'needs_shipping' => (bool) $product->needs_shipping() );
		$weight = $product->get_weight();
		if ( is_numeric( $weight ) ) {
			$said['weight'] = wc_format_decimal( wc_get_weight( (float) $weight, 'kg' ), 6, true );
		}
		return $said;
	}
}
