<?php
/**
 * The order's own meta, in the tracking plugins' shape.
 *
 * @package Causeway
 */

namespace Causeway\Feed\Shipment;

defined( 'ABSPATH' ) || exit;

/**
 * Writes parcels as Shipment Tracking does, so that such a plugin finds them when it is installed
 * later, and exports that know its shape read them.
 */
final class OwnTracking implements Target {

	private const META = '_wc_shipment_tracking_items';

	/**
	 * Its name.
	 */
	public function name(): string {
		return 'order meta';
	}

	/**
	 * Always there.
	 */
	public function is_available(): bool {
		return true;
	}

	/**
	 * Nobody sees meta: a note tells the customer.
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
		return self::holds( $order, $parcel );
	}

	/**
	 * Whether the meta holds a parcel, by its number or our key.
	 *
	 * @param \WC_Order $order  The order.
	 * @param Parcel    $parcel The parcel.
	 */
	public static function holds( \WC_Order $order, Parcel $parcel ): bool {
		$number = '' !== $parcel->number ? $parcel->number : $parcel->id;
		foreach ( self::items( $order ) as $item ) {
			if ( ( $item['tracking_id'] ?? '' ) === md5( $parcel->key ) || (string) ( $item['tracking_number'] ?? '' ) === $number ) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Write a parcel.
	 *
	 * @param \WC_Order $order  The order.
	 * @param Parcel    $parcel The parcel.
	 */
	public function write( \WC_Order $order, Parcel $parcel ): void {
		$items   = self::items( $order );
		$items[] = array(
			'tracking_provider'        => '',
			'custom_tracking_provider' => $parcel->carrier,
			'custom_tracking_link'     => $parcel->url,
			'tracking_number'          => '' !== $parcel->number ? $parcel->number : $parcel->id,
			'date_shipped'             => $parcel->shipped_at,
			'tracking_id'              => md5( $parcel->key ),
		);
		$order->update_meta_data( self::META, $items );
		$order->save_meta_data();
	}

	/**
	 * What the meta holds.
	 *
	 * @param \WC_Order $order The order.
	 * @return array[]
	 */
	private static function items( \WC_Order $order ): array {
		$items = $order->get_meta( self::META );
		return is_array( $items ) ? array_values( array_filter( $items, 'is_array' ) ) : array();
	}
}
