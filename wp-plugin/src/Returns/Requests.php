<?php
/**
 * Asking for a return.
 *
 * @package Causeway
 */

namespace Causeway\Returns;

use Causeway\Db;
use Causeway\Memory;
use Causeway\Outbox\Outbox;

defined( 'ABSPATH' ) || exit;

/**
 * Writes down what somebody in the shop asks for; the sender tells the sidecar. An order has one
 * row for its returns in the outbox, so the next is asked for once the last has gone.
 */
final class Requests {

	private const LOCK_SECONDS  = 5;
	private const EARLY_SECONDS = 10;
	private const MOST_LETTERS  = 250;

	/**
	 * What waits to be sent.
	 *
	 * @var Outbox
	 */
	private $outbox;

	/**
	 * Give it its outbox.
	 *
	 * @param Outbox $outbox What waits to be sent.
	 */
	public function __construct( Outbox $outbox ) {
		$this->outbox = $outbox;
	}

	/**
	 * Why none can be asked for at an order now; empty when one can.
	 *
	 * @param int $id The order.
	 */
	public function obstacle( int $id ): string {
		$order = $this->outbox->find( 'order', array( $id ) )[ $id ] ?? null;
		if ( null === $order || ! $order->was_sent() ) {
			return __( 'A return can be asked for once Causeway has this order.', 'causeway-for-woocommerce' );
		}
		$last = $this->outbox->find( 'return', array( $id ) )[ $id ] ?? null;
		if ( null !== $last && Outbox::DONE !== $last->state ) {
			return __( 'The return that was asked for waits to be sent. The next can be asked for after that.', 'causeway-for-woocommerce' );
		}
		return '';
	}

	/**
	 * Ask for a return.
	 *
	 * @param int    $id     The order.
	 * @param int    $number Which number it is to have: the same asked twice is refused.
	 * @param array  $wanted Quantities by line, as they were typed.
	 * @param string $reason Why.
	 * @param string $who    Who asks.
	 * @return string The return's id.
	 * @throws Refused When it cannot be asked for.
	 */
	public function ask( int $id, int $number, array $wanted, string $reason, string $who ): string {
		$lock = substr( md5( DB_NAME . Db::table( 'outbox' ) . "return$id" ), 0, 32 );
		if ( '1' !== Db::value( 'SELECT GET_LOCK(%s, %d)', array( $lock, self::LOCK_SECONDS ) ) ) {
			throw new Refused( __( 'Somebody else asks for a return of this order just now.', 'causeway-for-woocommerce' ) );
		}
		try {
			return $this->asked( $id, $number, $wanted, self::cut( $reason ), $who );
		} finally {
			Db::value( 'SELECT RELEASE_LOCK(%s)', array( $lock ) );
		}
	}

	/**
	 * Ask, while nobody else does. The outbox is written first: a row without a return is settled,
	 * a return without a row would never be sent.
	 *
	 * @param int    $id     The order.
	 * @param int    $number Which number it is to have.
	 * @param array  $wanted Quantities by line.
	 * @param string $reason Why.
	 * @param string $who    Who asks.
	 * @throws Refused When it cannot be asked for.
	 */
	private function asked( int $id, int $number, array $wanted, string $reason, string $who ): string {
		Memory::release(); // What was read before the lock may be old.
		$order = wc_get_order( $id );
		if ( ! $order instanceof \WC_Order ) {
			throw new Refused( __( 'There is no such order.', 'causeway-for-woocommerce' ) );
		}
		if ( Asked::next( $order ) !== $number ) {
			throw new Refused( __( 'This return was asked for already. Load the page again to ask for another.', 'causeway-for-woocommerce' ) );
		}
		$obstacle = $this->obstacle( $id );
		if ( '' !== $obstacle ) {
			throw new Refused( $obstacle );
		}
		$left  = Quantities::left( $order );
		$lines = Quantities::fitting( $wanted, $left );
		$this->outbox->mark( array( array( 'return', $id ) ), self::EARLY_SECONDS );
		$return = Asked::add( $order, $lines, $reason );
		$this->outbox->mark( array( array( 'return', $id ) ), 0 );
		$order->add_order_note( self::note( $return, $lines, $left, $reason, $who ) );
		return $return;
	}

	/**
	 * What the shop's people read at the order.
	 *
	 * @param string $id     The return's.
	 * @param array  $lines  Quantities by line.
	 * @param array  $left   The order's lines.
	 * @param string $reason Why.
	 * @param string $who    Who asked.
	 */
	private static function note( string $id, array $lines, array $left, string $reason, string $who ): string {
		$goods = array();
		foreach ( $lines as $line => $quantity ) {
			$goods[] = "$quantity × {$left[ $line ]['name']}";
		}
		/* translators: 1: who asked; 2: the return's id; 3: goods with quantities. */
		$said = sprintf( __( '%1$s asked for return %2$s: %3$s.', 'causeway-for-woocommerce' ), $who, $id, implode( ', ', $goods ) );
		/* translators: %s: why goods come back. */
		return esc_html( '' === $reason ? $said : $said . ' ' . sprintf( __( 'Reason: %s', 'causeway-for-woocommerce' ), $reason ) );
	}

	/**
	 * A reason of a length that everybody takes.
	 *
	 * @param string $reason As it was typed.
	 */
	private static function cut( string $reason ): string {
		$clean = sanitize_text_field( $reason );
		return function_exists( 'mb_substr' ) ? mb_substr( $clean, 0, self::MOST_LETTERS ) : substr( $clean, 0, self::MOST_LETTERS );
	}
}
