<?php
/**
 * Puts attributes on products and variations.
 *
 * @package Causeway
 */

namespace Causeway\Product;

defined( 'ABSPATH' ) || exit;

/**
 * An attribute whose name is one of the shop's global ones gets its terms there, made when they are
 * missing; any other is the product's own. Those the source does not name stay.
 */
final class Attributes {

	/**
	 * Put them on a product.
	 *
	 * @param \WC_Product $product The product.
	 * @param array[]     $said    Each `name`, `values`, `varies`.
	 */
	public static function put( \WC_Product $product, array $said ): void {
		$before = self::plain( $product );
		$all    = $product->get_attributes( 'edit' );
		foreach ( $said as $one ) {
			$taxonomy = self::taxonomy( $one['name'] );
			$key      = '' !== $taxonomy ? $taxonomy : sanitize_title( $one['name'] );
			$found    = ( $all[ $key ] ?? null ) instanceof \WC_Product_Attribute ? clone $all[ $key ] : self::made( $one['name'], $taxonomy, count( $all ) );
			$varies   = true === ( $one['varies'] ?? false ) || $found->get_variation();
			$values   = array_values( array_filter( array_map( 'sanitize_text_field', $one['values'] ), 'strlen' ) );
			// Options that variations use must not go away under them.
			$options = '' === $taxonomy ? $values : array_map( static fn( $value ) => self::term( $value, $taxonomy )->term_id, $values );
			$found->set_options( $varies && $product->get_id() ? array_values( array_unique( array_merge( $found->get_options(), $options ) ) ) : $options );
			$found->set_variation( $varies );
			$all[ $key ] = $found;
		}
		if ( self::plain_of( $all ) !== $before ) {
			$product->set_attributes( $all );
		}
	}

	/**
	 * Put one value of each on a variation; its parent learns values that it does not have.
	 *
	 * @param \WC_Product $variation The variation.
	 * @param array[]     $said      Each `name`, `values` with one in it.
	 */
	public static function put_on_variation( \WC_Product $variation, array $said ): void {
		$parent = wc_get_product( $variation->get_parent_id() );
		$lacks  = array();
		$chosen = $variation->get_attributes( 'edit' );
		foreach ( $said as $one ) {
			$value    = sanitize_text_field( $one['values'][0] ?? '' );
			$taxonomy = self::taxonomy( $one['name'] );
			$key      = '' !== $taxonomy ? $taxonomy : sanitize_title( $one['name'] );
			$stored   = '' !== $taxonomy && '' !== $value ? self::term( $value, $taxonomy )->slug : $value;
			$has      = $parent ? $parent->get_attributes( 'edit' )[ $key ] ?? null : null;
			if ( ! $has instanceof \WC_Product_Attribute || ! $has->get_variation() || ! in_array( $stored, $has->get_slugs(), true ) ) {
				$lacks[] = array(
					'name'   => $one['name'],
					'values' => array( $value ),
					'varies' => true,
				);
			}
			$chosen[ $key ] = $stored;
		}
		if ( $parent && $lacks ) {
			self::put( $parent, $lacks );
			$parent->save();
		}
		if ( $variation->get_attributes( 'edit' ) !== $chosen ) {
			$variation->set_attributes( $chosen );
		}
	}

	/**
	 * A product's attributes in plain words, to see whether they were changed.
	 *
	 * @param \WC_Product $product The product.
	 * @return array
	 */
	public static function plain( \WC_Product $product ): array {
		return self::plain_of( $product->get_attributes( 'edit' ) );
	}

	/**
	 * Attributes in plain words.
	 *
	 * @param array $attributes A product's.
	 */
	private static function plain_of( array $attributes ): array {
		$found = array();
		foreach ( $attributes as $key => $one ) {
			$found[ $key ] = $one instanceof \WC_Product_Attribute ? array( $one->get_options(), $one->get_variation() ) : $one;
		}
		ksort( $found );
		return $found;
	}

	/**
	 * A new attribute without values.
	 *
	 * @param string $name     What it is called.
	 * @param string $taxonomy Of the shop's global one; empty for one of the product's own.
	 * @param int    $position Behind how many others.
	 */
	private static function made( string $name, string $taxonomy, int $position ): \WC_Product_Attribute {
		$made = new \WC_Product_Attribute();
		if ( '' !== $taxonomy ) {
			$made->set_id( wc_attribute_taxonomy_id_by_name( $taxonomy ) );
		}
		$made->set_name( '' !== $taxonomy ? $taxonomy : sanitize_text_field( $name ) );
		$made->set_position( $position );
		$made->set_visible( true );
		return $made;
	}

	/**
	 * The taxonomy of the shop's global attribute of that name; empty for none.
	 *
	 * @param string $name Label or slug.
	 */
	private static function taxonomy( string $name ): string {
		foreach ( wc_get_attribute_taxonomies() as $one ) {
			if ( 0 === strcasecmp( $one->attribute_label, $name ) || 0 === strcasecmp( $one->attribute_name, $name ) ) {
				$taxonomy = wc_attribute_taxonomy_name( $one->attribute_name );
				return taxonomy_exists( $taxonomy ) ? $taxonomy : '';
			}
		}
		return '';
	}

	/**
	 * A term of a global attribute, made when it is missing.
	 *
	 * @param string $value    Its name.
	 * @param string $taxonomy The attribute's.
	 * @throws \RuntimeException When WordPress will not have it.
	 */
	private static function term( string $value, string $taxonomy ): \WP_Term {
		$found = get_term_by( 'name', $value, $taxonomy );
		if ( ! $found ) {
			$made  = wp_insert_term( wp_slash( $value ), $taxonomy );
			$id    = is_wp_error( $made ) ? (int) $made->get_error_data( 'term_exists' ) : (int) $made['term_id'];
			$found = $id ? get_term( $id, $taxonomy ) : null;
		}
		if ( ! $found instanceof \WP_Term ) {
			throw new \RuntimeException( "“{$value}” cannot be made a value of $taxonomy" ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped
		}
		return $found;
	}
}
