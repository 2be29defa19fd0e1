<?php
/**
 * What a cart needs of a SKU.
 *
 * @package Causeway
 */

namespace Causeway\Catalog;

defined( 'ABSPATH' ) || exit;

/**
 * How many pieces a cart needs of one SKU whose stock WooCommerce manages, over all its lines.
 */
final class Wanted {

	/** The product, as the cart names it.
	 *
	 * @var \WC_Product
	 */
	public $product;

	/** The id of the product whose stock it is: a variation's may be its parent's.
	 *
	 * @var int
	 */
	public $holder_id;

	/** How many pieces.
	 *
	 * @var float
	 */
	public $quantity = 0.0;

	/**
	 * Made by of() alone.
	 *
	 * @param \WC_Product $product   The product.
	 * @param int         $holder_id Whose stock it is.
	 */
	private function __construct( \WC_Product $product, int $holder_id ) {
		$this->product   = $product;
		$this->holder_id = $holder_id;
	}

	/**
	 * What a cart needs.
	 *
	 * @param array[] $lines The cart's.
	 * @return array<string, self> By SKU.
	 */
	public static function of( array $lines ): array {
		$wanted = array();
		foreach ( $lines as $line ) {
			$product = $line['data'] ?? null;
			if ( ! $product instanceof \WC_Product || ! $product->managing_stock() || $product->backorders_allowed() ) {
				continue;
			}
			$id     = (int) $product->get_stock_managed_by_id();
			$holder = $id === $product->get_id() ? $product : wc_get_product( $id );
			$sku    = $holder ? $holder->get_sku( 'edit' ) : '';
			if ( '' !== $sku ) {
				$wanted[ $sku ]            = $wanted[ $sku ] ?? new self( $product, $id );
				$wanted[ $sku ]->quantity += (float) $line['quantity'];
			}
		}
		return $wanted;
	}

	/**
	 * What the customer reads.
	 *
	 * @param float $left How much there is.
	 */
	public function sentence( float $left ): string {
		if ( $left <= 0 ) {
			/* translators: %s: the product's name. */
			return sprintf( __( '“%s” was just sold out. Please remove it from your cart.', 'causeway-for-woocommerce' ), $this->product->get_name() );
		}
		/* translators: 1: the product's name, 2: a quantity. */
		return sprintf( __( 'Of “%1$s” only %2$s are left. Please change the quantity in your cart.', 'causeway-for-woocommerce' ), $this->product->get_name(), wc_format_localized_decimal( (string) wc_stock_amount( $left ) ) );
	}
}
