<?php
/**
 * Puts prices on a product.
 *
 * @package Causeway
 */

namespace Causeway\Catalog;

use Causeway\Options;

defined( 'ABSPATH' ) || exit;

/**
 * Sets regular and sale price, the days of a sale and the tiers on the object, and leaves saving to
 * the caller. Nothing is set where currency or tax mode are not the shop's.
 */
final class Prices {

	public const CURRENCY = 'the price is in another currency than the shop';
	public const WITH_TAX = 'the price includes tax, the shop’s do not';
	public const NO_TAX   = 'the price is without tax, the shop’s include it';

	/**
	 * Set what a row says.
	 *
	 * @param \WC_Product $product The product.
	 * @param \stdClass   $row     A row of the catalog's table.
	 * @return string Why not; empty when it is done.
	 */
	public static function set( \WC_Product $product, \stdClass $row ): string {
		$silent = null === $row->regular_price && null === $row->sale_price && null === $row->sale && null === $row->tiers;
		if ( ! Options::is_on( Options::SYNC_PRICES ) ) {
			return '';
		}
		if ( ! $silent && get_woocommerce_currency() !== $row->currency ) {
			return self::CURRENCY;
		}
		if ( ! $silent && wc_prices_include_tax() !== (bool) $row->includes_tax ) {
			return $row->includes_tax ? self::WITH_TAX : self::NO_TAX;
		}
		if ( null !== $row->regular_price ) {
			$product->set_regular_price( wc_format_decimal( $row->regular_price ) );
		}
		self::set_sale( $product, $row );
		self::set_tiers( $product, (string) $row->tiers );
		return '';
	}

	/**
	 * Begin or end a sale. One of which nobody ever spoke is the shop's own, and stays.
	 *
	 * @param \WC_Product $product The product.
	 * @param \stdClass   $row     A row of the catalog's table.
	 */
	private static function set_sale( \WC_Product $product, \stdClass $row ): void {
		if ( 'off' === $row->sale ) {
			$product->set_sale_price( '' );
		} elseif ( null !== $row->sale_price ) {
			$product->set_sale_price( wc_format_decimal( $row->sale_price ) );
		}
		if ( 'off' === $row->sale || null !== $row->sale_from || null !== $row->sale_until ) {
			$product->set_date_on_sale_from( $row->sale_from ?? '' );
			$product->set_date_on_sale_to( $row->sale_until ?? '' );
		} elseif ( 'on' === $row->sale && ! self::is_today( $product ) ) {
			// Days that an older sale left behind would keep this one from showing.
			$product->set_date_on_sale_from( '' );
			$product->set_date_on_sale_to( '' );
		}
	}

	/**
	 * Whether the days on the product let a sale hold now.
	 *
	 * @param \WC_Product $product The product.
	 */
	private static function is_today( \WC_Product $product ): bool {
		$from  = $product->get_date_on_sale_from( 'edit' );
		$until = $product->get_date_on_sale_to( 'edit' );
		return ( ! $from || $from->getTimestamp() <= time() ) && ( ! $until || $until->getTimestamp() >= time() );
	}

	/**
	 * Keep the tiers with the product.
	 *
	 * @param \WC_Product $product The product.
	 * @param string      $tiers   As Tiers::read() gives them; empty for none.
	 */
	private static function set_tiers( \WC_Product $product, string $tiers ): void {
		if ( '' !== $tiers ) {
			$product->update_meta_data( Tiers::META, $tiers );
		} elseif ( $product->meta_exists( Tiers::META ) && delete_post_meta( $product->get_id(), Tiers::META ) ) {
			wc_delete_product_transients( $product->get_id() );
		}
	}
}
