<?php
/**
 * What the sidecar says to a batch.
 *
 * @package Causeway
 */

namespace Causeway\Outbox;

use Causeway\Transport\Problem;

defined( 'ABSPATH' ) || exit;

/**
 * Which events it has, and what is wrong with the others. Duplicates are events it has.
 */
final class Receipt {

	/** Ids it has.
	 *
	 * @var array<string, true>
	 */
	private $kept = array();

	/** What is wrong with the others, by id.
	 *
	 * @var array<string, Problem>
	 */
	private $refused = array();

	/** The number of an event in its ledger by which it had kept all of them; “0” when it does not say.
	 *
	 * @var string
	 */
	private $kept_to;

	/**
	 * Read an answer.
	 *
	 * @param array $body `accepted`, `duplicates`, `refused`, `events_to`.
	 */
	public function __construct( array $body ) {
		$to            = $body['events_to'] ?? null;
		$this->kept_to = is_string( $to ) && preg_match( '~^[0-9]{1,18}\z~', $to ) ? $to : '0';
		foreach ( array( 'accepted', 'duplicates' ) as $list ) {
			foreach ( is_array( $body[ $list ] ?? null ) ? $body[ $list ] : array() as $id ) {
				if ( is_string( $id ) ) {
					$this->kept[ $id ] = true;
				}
			}
		}
		foreach ( is_array( $body['refused'] ?? null ) ? $body['refused'] : array() as $item ) {
			if ( is_array( $item ) && is_string( $item['id'] ?? null ) && is_array( $item['problem'] ?? null ) ) {
				$this->refused[ $item['id'] ] = new Problem( $item['problem'] );
			}
		}
	}

	/**
	 * The number of an event in the sidecar's ledger by which it had kept all of them.
	 */
	public function kept_to(): string {
		return $this->kept_to;
	}

	/**
	 * Whether the sidecar has an event.
	 *
	 * @param string $id The event's.
	 */
	public function has( string $id ): bool {
		return isset( $this->kept[ $id ] );
	}

	/**
	 * The problem's type; empty when nothing was said.
	 *
	 * @param string $id The event's.
	 */
	public function type( string $id ): string {
		return isset( $this->refused[ $id ] ) ? $this->refused[ $id ]->type : '';
	}

	/**
	 * Why an event was refused.
	 *
	 * @param string $id The event's.
	 */
	public function sentence( string $id ): string {
		return isset( $this->refused[ $id ] ) ? $this->refused[ $id ]->sentence() : 'The sidecar said nothing about this event.';
	}
}
