<?php
/**
 * Who is writing: the shop, or we.
 *
 * @package Causeway
 */

namespace Causeway;

defined( 'ABSPATH' ) || exit;

/**
 * Knows what this request writes on the sidecar's behalf, so that it is not sent back as news.
 *
 * Notes are silenced while ours are being written. Products that get the sidecar's stock or price
 * are silenced for the rest of the request, since WooCommerce syncs their parents at its end.
 * Orders are never silenced: their new state is captured and compared by its hash.
 */
final class Origin {

	/**
	 * How many of our writings are under way.
	 *
	 * @var int
	 */
	private $depth = 0;

	/**
	 * Ids of products written by us in this request.
	 *
	 * @var array<int, true>
	 */
	private $products = array();

	/**
	 * Do something on the sidecar's behalf.
	 *
	 * @param callable $work What to do.
	 * @return mixed What it gives back.
	 */
	public function during( callable $work ) {
		++$this->depth;
		try {
			return $work();
		} finally {
			--$this->depth;
		}
	}

	/**
	 * Whether something is being done on the sidecar's behalf.
	 */
	public function is_ours(): bool {
		return $this->depth > 0;
	}

	/**
	 * Silence products for the rest of this request.
	 *
	 * @param int[] $ids Products, variations, parents.
	 */
	public function silence_products( array $ids ): void {
		foreach ( $ids as $id ) {
			$this->products[ (int) $id ] = true;
		}
	}

	/**
	 * Whether a product's change is our own doing.
	 *
	 * @param int $id The product.
	 */
	public function is_silenced( int $id ): bool {
		return isset( $this->products[ $id ] );
	}
}
