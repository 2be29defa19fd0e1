<?php
/**
 * Sets statuses.
 *
 * @package Causeway
 */

namespace Causeway\Feed;

use Causeway\Options;

defined( 'ABSPATH' ) || exit;

/**
 * An order's status, `to` what, when it is still one of `from`. WooCommerce itself lets any status
 * follow any other, so the owner's allow-list and the expected one are asked first.
 */
final class Statuses implements Handler {

	/**
	 * Set a status.
	 *
	 * @param Update    $update What is to be done.
	 * @param \WC_Order $order  The order.
	 * @throws Refusal When it is not known, or no longer fits.
	 * @throws \RuntimeException When WooCommerce did not set it.
	 */
	public function apply( Update $update, \WC_Order $order ): string {
		$to   = (string) preg_replace( '~^wc-~', '', $update->text( 'to' ) );
		$from = array_filter( (array) ( $update->data['from'] ?? array() ), 'is_string' );
		if ( ! isset( wc_get_order_statuses()[ "wc-$to" ] ) ) {
			throw new Refusal( 'this shop has no such status' );
		}
		$is = $order->get_status();
		if ( $is === $to ) {
			return "the order was $to";
		}
		if ( ! Options::allows_status( $to ) ) {
			return "left out: the settings do not allow Causeway to set “{$to}”";
		}
		if ( ! in_array( $is, $from, true ) ) {
			throw new Refusal( "the order is “{$is}” meanwhile" ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped
		}
		if ( ! $order->update_status( $to, __( 'By Causeway:', 'causeway-for-woocommerce' ) ) ) {
			throw new \RuntimeException( 'WooCommerce could not set the status; its log says why' );
		}
		return "$is → $to";
	}
}
