<?php
/**
 * Makes events of what changed.
 *
 * @package Causeway
 */

namespace Causeway\Payload;

use Causeway\Log;
use Causeway\Memory;
use Causeway\Outbox\Row;

defined( 'ABSPATH' ) || exit;

/**
 * Reads an entity afresh and says what it is now. What a hook handed over is never used: it may be
 * older than the database.
 */
final class Builder {

	/**
	 * What there is to say of a row's entity; null when there is nothing to say.
	 *
	 * @param Row $row A claimed row.
	 * @throws \RuntimeException When it cannot be read.
	 */
	public function build( Row $row ): ?Content {
		$id = $row->entity_id;
		switch ( $row->entity ) {
			case 'order':
				return Orders::read( $id, $row->was_sent() );
			case 'product':
				return Products::read( $id, $row->was_sent() );
			case 'customer':
				return Customers::read( $id, $row->was_sent() );
			case 'note':
				return $row->was_sent() ? null : Notes::read( $id );
			case 'return':
				return Returns::read( $id );
		}
		return null;
	}

	/**
	 * Read a batch's orders and products in a few queries, so that each costs few of its own.
	 *
	 * @param Row[] $rows Claimed rows.
	 */
	public function prepare( array $rows ): void {
		Memory::release();
		$ids = array();
		foreach ( $rows as $row ) {
			$ids[ $row->entity ][] = $row->entity_id;
		}
		if ( count( $ids['product'] ?? array() ) > 1 ) {
			_prime_post_caches( $ids['product'] );
		}
		if ( count( $ids['order'] ?? array() ) > 1 ) {
			self::prime_orders( $ids['order'] );
		}
	}

	/**
	 * Have WooCommerce read orders, and where it knows how their items and refunds, together. An order
	 * that cannot be read must not hold up the others: what is wrong with it is said when its turn comes.
	 *
	 * @param int[] $ids Which.
	 */
	private static function prime_orders( array $ids ): void {
		try {
			\WC_Data_Store::load( 'order' )->prime_caches_for_orders( $ids, array( 'type' => 'shop_order' ) );
			\WC_Order_Factory::get_orders( $ids, true );
		} catch ( \Throwable $error ) {
			Log::failure( 'Reading orders together', $error );
		}
	}
}
