<?php
/**
 * A place where a shop keeps its shipments.
 *
 * @package Causeway
 */

namespace Causeway\Feed\Shipment;

defined( 'ABSPATH' ) || exit;

/**
 * One of several: WooCommerce's own fulfillments, a tracking plugin, or the order's meta.
 */
interface Target {

	/**
	 * Its name, for the record.
	 */
	public function name(): string;

	/**
	 * Whether this shop has it.
	 */
	public function is_available(): bool;

	/**
	 * Whether the customer is told by it.
	 */
	public function tells_customer(): bool;

	/**
	 * Whether a parcel is there.
	 *
	 * @param \WC_Order $order  The order.
	 * @param Parcel    $parcel The parcel.
	 */
	public function has( \WC_Order $order, Parcel $parcel ): bool;

	/**
	 * Write a parcel.
	 *
	 * @param \WC_Order $order  The order.
	 * @param Parcel    $parcel The parcel.
	 */
	public function write( \WC_Order $order, Parcel $parcel ): void;
}
