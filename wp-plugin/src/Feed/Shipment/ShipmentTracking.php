<?php
/**
 * The tracking plugins.
 *
 * @package Causeway
 */

namespace Causeway\Feed\Shipment;

defined( 'ABSPATH' ) || exit;

/**
 * Shipment Tracking and Advanced Shipment Tracking, by their own functions. Neither looks whether a
 * number is there: this does.
 */
final class ShipmentTracking implements Target {

	/**
	 * Its name.
	 */
	public function name(): string {
		return 'shipment tracking plugin';
	}

	/**
	 * Whether one of the plugins is there.
	 */
	public function is_available(): bool {
		return function_exists( 'wc_st_add_tracking_number' ) || function_exists( 'ast_insert_tracking_number' );
	}

	/**
	 * They write the number into the mails of the order's next status; a note tells it now.
	 */
	public function tells_customer(): bool {
		return false;
	}

	/**
	 * Whether a parcel is there.
	 *
	 * @param \WC_Order $order  The order.
	 * @param Parcel    $parcel The parcel.
	 */
	public function has( \WC_Order $order, Parcel $parcel ): bool {
		return OwnTracking::holds( $order, $parcel );
	}

	/**
	 * Write a parcel.
	 *
	 * @param \WC_Order $order  The order.
	 * @param Parcel    $parcel The parcel.
	 */
	public function write( \WC_Order $order, Parcel $parcel ): void {
		$number = '' !== $parcel->number ? $parcel->number : $parcel->id;
		if ( function_exists( 'wc_st_add_tracking_number' ) ) {
			wc_st_add_tracking_number( $order->get_id(), $number, $parcel->carrier, $parcel->shipped_at, '' !== $parcel->url ? $parcel->url : false );
			return;
		}
		ast_insert_tracking_number( $order->get_id(), $number, $parcel->carrier, gmdate( 'Y-m-d', $parcel->shipped_at ), 0 );
	}
}
