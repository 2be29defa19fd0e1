<?php
/**
 * The sidecar's words, in the owner's language.
 *
 * @package Causeway
 */

namespace Causeway\Admin;

defined( 'ABSPATH' ) || exit;

/**
 * Names and sentences for the states and steps of an order. What a newer sidecar says and nobody
 * here knows is shown in the sidecar's own sentence.
 */
final class Words {

	/**
	 * An order's state: its name and its sentence.
	 *
	 * @param array $told `value` and `sentence`, from the sidecar.
	 * @return array{0: string, 1: string}
	 */
	public static function state( array $told ): array {
		$known = array(
			'received'       => array( _x( 'Received', 'state of an order', 'causeway-for-woocommerce' ), __( 'The order is known; there is nothing to do for it yet.', 'causeway-for-woocommerce' ) ),
			'held'           => array( _x( 'Held', 'state of an order', 'causeway-for-woocommerce' ), __( 'The order waits: the notice below says for what.', 'causeway-for-woocommerce' ) ),
			'accepted'       => array( _x( 'Accepted', 'state of an order', 'causeway-for-woocommerce' ), __( 'The order is good and on its way into the back office.', 'causeway-for-woocommerce' ) ),
			'booked'         => array( _x( 'Booked', 'state of an order', 'causeway-for-woocommerce' ), __( 'The order is a sales order in the back office.', 'causeway-for-woocommerce' ) ),
			'closed'         => array( _x( 'Done', 'state of an order', 'causeway-for-woocommerce' ), __( 'Everything about the order is done.', 'causeway-for-woocommerce' ) ),
			'cancelled'      => array( _x( 'Cancelled', 'state of an order', 'causeway-for-woocommerce' ), __( 'The order was cancelled in the shop.', 'causeway-for-woocommerce' ) ),
			'not_understood' => array( _x( 'Not understood', 'state of an order', 'causeway-for-woocommerce' ), __( 'What arrived could not be understood.', 'causeway-for-woocommerce' ) ),
		);
		return self::told( $known, $told );
	}

	/**
	 * An order's money: its name and its sentence.
	 *
	 * @param array $told `value` and `sentence`, from the sidecar.
	 * @return array{0: string, 1: string}
	 */
	public static function financial( array $told ): array {
		$known = array(
			'unpaid'             => array( _x( 'Unpaid', 'payment', 'causeway-for-woocommerce' ), __( 'No payment has been reported.', 'causeway-for-woocommerce' ) ),
			'authorised'         => array( _x( 'Authorised', 'payment', 'causeway-for-woocommerce' ), __( 'The payment is promised but not collected.', 'causeway-for-woocommerce' ) ),
			'paid'               => array( _x( 'Paid', 'payment', 'causeway-for-woocommerce' ), __( 'The order is paid.', 'causeway-for-woocommerce' ) ),
			'partially_refunded' => array( _x( 'Partially refunded', 'payment', 'causeway-for-woocommerce' ), __( 'Part of the money was given back.', 'causeway-for-woocommerce' ) ),
			'refunded'           => array( _x( 'Refunded', 'payment', 'causeway-for-woocommerce' ), __( 'All of the money was given back.', 'causeway-for-woocommerce' ) ),
			'voided'             => array( _x( 'Voided', 'payment', 'causeway-for-woocommerce' ), __( 'No money will be collected.', 'causeway-for-woocommerce' ) ),
		);
		return self::told( $known, $told );
	}

	/**
	 * All warehouses' parts of an order, in one word.
	 *
	 * @param string $value From the sidecar.
	 */
	public static function fulfilment( string $value ): string {
		$known = array(
			'none'        => _x( 'Not asked for', 'shipping', 'causeway-for-woocommerce' ),
			'open'        => _x( 'Nothing sent yet', 'shipping', 'causeway-for-woocommerce' ),
			'scheduled'   => _x( 'Scheduled', 'shipping', 'causeway-for-woocommerce' ),
			'on_hold'     => _x( 'On hold', 'shipping', 'causeway-for-woocommerce' ),
			'in_progress' => _x( 'In progress', 'shipping', 'causeway-for-woocommerce' ),
			'incomplete'  => _x( 'Ended without sending everything', 'shipping', 'causeway-for-woocommerce' ),
			'cancelled'   => _x( 'Will not be sent', 'shipping', 'causeway-for-woocommerce' ),
			'closed'      => _x( 'Everything is on its way', 'shipping', 'causeway-for-woocommerce' ),
		);
		return $known[ $value ] ?? self::plain( $value );
	}

	/**
	 * A milestone's name.
	 *
	 * @param string $name From the sidecar.
	 */
	public static function milestone( string $name ): string {
		$known = array(
			'received'         => _x( 'Received by Causeway', 'milestone', 'causeway-for-woocommerce' ),
			'adopted'          => _x( 'Was in the back office already', 'milestone', 'causeway-for-woocommerce' ),
			'booked'           => _x( 'Booked in the back office', 'milestone', 'causeway-for-woocommerce' ),
			'released'         => _x( 'Released to the warehouse', 'milestone', 'causeway-for-woocommerce' ),
			'accepted'         => _x( 'Accepted by the warehouse', 'milestone', 'causeway-for-woocommerce' ),
			'shipped'          => _x( 'Shipped', 'milestone', 'causeway-for-woocommerce' ),
			'tracked'          => _x( 'Parcel can be followed', 'milestone', 'causeway-for-woocommerce' ),
			'paid'             => _x( 'Payment booked', 'milestone', 'causeway-for-woocommerce' ),
			'invoiced'         => _x( 'Invoiced', 'milestone', 'causeway-for-woocommerce' ),
			'credited'         => _x( 'Credit note written', 'milestone', 'causeway-for-woocommerce' ),
			'refunded'         => _x( 'Refund booked', 'milestone', 'causeway-for-woocommerce' ),
			'refund_reversed'  => _x( 'Refund taken back', 'milestone', 'causeway-for-woocommerce' ),
			'posted'           => _x( 'Posted in the books', 'milestone', 'causeway-for-woocommerce' ),
			'cancelled'        => _x( 'Cancelled in the back office', 'milestone', 'causeway-for-woocommerce' ),
			'return_requested' => _x( 'Return asked for', 'milestone', 'causeway-for-woocommerce' ),
			'return_allowed'   => _x( 'Return allowed', 'milestone', 'causeway-for-woocommerce' ),
			'return_refused'   => _x( 'Return not allowed', 'milestone', 'causeway-for-woocommerce' ),
			'return_awaited'   => _x( 'Return awaited by the warehouse', 'milestone', 'causeway-for-woocommerce' ),
			'return_received'  => _x( 'Returned goods arrived', 'milestone', 'causeway-for-woocommerce' ),
			'return_inspected' => _x( 'Returned goods looked at', 'milestone', 'causeway-for-woocommerce' ),
			'return_refunded'  => _x( 'Return refunded', 'milestone', 'causeway-for-woocommerce' ),
		);
		return $known[ $name ] ?? self::plain( $name );
	}

	/**
	 * A delivery's state: its name and its sentence.
	 *
	 * @param array $told `value` and `sentence`, from the sidecar.
	 * @return array{0: string, 1: string}
	 */
	public static function delivery( array $told ): array {
		$known = array(
			'waiting'   => array( _x( 'Waiting', 'delivery', 'causeway-for-woocommerce' ), __( 'It is tried again by itself.', 'causeway-for-woocommerce' ) ),
			'sending'   => array( _x( 'Being sent', 'delivery', 'causeway-for-woocommerce' ), __( 'It is being sent now.', 'causeway-for-woocommerce' ) ),
			'unknown'   => array( _x( 'Uncertain', 'delivery', 'causeway-for-woocommerce' ), __( 'It may have arrived; it will be looked up before anything is sent again.', 'causeway-for-woocommerce' ) ),
			'done'      => array( _x( 'Done', 'delivery', 'causeway-for-woocommerce' ), __( 'The other side has it.', 'causeway-for-woocommerce' ) ),
			'parked'    => array( _x( 'Needs a person', 'delivery', 'causeway-for-woocommerce' ), __( 'It was refused, or tried for long enough.', 'causeway-for-woocommerce' ) ),
			'cancelled' => array( _x( 'Cancelled', 'delivery', 'causeway-for-woocommerce' ), __( 'It is no longer wanted; nothing more is sent for it.', 'causeway-for-woocommerce' ) ),
			'shadow'    => array( _x( 'Worked out only', 'delivery', 'causeway-for-woocommerce' ), __( 'Nothing is sent while its connection is in shadow.', 'causeway-for-woocommerce' ) ),
		);
		return self::told( $known, $told );
	}

	/**
	 * How far a return is: its name and its sentence.
	 *
	 * @param array $told `value` and `sentence`, from the sidecar.
	 * @return array{0: string, 1: string}
	 */
	public static function goods_back( array $told ): array {
		$known = array(
			'requested'  => array( _x( 'Asked for', 'return', 'causeway-for-woocommerce' ), __( 'It waits for somebody to allow it.', 'causeway-for-woocommerce' ) ),
			'authorised' => array( _x( 'Allowed', 'return', 'causeway-for-woocommerce' ), __( 'It waits for the goods.', 'causeway-for-woocommerce' ) ),
			'received'   => array( _x( 'Arrived', 'return', 'causeway-for-woocommerce' ), __( 'The goods wait to be looked at.', 'causeway-for-woocommerce' ) ),
			'inspected'  => array( _x( 'Looked at', 'return', 'causeway-for-woocommerce' ), __( 'The refund waits for the shop.', 'causeway-for-woocommerce' ) ),
			'refunded'   => array( _x( 'Refunded', 'return', 'causeway-for-woocommerce' ), __( 'The money went back; the return is done.', 'causeway-for-woocommerce' ) ),
			'refused'    => array( _x( 'Not allowed', 'return', 'causeway-for-woocommerce' ), '' ),
		);
		return self::told( $known, $told );
	}

	/**
	 * For whom an order waits.
	 *
	 * @param string $who From the sidecar: one of these, or a warehouse's or connection's name.
	 */
	public static function awaited( string $who ): string {
		$known = array(
			'the shop'              => _x( 'The shop', 'waits for', 'causeway-for-woocommerce' ),
			'a person'              => _x( 'A person', 'waits for', 'causeway-for-woocommerce' ),
			'the buyer'             => _x( 'The buyer', 'waits for', 'causeway-for-woocommerce' ),
			'the back office'       => _x( 'The back office', 'waits for', 'causeway-for-woocommerce' ),
			'the warehouse'         => _x( 'The warehouse', 'waits for', 'causeway-for-woocommerce' ),
			'the clock'             => _x( 'The clock', 'waits for', 'causeway-for-woocommerce' ),
			'whoever receives them' => _x( 'Whoever receives the goods', 'waits for', 'causeway-for-woocommerce' ),
		);
		return $known[ $who ] ?? $who;
	}

	/**
	 * What a delivery does.
	 *
	 * @param string $operation From the sidecar.
	 */
	public static function operation( string $operation ): string {
		$known = array(
			'book'    => _x( 'Booking', 'delivery', 'causeway-for-woocommerce' ),
			'refund'  => _x( 'Refund', 'delivery', 'causeway-for-woocommerce' ),
			'reverse' => _x( 'Taking back a refund', 'delivery', 'causeway-for-woocommerce' ),
			'request' => _x( 'Request to the warehouse', 'delivery', 'causeway-for-woocommerce' ),
			'update'  => _x( 'Change', 'delivery', 'causeway-for-woocommerce' ),
			'cancel'  => _x( 'Cancellation', 'delivery', 'causeway-for-woocommerce' ),
			'stop'    => _x( 'Word to stop', 'delivery', 'causeway-for-woocommerce' ),
			'return'  => _x( 'Return', 'delivery', 'causeway-for-woocommerce' ),
			'payment' => _x( 'Payment', 'delivery', 'causeway-for-woocommerce' ),
			'journal' => _x( 'Journal entry', 'delivery', 'causeway-for-woocommerce' ),
		);
		return $known[ $operation ] ?? self::plain( $operation );
	}

	/**
	 * What is kept in the outbox.
	 *
	 * @param string $entity `order`, `note`, `return`, `product` or `customer`.
	 * @param int    $count  How many.
	 */
	public static function counted( string $entity, int $count ): string {
		$number = number_format_i18n( $count );
		switch ( $entity ) {
			case 'order':
				/* translators: %s: a number. */
				return sprintf( _n( '%s order', '%s orders', $count, 'causeway-for-woocommerce' ), $number );
			case 'note':
				/* translators: %s: a number. */
				return sprintf( _n( '%s note', '%s notes', $count, 'causeway-for-woocommerce' ), $number );
			case 'return':
				/* translators: %s: a number. */
				return sprintf( _n( '%s return', '%s returns', $count, 'causeway-for-woocommerce' ), $number );
			case 'product':
				/* translators: %s: a number. */
				return sprintf( _n( '%s product', '%s products', $count, 'causeway-for-woocommerce' ), $number );
			case 'customer':
				/* translators: %s: a number. */
				return sprintf( _n( '%s customer', '%s customers', $count, 'causeway-for-woocommerce' ), $number );
			default:
				return "$number × $entity";
		}
	}

	/**
	 * What an update is about.
	 *
	 * @param string $kind From the sidecar.
	 */
	public static function update( string $kind ): string {
		$known = array(
			'note'     => _x( 'note', 'update', 'causeway-for-woocommerce' ),
			'status'   => _x( 'status', 'update', 'causeway-for-woocommerce' ),
			'shipment' => _x( 'shipment', 'update', 'causeway-for-woocommerce' ),
			'refund'   => _x( 'refund', 'update', 'causeway-for-woocommerce' ),
			'product'  => _x( 'product data', 'update', 'causeway-for-woocommerce' ),
		);
		return $known[ $kind ] ?? $kind;
	}

	/**
	 * One row of the outbox.
	 *
	 * @param string $entity `order`, `note`, `return`, `product` or `customer`.
	 * @param int    $id     Its id.
	 */
	public static function entity( string $entity, int $id ): string {
		$known = array(
			/* translators: %d: an id. */
			'order'    => __( 'Order %d', 'causeway-for-woocommerce' ),
			/* translators: %d: an id. */
			'note'     => __( 'Note %d', 'causeway-for-woocommerce' ),
			/* translators: %d: an order's id. */
			'return'   => __( 'Return of order %d', 'causeway-for-woocommerce' ),
			/* translators: %d: an id. */
			'product'  => __( 'Product %d', 'causeway-for-woocommerce' ),
			/* translators: %d: an id. */
			'customer' => __( 'Customer %d', 'causeway-for-woocommerce' ),
		);
		return isset( $known[ $entity ] ) ? sprintf( $known[ $entity ], $id ) : "$entity $id";
	}

	/**
	 * The known name and sentence, or the sidecar's own.
	 *
	 * @param array<string, array{0: string, 1: string}> $known What we have words for.
	 * @param array                                      $told  `value` and `sentence`.
	 * @return array{0: string, 1: string}
	 */
	private static function told( array $known, array $told ): array {
		$value    = is_string( $told['value'] ?? null ) ? $told['value'] : '';
		$sentence = is_string( $told['sentence'] ?? null ) ? $told['sentence'] : '';
		return $known[ $value ] ?? array( self::plain( $value ), $sentence );
	}

	/**
	 * A word of the sidecar's, made readable.
	 *
	 * @param string $word As `on_hold`.
	 */
	private static function plain( string $word ): string {
		return ucfirst( str_replace( array( '_', '-' ), ' ', $word ) );
	}
}
