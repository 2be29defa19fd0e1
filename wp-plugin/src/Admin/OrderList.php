<?php
/**
 * Causeway in the list of orders.
 *
 * @package Causeway
 */

namespace Causeway\Admin;

use Causeway\Outbox\Outbox;
use Causeway\Outbox\Row;

defined( 'ABSPATH' ) || exit;

/**
 * A column that says whether each order was sent, with one query for the whole page, and a bulk
 * action that sends again. For orders in tables of their own and for orders as posts.
 */
final class OrderList {

	private const COLUMN = 'causeway';
	private const ACTION = 'causeway_send_again';
	private const DONE   = 'causeway_queued';

	/**
	 * What waits to be sent.
	 *
	 * @var Outbox
	 */
	private $outbox;

	/**
	 * Whether the list's orders are being read.
	 *
	 * @var bool
	 */
	private $is_listing = false;

	/**
	 * The orders on the page.
	 *
	 * @var int[]
	 */
	private $ids = array();

	/**
	 * Their rows in the outbox; null before they are read.
	 *
	 * @var array<int, Row>|null
	 */
	private $rows = null;

	/**
	 * Give it its outbox.
	 *
	 * @param Outbox $outbox What waits to be sent.
	 */
	public function __construct( Outbox $outbox ) {
		$this->outbox = $outbox;
	}

	/**
	 * Add the column, before the total where there is one.
	 *
	 * @param array $columns The list's.
	 * @return array
	 */
	public function columns( $columns ) {
		$own = array( self::COLUMN => __( 'Causeway', 'causeway-for-woocommerce' ) );
		$at  = array_search( 'order_total', array_keys( $columns ), true );
		return false === $at ? $columns + $own : array_slice( $columns, 0, $at, true ) + $own + array_slice( $columns, $at, null, true );
	}

	/**
	 * The list is about to ask for its orders.
	 *
	 * @param mixed $query Its query.
	 * @return mixed
	 */
	public function listing( $query ) {
		$this->is_listing = true;
		return $query;
	}

	/**
	 * Remember the list's orders. The list asks for pages, which tells its query from others that
	 * filters make on the way.
	 *
	 * @param mixed $found What wc_get_orders gives.
	 * @return mixed
	 */
	public function listed( $found ) {
		if ( $this->is_listing && isset( $found->orders ) && is_array( $found->orders ) ) {
			$this->is_listing = false;
			foreach ( $found->orders as $order ) {
				$this->ids[] = $order instanceof \WC_Order ? $order->get_id() : (int) $order;
			}
		}
		return $found;
	}

	/**
	 * Print one cell.
	 *
	 * @param mixed $column The column's name.
	 * @param mixed $order  The order, or its id where orders are posts.
	 */
	public function cell( $column, $order ): void {
		if ( self::COLUMN !== $column ) {
			return;
		}
		$id    = $order instanceof \WC_Order ? $order->get_id() : (int) $order;
		$state = new OrderState( $this->rows( $id )[ $id ] ?? null );
		printf(
			'<mark class="order-status causeway-mark causeway-%s tips" data-tip="%s"><span>%s<span class="screen-reader-text">: %s</span></span></mark>',
			esc_attr( $state->kind ),
			esc_attr( $state->sentence ),
			esc_html( $state->label ),
			esc_html( $state->sentence )
		);
	}

	/**
	 * Offer the bulk action.
	 *
	 * @param array $actions The list's.
	 * @return array
	 */
	public function actions( $actions ) {
		$actions[ self::ACTION ] = __( 'Send to Causeway again', 'causeway-for-woocommerce' );
		return $actions;
	}

	/**
	 * Do the bulk action. The list has checked its nonce; who may edit orders may send them.
	 *
	 * @param string $back   Where to go afterwards.
	 * @param string $action What is to be done.
	 * @param int[]  $ids    With which orders.
	 * @return string
	 */
	public function act( $back, $action, $ids ) {
		if ( self::ACTION !== $action || ! current_user_can( 'edit_others_shop_orders' ) ) {
			return $back;
		}
		$ids = array_filter( array_map( 'absint', (array) $ids ) );
		$this->outbox->resend( 'order', $ids );
		array_map( array( Journeys::class, 'forget' ), $ids );
		return add_query_arg( self::DONE, count( $ids ), remove_query_arg( array( 'bulk_action', 'changed', 'ids' ), $back ) );
	}

	/**
	 * Say that it was done.
	 */
	public function say(): void {
		$count = isset( $_GET[ self::DONE ] ) ? absint( $_GET[ self::DONE ] ) : 0; // phpcs:ignore WordPress.Security.NonceVerification.Recommended
		if ( $count > 0 && Screens::is_orders() ) {
			/* translators: %s: a number. */
			$said = sprintf( _n( '%s order will be sent to Causeway again.', '%s orders will be sent to Causeway again.', $count, 'causeway-for-woocommerce' ), number_format_i18n( $count ) );
			printf( '<div class="notice notice-success is-dismissible"><p>%s</p></div>', esc_html( $said ) );
		}
	}

	/**
	 * Let the address bar forget that it was done.
	 *
	 * @param string[] $names What WordPress removes.
	 * @return string[]
	 */
	public function forget_said( $names ) {
		$names[] = self::DONE;
		return $names;
	}

	/**
	 * The rows of the page, read once.
	 *
	 * @param int $id An order that is on it.
	 * @return array<int, Row>
	 */
	private function rows( int $id ): array {
		global $wp_query;
		if ( null === $this->rows ) {
			$posts      = $this->ids ? array() : wp_list_pluck( is_array( $wp_query->posts ?? null ) ? $wp_query->posts : array(), 'ID' );
			$this->rows = $this->outbox->find( 'order', array_unique( array_merge( array( $id ), $this->ids, $posts ) ) );
		}
		return $this->rows;
	}
}
