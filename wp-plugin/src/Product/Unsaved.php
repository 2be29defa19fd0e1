<?php
/**
 * Whether a product has something to save.
 *
 * @package Causeway
 */

namespace Causeway\Product;

defined( 'ABSPATH' ) || exit;

/**
 * Saving costs forty statements even where nothing has changed, so it is asked first. WooCommerce
 * does not count meta among an object's changes.
 */
final class Unsaved {

	/**
	 * Whether saving would change anything.
	 *
	 * @param \WC_Product $product The product.
	 */
	public static function has( \WC_Product $product ): bool {
		if ( $product->get_changes() ) {
			return true;
		}
		foreach ( $product->get_meta_data() as $meta ) {
			if ( ! $meta->id || null === $meta->value || $meta->get_changes() ) {
				return true;
			}
		}
		return false;
	}
}
