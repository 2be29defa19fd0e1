<?php
/**
 * Records shipments.
 *
 * @package Causeway
 */

namespace Causeway\Feed;

use Causeway\Feed\Shipment\Parcel;
use Causeway\Feed\Shipment\Target;

defined( 'ABSPATH' ) || exit;

/**
 * Writes a parcel where the shop keeps its shipments, and tells the customer where that place does
 * not.
 */
final class Shipments implements Handler {

	/** Writes notes.
	 *
	 * @var Notes
	 */
	private $notes;

	/** Places for shipments, the best first.
	 *
	 * @var Target[]
	 */
	private $targets;

	/**
	 * Give it its parts.
	 *
	 * @param Notes    $notes   Writes notes.
	 * @param Target[] $targets Places for shipments, the best first; the last is always there.
	 */
	public function __construct( Notes $notes, array $targets ) {
		$this->notes   = $notes;
		$this->targets = $targets;
	}

	/**
	 * Record a shipment.
	 *
	 * @param Update    $update What is to be done.
	 * @param \WC_Order $order  The order.
	 * @throws \RuntimeException When there is no place for it.
	 */
	public function apply( Update $update, \WC_Order $order ): string {
		$parcel = Parcel::read( $update );
		foreach ( $this->targets as $target ) {
			if ( ! $target->is_available() ) {
				continue;
			}
			$was_there = $target->has( $order, $parcel );
			if ( ! $was_there ) {
				$target->write( $order, $parcel );
			}
			if ( ! $target->tells_customer() ) {
				$this->notes->write( $order, $parcel->sentence(), true, $update->key );
			}
			return $target->name() . ( $was_there ? ': it was there' : ': written' );
		}
		throw new \RuntimeException( 'there is no place for shipments' );
	}
}
