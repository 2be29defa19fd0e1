<?php
/**
 * A product as an event says it.
 *
 * @package Causeway
 */

namespace Causeway\Payload;

defined( 'ABSPATH' ) || exit;

/**
 * The product or variation as WooCommerce's REST v3 renders it.
 */
final class Products {

	private const SCHEMA = 'woocommerce.product/3';

	/**
	 * Made anew at every reading, or for visitors only.
	 */
	private const LEFT_OUT = array( '_links', 'related_ids', 'price_html' );

	/**
	 * Read a product; null for a draft that was never sent, or what is gone and was never sent.
	 *
	 * @param int  $id       The product or variation.
	 * @param bool $was_sent Whether the sidecar has had it.
	 * @throws \RuntimeException When it is there and cannot be read.
	 */
	public static function read( int $id, bool $was_sent ): ?Content {
		$product = wc_get_product( $id );
		$status  = $product ? $product->get_status() : '';
		if ( ! $product && Existence::of_post( $id ) && in_array( get_post_type( $id ), array( 'product', 'product_variation' ), true ) ) {
			throw new \RuntimeException( 'WooCommerce cannot read it' );
		}
		if ( ! $product || 'trash' === $status ) {
			return $was_sent ? new Content( 'product.deleted', self::SCHEMA, array( 'product' => array( 'id' => $id ) ) ) : null;
		}
		if ( in_array( $status, array( 'auto-draft', 'importing' ), true ) || ( 'draft' === $status && ! $was_sent ) ) {
			return null;
		}
		$is_variation = $product->is_type( 'variation' );
		$data         = Rendering::of(
			$is_variation ? \WC_REST_Product_Variations_Controller::class : \WC_REST_Products_Controller::class,
			'prepare_object_for_response',
			$product,
			$is_variation ? array( 'product_id' => $product->get_parent_id() ) : array()
		);
		if ( $is_variation ) {
			$data['parent_id'] = $product->get_parent_id();
		}
		return new Content( 'product.updated', self::SCHEMA, array( 'product' => array_diff_key( $data, array_flip( self::LEFT_OUT ) ) ) );
	}
}
