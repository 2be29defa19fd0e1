<?php
/**
 * Watches posts that are orders or products.
 *
 * @package Causeway
 */

namespace Causeway\Capture;

defined( 'ABSPATH' ) || exit;

/**
 * The admin's lists trash, restore and delete posts without a word from WooCommerce.
 */
final class Posts {

	/**
	 * Watches orders.
	 *
	 * @var Orders
	 */
	private $orders;

	/**
	 * Watches products.
	 *
	 * @var Products
	 */
	private $products;

	/**
	 * Give it those who know the entities.
	 *
	 * @param Orders   $orders   Watches orders.
	 * @param Products $products Watches products.
	 */
	public function __construct( Orders $orders, Products $products ) {
		$this->orders   = $orders;
		$this->products = $products;
	}

	/**
	 * A post was trashed, restored, or is about to be deleted.
	 *
	 * @param mixed $id The post.
	 */
	public function changed( $id ): void {
		$id   = (int) $id;
		$type = get_post_type( $id );
		if ( 'shop_order' === $type && ! in_array( preg_replace( '~^wc-~', '', (string) get_post_status( $id ) ), Orders::DRAFTS, true ) ) {
			$this->orders->changed( $id );
		} elseif ( 'shop_order_refund' === $type ) {
			$this->orders->changed( (int) wp_get_post_parent_id( $id ) );
		} elseif ( 'product' === $type || 'product_variation' === $type ) {
			$this->products->changed( $id );
		}
	}

	/**
	 * Meta of a post was written. Products and refunds have hooks of their own for that.
	 *
	 * @param mixed  $meta_id Of WordPress.
	 * @param mixed  $post_id The post.
	 * @param string $key     Its key.
	 */
	public function meta_changed( $meta_id, $post_id, $key ): void {
		if ( '_edit_lock' !== $key && '_edit_last' !== $key && 'shop_order' === get_post_type( (int) $post_id ) ) {
			$this->changed( $post_id );
		}
	}
}
