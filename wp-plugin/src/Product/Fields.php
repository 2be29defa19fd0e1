<?php
/**
 * Which fields of a product Causeway writes, and how.
 *
 * @package Causeway
 */

namespace Causeway\Product;

use Causeway\Json;
use Causeway\Options;

defined( 'ABSPATH' ) || exit;

/**
 * The owner says for each field whether Causeway writes it always, until somebody in the shop
 * changes it, or never. What was written last is remembered by a hash of the value that WooCommerce
 * then had, so that a change made in the shop is seen.
 */
final class Fields {

	public const NAMES = array( 'name', 'description', 'short_description', 'images', 'categories', 'attributes', 'weight_kg', 'tax_class', 'active' );

	public const ALWAYS   = 'always';
	public const UNEDITED = 'unedited';
	public const NEVER    = 'never';

	public const WRITTEN  = '_causeway_written';
	public const INACTIVE = '_causeway_inactive';

	/**
	 * What the owner decided for a field.
	 *
	 * @param string $name The field.
	 */
	public static function mode( string $name ): string {
		$mode = Options::record( Options::PRODUCT_FIELDS )[ $name ] ?? self::ALWAYS;
		return in_array( $mode, array( self::UNEDITED, self::NEVER ), true ) ? $mode : self::ALWAYS;
	}

	/**
	 * Set the fields on the object; pictures come later by themselves.
	 *
	 * @param \WC_Product $product The product.
	 * @param Said        $said    What the sidecar says.
	 * @param bool        $is_new  Whether it was just made.
	 * @return string[] Fields that were left as the shop has them.
	 */
	public function write( \WC_Product $product, Said $said, bool $is_new ): array {
		$kept = array();
		foreach ( $said->fields as $name => $value ) {
			if ( ! $this->may_write( $product, $name, $is_new ) ) {
				$kept[] = $name;
			} elseif ( 'images' !== $name && ! $this->put( $product, $name, $value ) ) {
				$kept[] = $name;
			}
		}
		return $kept;
	}

	/**
	 * Whether a field is Causeway's to write.
	 *
	 * @param \WC_Product $product The product.
	 * @param string      $name    The field.
	 * @param bool        $is_new  Whether the product was just made.
	 */
	public function may_write( \WC_Product $product, string $name, bool $is_new = false ): bool {
		$mode = self::mode( $name );
		if ( self::NEVER === $mode ) {
			return $is_new && 'name' === $name;
		}
		if ( self::ALWAYS === $mode || $is_new ) {
			return true;
		}
		$now     = self::value_of( $product, $name );
		$written = self::written( $product )[ $name ] ?? null;
		return null === $written ? ! $now : self::hash( $now ) === $written;
	}

	/**
	 * Remember what the shop has now, for the fields that were written.
	 *
	 * @param \WC_Product $product Freshly read.
	 * @param Said        $said    What the sidecar said.
	 * @param string[]    $kept    Fields that were left.
	 */
	public function remember( \WC_Product $product, Said $said, array $kept ): void {
		$this->note( $product, array_diff( array_keys( $said->fields ), $kept, array( 'images' ) ) );
	}

	/**
	 * Remember what the shop has now.
	 *
	 * @param \WC_Product $product Freshly read.
	 * @param string[]    $names   Fields.
	 */
	public function note( \WC_Product $product, array $names ): void {
		$written = self::written( $product );
		foreach ( $names as $name ) {
			$written[ $name ] = self::hash( self::value_of( $product, $name ) );
		}
		update_post_meta( $product->get_id(), self::WRITTEN, wp_slash( Json::encode( $written ) ) );
	}

	/**
	 * Whether a product still shows the pictures that we put there.
	 *
	 * @param \WC_Product $product The product.
	 */
	public function has_pictures_of_ours( \WC_Product $product ): bool {
		return self::hash( self::value_of( $product, 'images' ) ) === ( self::written( $product )['images'] ?? '' );
	}

	/**
	 * Set one field.
	 *
	 * @param \WC_Product $product The product.
	 * @param string      $name    The field.
	 * @param mixed       $value   Checked by Said.
	 * @return bool Whether this shop can have it.
	 */
	private function put( \WC_Product $product, string $name, $value ): bool {
		$is_variation = $product->is_type( 'variation' );
		switch ( $name ) {
			case 'name':
				$title = sanitize_text_field( $value );
				if ( '' === $title || $is_variation ) {
					return $is_variation;
				}
				$product->set_name( $title );
				return true;
			case 'description':
				$product->set_description( wp_kses_post( $value ) );
				return true;
			case 'short_description':
				$is_variation || $product->set_short_description( wp_kses_post( $value ) );
				return true;
			case 'categories':
				$ids = $is_variation ? array() : Categories::ids( $value );
				if ( ! $is_variation && self::sorted( $ids ) !== self::value_of( $product, 'categories' ) ) {
					$product->set_category_ids( $ids );
				}
				return true;
			case 'attributes':
				$is_variation ? Attributes::put_on_variation( $product, $value ) : Attributes::put( $product, $value );
				return true;
			case 'weight_kg':
				$product->set_weight( '' === $value ? '' : wc_format_decimal( wc_get_weight( (float) $value, get_option( 'woocommerce_weight_unit', 'kg' ), 'kg' ), 6, true ) );
				return true;
			case 'tax_class':
				$class = 'standard' === $value ? '' : sanitize_title( $value );
				if ( '' !== $class && ! in_array( $class, \WC_Tax::get_tax_class_slugs(), true ) ) {
					return false;
				}
				$product->set_tax_class( $class );
				return true;
			default:
				self::put_on_sale( $product, $value );
				return true;
		}
	}

	/**
	 * Take a product off the shelves, or put back what we took off. A draft that is somebody's own
	 * stays one.
	 *
	 * @param \WC_Product $product The product.
	 * @param bool        $active  Whether it shall be on sale.
	 */
	private static function put_on_sale( \WC_Product $product, bool $active ): void {
		$hidden = $product->is_type( 'variation' ) ? 'private' : 'draft';
		if ( ! $active && 'publish' === $product->get_status() ) {
			$product->set_status( $hidden );
			$product->update_meta_data( self::INACTIVE, '1' );
		} elseif ( $active && '1' === $product->get_meta( self::INACTIVE ) ) {
			$product->set_status( 'publish' );
			$product->delete_meta_data( self::INACTIVE );
		}
	}

	/**
	 * A field as the shop has it now.
	 *
	 * @param \WC_Product $product The product.
	 * @param string      $name    The field.
	 * @return mixed
	 */
	private static function value_of( \WC_Product $product, string $name ) {
		switch ( $name ) {
			case 'images':
				return array_filter( array_merge( array( $product->get_image_id( 'edit' ) ), $product->get_gallery_image_ids( 'edit' ) ) );
			case 'categories':
				return self::sorted( array_diff( $product->get_category_ids( 'edit' ), array( (int) get_option( 'default_product_cat', 0 ) ) ) );
			case 'attributes':
				return Attributes::plain( $product );
			case 'active':
				return 'publish' === $product->get_status( 'edit' );
			case 'weight_kg':
				return $product->get_weight( 'edit' );
			default:
				return $product->{"get_$name"}( 'edit' );
		}
	}

	/**
	 * Numbers in their order.
	 *
	 * @param array $ids Numbers.
	 * @return int[]
	 */
	private static function sorted( array $ids ): array {
		$ids = array_map( 'intval', array_values( $ids ) );
		sort( $ids );
		return $ids;
	}

	/**
	 * Hashes of what was written last, by field.
	 *
	 * @param \WC_Product $product The product.
	 * @return array<string, string>
	 */
	private static function written( \WC_Product $product ): array {
		$value = get_post_meta( $product->get_id(), self::WRITTEN, true );
		return is_string( $value ) && '' !== $value ? Json::decode( $value ) ?? array() : array();
	}

	/**
	 * A value's hash.
	 *
	 * @param mixed $value The value.
	 */
	private static function hash( $value ): string {
		return md5( Json::encode( $value ) );
	}
}
