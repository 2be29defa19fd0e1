<?php
/**
 * An order as an event says it.
 *
 * @package Causeway
 */

namespace Causeway\Payload;

use Causeway\Capture\Orders as Capture;

defined( 'ABSPATH' ) || exit;

/**
 * The order as WooCommerce's REST v3 renders it, with its refunds in full.
 */
final class Orders {

	private const SCHEMA = 'woocommerce.order/3';

	/**
	 * Keys to the order and traces of the customer's browser: no back office needs them.
	 */
	private const LEFT_OUT = array( 'order_key', 'payment_url', 'customer_ip_address', 'customer_user_agent', 'cart_hash', '_links' );

	/**
	 * What WooCommerce notes for itself while a cart becomes an order, and takes away later.
	 */
	private const META_LEFT_OUT = array( '_shipping_hash', '_coupons_hash', '_fees_hash', '_taxes_hash', '_debug_log_source', '_debug_log_source_pending_deletion' );

	/**
	 * Read an order; null for a draft, a refund, or what is gone and was never sent.
	 *
	 * @param int  $id       The order.
	 * @param bool $was_sent Whether the sidecar has had it.
	 * @throws \RuntimeException When it is there and cannot be read.
	 */
	public static function read( int $id, bool $was_sent ): ?Content {
		$order = wc_get_order( $id );
		if ( ! $order && Existence::of_order( $id ) ) {
			throw new \RuntimeException( 'WooCommerce cannot read it' );
		}
		if ( ! $order ) {
			return $was_sent ? new Content( 'order.deleted', self::SCHEMA, array( 'order' => array( 'id' => $id ) ) ) : null;
		}
		if ( ! $order instanceof \WC_Order || 'shop_order' !== $order->get_type() || in_array( $order->get_status(), Capture::DRAFTS, true ) ) {
			return null;
		}
		return new Content( 'order.updated', self::SCHEMA, self::render( $order ) );
	}

	/**
	 * Whether a piece of an order's meta is anybody's news.
	 *
	 * @param mixed $meta An object or array with `key`.
	 */
	private static function is_told( $meta ): bool {
		return ! in_array( Content::key( $meta ), self::META_LEFT_OUT, true );
	}

	/**
	 * The order and its refunds.
	 *
	 * @param \WC_Order $order The order.
	 * @return array
	 */
	private static function render( \WC_Order $order ): array {
		$data    = Rendering::of( \WC_REST_Orders_Controller::class, 'prepare_object_for_response', $order );
		$refunds = array();

		$data['meta_data'] = array_values( array_filter( $data['meta_data'] ?? array(), array( __CLASS__, 'is_told' ) ) );
		foreach ( $order->get_refunds() as $refund ) {
			$refunds[] = Rendering::of(
				\WC_REST_Order_Refunds_Controller::class,
				'prepare_object_for_response',
				$refund,
				array( 'order_id' => $order->get_id() )
			);
		}
		$payload = array(
			'order'   => Goods::told( array_diff_key( $data, array_flip( self::LEFT_OUT ) ), $order ),
			'refunds' => $refunds,
		);

		/**
		 * Filters what is sent of an order.
		 *
		 * @since 0.1.0
		 *
		 * @param array     $payload `order` and `refunds`, as REST v3 renders them.
		 * @param \WC_Order $order   The order.
		 */
		return apply_filters( 'causeway_order_payload', $payload, $order );
	}
}
