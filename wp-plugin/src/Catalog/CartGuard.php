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
		foreach ( $this->too_much( Wanted::of( $cart->get_cart() ) ) as $sentence ) {
			wc_add_notice( $sentence, 'error' );
		}
	}

	/**
	 * What a cart has too much of, by the figures that wait.
	 *
	 * @param array<string, Wanted> $wanted By SKU.
	 * @return string[] What the customer reads.
	 */
	private function too_much( array $wanted ): array {
		$rows = $this->cache->figures_of( array_keys( $wanted ), true );
		$left = array_map( 'floatval', array_column( $rows, 'quantity', 'sku' ) );
		return $this->sales->too_much( $wanted, $left );
	}
}
