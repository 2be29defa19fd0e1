<?php
/**
 * Finds the product that is meant.
 *
 * @package Causeway
 */

namespace Causeway\Product;

use Causeway\Db;
use Causeway\Feed\Refusal;

defined( 'ABSPATH' ) || exit;

/**
 * By the number the sidecar has bound, else by SKU, else by GTIN, else by the trace that a worker
 * left who died before it could say so.
 */
final class Finder {

	public const KEY = '_causeway_product_key';

	/**
	 * The product; null when the shop has none.
	 *
	 * @param Said $said What the sidecar says.
	 * @throws Refusal When several answer to it, or it is in the trash.
	 */
	public static function find( Said $said ): ?\WC_Product {
		if ( $said->product_id ) {
			$product = wc_get_product( $said->product_id );
			return $product ? self::alive( $product ) : null;
		}
		$ids = '' !== $said->sku ? self::of( 'sku', $said->sku ) : array();
		if ( ! $ids && '' !== $said->gtin ) {
			$ids = self::of( 'global_unique_id', $said->gtin );
		}
		if ( ! $ids ) {
			$ids = self::made_for( $said->key );
		}
		if ( count( $ids ) > 1 ) {
			throw new Refusal( 'several products of the shop answer to it: ' . implode( ', ', array_map( 'intval', $ids ) ) ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped
		}
		$product = $ids ? wc_get_product( (int) $ids[0] ) : null;
		return $product ? self::alive( $product ) : null;
	}

	/**
	 * The product, unless somebody threw it away.
	 *
	 * @param \WC_Product $product The product.
	 * @throws Refusal When somebody did.
	 */
	private static function alive( \WC_Product $product ): \WC_Product {
		if ( 'trash' === $product->get_status() ) {
			throw new Refusal( 'the product is in the shop’s trash' );
		}
		return $product;
	}

	/**
	 * Ids of the products with a SKU or GTIN. WooCommerce's own look-up gives one of several.
	 *
	 * @param string $column Of WooCommerce's lookup table: `sku` or `global_unique_id`.
	 * @param string $value  What to look for.
	 * @return string[]
	 */
	private static function of( string $column, string $value ): array {
		global $wpdb;
		return Db::column(
			"SELECT l.product_id FROM {$wpdb->prefix}wc_product_meta_lookup l
			JOIN {$wpdb->posts} p ON p.ID = l.product_id AND p.post_status <> 'auto-draft' WHERE l.$column = %s",
			array( $value )
		);
	}

	/**
	 * Ids of the products that were made for an update.
	 *
	 * @param string $key The update's name for good.
	 * @return string[]
	 */
	private static function made_for( string $key ): array {
		global $wpdb;
		return Db::column( "SELECT post_id FROM {$wpdb->postmeta} WHERE meta_key = %s AND meta_value = %s", array( self::KEY, $key ) );
	}
}
