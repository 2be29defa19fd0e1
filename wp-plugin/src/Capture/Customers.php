<?php
/**
 * Watches customers.
 *
 * @package Causeway
 */

namespace Causeway\Capture;

use Causeway\Options;

defined( 'ABSPATH' ) || exit;

/**
 * Marks users; the sender leaves out those who are no customers.
 */
final class Customers {

	private const MOST_ORDERS = 1000;

	/**
	 * Where marks go.
	 *
	 * @var Marks
	 */
	private $marks;

	/**
	 * Give it its marks.
	 *
	 * @param Marks $marks Where marks go.
	 */
	public function __construct( Marks $marks ) {
		$this->marks = $marks;
	}

	/**
	 * A user was made or changed.
	 *
	 * @param mixed $id The user.
	 */
	public function changed( $id ): void {
		if ( Options::is_on( Options::SEND_CUSTOMERS ) ) {
			$this->marks->mark( 'customer', (int) $id );
		}
	}

	/**
	 * A user is about to be deleted: WooCommerce makes their orders a guest's, and no hook tells.
	 *
	 * @param mixed $id The user.
	 */
	public function deleting( $id ): void {
		$this->changed( $id );
		$orders = wc_get_orders(
			array(
				'customer_id' => (int) $id,
				'type'        => 'shop_order',
				'return'      => 'ids',
				'limit'       => self::MOST_ORDERS,
				'orderby'     => 'ID',
				'order'       => 'DESC',
			)
		);
		foreach ( is_array( $orders ) ? $orders : array() as $order ) {
			$this->marks->mark_items( (int) $order );
		}
	}
}
