<?php
/**
 * Watches orders and refunds.
 *
 * @package Causeway
 */

namespace Causeway\Capture;

use Automattic\WooCommerce\Utilities\OrderUtil;

defined( 'ABSPATH' ) || exit;

/**
 * Marks orders. A refund is a change of its order. Hooks hand out stale objects: only their ids are
 * believed here, and their status only to tell a draft from an order.
 */
final class Orders {

	/**
	 * Statuses of what is not an order yet.
	 */
	public const DRAFTS = array( 'auto-draft', 'draft', 'new', 'checkout-draft' );

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
	 * An order was saved, with its items.
	 *
	 * @param mixed $order A WC_Order, or an object of its kind.
	 */
	public function saved( $order ): void {
		if ( ! $order instanceof \WC_Abstract_Order ) {
			return;
		}
		$id = (int) $order->get_id();
		$this->marks->settle_items( $id );
		if ( 'shop_order' === $order->get_type() && ! in_array( $order->get_status( 'edit' ), self::DRAFTS, true ) ) {
			$this->marks->mark_urgent( $id );
		}
	}

	/**
	 * A refund was saved.
	 *
	 * @param mixed $refund A WC_Order_Refund.
	 */
	public function refund_saved( $refund ): void {
		if ( $refund instanceof \WC_Abstract_Order ) {
			$this->marks->settle_items( (int) $refund->get_id() );
			$this->marks->mark_urgent( (int) $refund->get_parent_id() );
		}
	}

	/**
	 * An order was made, changed, trashed, restored or deleted.
	 *
	 * @param mixed $id    Its id.
	 * @param mixed $order The order, where the hook gives it.
	 */
	public function changed( $id, $order = null ): void {
		$draft = $order instanceof \WC_Abstract_Order && in_array( $order->get_status( 'edit' ), self::DRAFTS, true );
		if ( ! $draft ) {
			$this->marks->mark( 'order', (int) $id );
		}
	}

	/**
	 * An order is about to be deleted or trashed.
	 *
	 * @param mixed $check Given back as it came.
	 * @param mixed $order The order.
	 * @return mixed
	 */
	public function deleting( $check, $order = null ) {
		if ( $order instanceof \WC_Abstract_Order && ! in_array( $order->get_status( 'edit' ), self::DRAFTS, true ) ) {
			$this->marks->mark( 'order', (int) $order->get_id() );
		}
		return $check;
	}

	/**
	 * A refund is about to be deleted: with order tables no other hook tells it.
	 *
	 * @param mixed $check  Given back as it came.
	 * @param mixed $refund The refund.
	 * @return mixed
	 */
	public function deleting_refund( $check, $refund = null ) {
		if ( $refund instanceof \WC_Abstract_Order ) {
			$this->marks->mark( 'order', (int) $refund->get_parent_id() );
		}
		return $check;
	}

	/**
	 * An item was added, changed, or is about to be removed. One that comes without its order is
	 * looked up, unless the item itself is given: then it has no order yet, as taxes at a checkout.
	 *
	 * @param mixed $item_id  The item.
	 * @param mixed $item     The item, where the hook gives it.
	 * @param mixed $order_id Its order or refund, where the hook gives it.
	 */
	public function item_changed( $item_id, $item = null, $order_id = 0 ): void {
		$id = is_numeric( $order_id ) ? (int) $order_id : 0;
		if ( $id <= 0 && ! $item instanceof \WC_Order_Item ) {
			$id = (int) wc_get_order_id_by_order_item_id( (int) $item_id );
		}
		if ( $id > 0 ) {
			$this->marks->mark_items( $id );
		}
	}

	/**
	 * The order an id stands for: itself, a refund's parent, or 0.
	 *
	 * @param int $id An order or a refund.
	 */
	public static function resolve( int $id ): int {
		$type = OrderUtil::get_order_type( $id );
		if ( 'shop_order_refund' === $type ) {
			$refund = wc_get_order( $id );
			return $refund ? (int) $refund->get_parent_id() : 0;
		}
		return 'shop_order' === $type ? $id : 0;
	}
}
