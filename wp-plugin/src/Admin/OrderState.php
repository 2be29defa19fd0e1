<?php
/**
 * Whether an order has been sent.
 *
 * @package Causeway
 */

namespace Causeway\Admin;

use Causeway\Health\Condition;
use Causeway\Outbox\Outbox;
use Causeway\Outbox\Row;

defined( 'ABSPATH' ) || exit;

/**
 * What the outbox knows of an order, in a word and a sentence.
 */
final class OrderState {

	public const NONE    = 'none';
	public const SENT    = 'sent';
	public const WAITING = 'waiting';
	public const TROUBLE = 'trouble';

	/** One of the constants.
	 *
	 * @var string
	 */
	public $kind;

	/** Its name.
	 *
	 * @var string
	 */
	public $label;

	/** What it means here.
	 *
	 * @var string
	 */
	public $sentence;

	/**
	 * Read a row.
	 *
	 * @param Row|null $row The order's in the outbox; null when there is none.
	 */
	public function __construct( ?Row $row ) {
		$this->kind     = self::kind( $row );
		$this->label    = self::labels()[ $this->kind ];
		$this->sentence = $this->sentence( $row );
	}

	/**
	 * Which of the constants.
	 *
	 * @param Row|null $row The order's.
	 */
	private static function kind( ?Row $row ): string {
		if ( null === $row ) {
			return self::NONE;
		}
		if ( Outbox::DONE === $row->state ) {
			return $row->was_sent() ? self::SENT : self::NONE;
		}
		$is_late = time() - $row->marked_at > Condition::LATE_SECONDS;
		return $is_late || ( '' !== $row->last_error && $row->attempts > 0 ) ? self::TROUBLE : self::WAITING;
	}

	/**
	 * The names.
	 *
	 * @return array<string, string>
	 */
	private static function labels(): array {
		return array(
			self::NONE    => _x( 'Not sent', 'order in the outbox', 'causeway-for-woocommerce' ),
			self::SENT    => _x( 'Sent', 'order in the outbox', 'causeway-for-woocommerce' ),
			self::WAITING => _x( 'Waiting', 'order in the outbox', 'causeway-for-woocommerce' ),
			self::TROUBLE => _x( 'Trouble', 'order in the outbox', 'causeway-for-woocommerce' ),
		);
	}

	/**
	 * What it means.
	 *
	 * @param Row|null $row The order's.
	 */
	private function sentence( ?Row $row ): string {
		if ( null === $row || self::NONE === $this->kind ) {
			return __( 'Causeway has not been told of this order.', 'causeway-for-woocommerce' );
		}
		if ( self::SENT === $this->kind ) {
			/* translators: %s: date and time. */
			return sprintf( __( 'Causeway has its latest version, sent %s.', 'causeway-for-woocommerce' ), Times::at( $row->sent_at ) );
		}
		/* translators: %s: a span of time with “ago”. */
		$since = sprintf( __( 'A change of %s waits to be sent.', 'causeway-for-woocommerce' ), Times::relative( $row->marked_at ) );
		// That the sidecar is away is no fault of this order's, and is told elsewhere.
		return $row->attempts > 0 ? trim( "$since {$row->last_error}" ) : $since;
	}
}
