<?php
/**
 * WooCommerce's own fulfillments.
 *
 * @package Causeway
 */

namespace Causeway\Feed\Shipment;

use Automattic\WooCommerce\Utilities\FeaturesUtil;

defined( 'ABSPATH' ) || exit;

/**
 * Writes parcels as fulfillments, where that feature of WooCommerce is on. It lived in another
 * namespace until 10.8.
 */
final class Fulfillments implements Target {

	private const CLASSES = array(
		'Automattic\\WooCommerce\\Admin\\Features\\Fulfillments\\Fulfillment',
		'Automattic\\WooCommerce\\Internal\\Fulfillments\\Fulfillment',
	);

	/**
	 * Its name.
	 */
	public function name(): string {
		return 'WooCommerce fulfillments';
	}

	/**
	 * Whether the feature is on.
	 */
	public function is_available(): bool {
		return null !== self::type() && FeaturesUtil::feature_is_enabled( 'fulfillments' ) && null !== self::store();
	}

	/**
	 * WooCommerce mails the customer.
	 */
	public function tells_customer(): bool {
		return true;
	}

	/**
	 * Whether a parcel is there, by our key or its tracking number.
	 *
	 * @param \WC_Order $order  The order.
	 * @param Parcel    $parcel The parcel.
	 */
	public function has( \WC_Order $order, Parcel $parcel ): bool {
		foreach ( self::existing( $order ) as $one ) {
			if ( $one->get_meta( '_causeway_key' ) === $parcel->key || ( '' !== $parcel->number && $one->get_tracking_number() === $parcel->number ) ) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Write a parcel, and let WooCommerce mail the customer.
	 *
	 * @param \WC_Order $order  The order.
	 * @param Parcel    $parcel The parcel.
	 */
	public function write( \WC_Order $order, Parcel $parcel ): void {
		$type  = self::type();
		$items = array();
		foreach ( $parcel->items( self::unsent( $order ) ) as $id => $quantity ) {
			$items[] = array(
				'item_id' => $id,
				'qty'     => (int) ceil( $quantity ),
			);
		}
		$one = new $type();
		$one->set_entity_type( \WC_Order::class );
		$one->set_entity_id( (string) $order->get_id() );
		$one->set_status( 'fulfilled' );
		$one->set_items( $items ? $items : self::everything( $order ) );
		$one->set_tracking_number( $parcel->number );
		self::set_carrier( $one, $parcel->carrier );
		$one->set_tracking_url( $parcel->url );
		$one->update_meta_data( '_causeway_key', $parcel->key );
		$one->save();

		WC()->mailer(); // Its mails hook themselves in only when it is made, and nothing else makes it in a worker.
		// phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals.NonPrefixedHooknameFound, WooCommerce.Commenting.CommentHooks.MissingHookComment -- WooCommerce's own hook, as its REST API calls it.
		do_action( 'woocommerce_fulfillment_created_notification', $order->get_id(), $one, wc_get_order( $order->get_id() ) );
	}

	/**
	 * Name the carrier: by its key where WooCommerce knows it, which gives its icon and its link, and
	 * as “other” with its name where not.
	 *
	 * @param object $one     A fulfillment.
	 * @param string $carrier As the warehouse calls it; may be empty.
	 */
	private static function set_carrier( object $one, string $carrier ): void {
		if ( '' === $carrier ) {
			return;
		}
		// phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals.NonPrefixedHooknameFound, WooCommerce.Commenting.CommentHooks.MissingHookComment -- WooCommerce's own list.
		$known = array_keys( (array) apply_filters( 'woocommerce_fulfillment_shipping_providers', array() ) );
		$key   = sanitize_title( $carrier );
		if ( in_array( $key, $known, true ) ) {
			$one->set_shipment_provider( $key );
			return;
		}
		$one->set_shipment_provider( 'other' );
		$one->update_meta_data( '_provider_name', $carrier );
	}

	/**
	 * What is left to send, by item id.
	 *
	 * @param \WC_Order $order The order.
	 * @return array<int, array{sku: string, left: float}>
	 */
	private static function unsent( \WC_Order $order ): array {
		$sent = array();
		foreach ( self::existing( $order ) as $one ) {
			foreach ( $one->get_items() as $item ) {
				$id          = (int) ( $item['item_id'] ?? 0 );
				$sent[ $id ] = ( $sent[ $id ] ?? 0 ) + (float) ( $item['qty'] ?? 0 );
			}
		}
		$found = array();
		foreach ( $order->get_items() as $id => $item ) {
			$product      = $item instanceof \WC_Order_Item_Product ? $item->get_product() : null;
			$refunded     = abs( $order->get_qty_refunded_for_item( $id ) );
			$found[ $id ] = array(
				'sku'  => $product instanceof \WC_Product ? $product->get_sku() : '',
				'left' => max( 0, $item->get_quantity() - $refunded - ( $sent[ $id ] ?? 0 ) ),
			);
		}
		return $found;
	}

	/**
	 * All items: WooCommerce wants at least one, and a parcel may hold what the order does not.
	 *
	 * @param \WC_Order $order The order.
	 * @return array<array{item_id: int, qty: int}>
	 */
	private static function everything( \WC_Order $order ): array {
		$found = array();
		foreach ( $order->get_items() as $id => $item ) {
			$found[] = array(
				'item_id' => $id,
				'qty'     => max( 1, (int) $item->get_quantity() ),
			);
		}
		return $found;
	}

	/**
	 * The order's fulfillments.
	 *
	 * @param \WC_Order $order The order.
	 * @return object[]
	 */
	private static function existing( \WC_Order $order ): array {
		$store = self::store();
		return $store ? $store->read_fulfillments( \WC_Order::class, (string) $order->get_id() ) : array();
	}

	/**
	 * The class, wherever this WooCommerce has it.
	 */
	private static function type(): ?string {
		foreach ( self::CLASSES as $name ) {
			if ( class_exists( $name ) ) {
				return $name;
			}
		}
		return null;
	}

	/**
	 * Where fulfillments are kept; null when this WooCommerce has no such place.
	 *
	 * @return \WC_Data_Store|null
	 */
	private static function store() {
		try {
			return \WC_Data_Store::load( 'order-fulfillment' );
		} catch ( \Throwable $none ) {
			return null;
		}
	}
}
