<?php
/**
 * Keeps carts from buying what is no longer there.
 *
 * @package Causeway
 */

namespace Causeway\Catalog;

use Causeway\Options;

defined( 'ABSPATH' ) || exit;

/**
 * Between the arrival of a smaller figure and its writing into the product, a cart is held against
 * the figure. Asks this shop's own tables only, and only while figures wait to be written.
 */
final class CartGuard {

	/** Figures that wait.
	 *
	 * @var Cache
	 */
	private $cache;

	/** What was sold and is not counted.
	 *
	 * @var Sales
	 */
	private $sales;

	/**
	 * Give it its parts.
	 *
	 * @param Cache $cache Figures that wait.
	 * @param Sales $sales What was sold and is not counted.
	 */
	public function __construct( Cache $cache, Sales $sales ) {
		$this->cache = $cache;
		$this->sales = $sales;
	}

	/**
	 * Tell the customer what the cart has too much of. WooCommerce shows it, and lets nobody pay.
	 */
	public function check(): void {
		$cart = WC()->cart;
		if ( ! $cart || ! Options::is_on( Options::SYNC_STOCK ) || ! Options::is_on( Options::CATALOG_OPEN ) ) {
			return;
		}
		$wanted = self::wanted( $cart->get_cart() );
		$rows   = $this->cache->waiting_for( array_keys( $wanted ) );
		$seen   = $this->sales->look( $rows );
		foreach ( $rows as $row ) {
			list( $product, $quantity ) = $wanted[ $row->sku ];
			$left                       = (float) $row->quantity - (float) ( $seen[ $row->id ]->uncounted ?? 0 );
			if ( $left < $quantity ) {
				wc_add_notice( self::sentence( $product, $left ), 'error' );
			}
		}
	}

	/**
	 * What a cart needs of each SKU whose stock WooCommerce manages.
	 *
	 * @param array[] $lines The cart's.
	 * @return array<string, array{0: \WC_Product, 1: float}> By SKU.
	 */
	private static function wanted( array $lines ): array {
		$wanted = array();
		foreach ( $lines as $line ) {
			$product = $line['data'] ?? null;
			if ( ! $product instanceof \WC_Product || ! $product->managing_stock() || $product->backorders_allowed() ) {
				continue;
			}
			$holder = $product->get_stock_managed_by_id() === $product->get_id() ? $product : wc_get_product( $product->get_stock_managed_by_id() );
			$sku    = $holder ? $holder->get_sku( 'edit' ) : '';
			if ( '' !== $sku ) {
				$wanted[ $sku ] = array( $product, ( $wanted[ $sku ][1] ?? 0.0 ) + (float) $line['quantity'] );
			}
		}
		return $wanted;
	}

	/**
	 * What the customer reads.
	 *
	 * @param \WC_Product $product What there is too little of.
	 * @param float       $left    How much there is.
	 */
	private static function sentence( \WC_Product $product, float $left ): string {
		if ( $left <= 0 ) {
			/* translators: %s: the product's name. */
			return sprintf( __( '“%s” was just sold out. Please remove it from your cart.', 'causeway-for-woocommerce' ), $product->get_name() );
		}
		/* translators: 1: the product's name, 2: a quantity. */
		return sprintf( __( 'Of “%1$s” only %2$s are left. Please change the quantity in your cart.', 'causeway-for-woocommerce' ), $product->get_name(), wc_format_localized_decimal( (string) wc_stock_amount( $left ) ) );
	}
}
