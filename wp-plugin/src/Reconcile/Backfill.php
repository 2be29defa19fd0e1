<?php
/**
 * Queues a shop's history.
 *
 * @package Causeway
 */

namespace Causeway\Reconcile;

use Automattic\WooCommerce\Utilities\OrderUtil;
use Causeway\Capture\Orders as Capture;
use Causeway\Db;
use Causeway\Options;
use Causeway\Outbox\Outbox;

defined( 'ABSPATH' ) || exit;

/**
 * Old orders, in the slow lane behind everything new, a portion at a time. What the sidecar has is
 * left out, so that nothing is sent twice; a run that stops goes on where it was.
 */
final class Backfill {

	private const PORTION      = 500;
	private const MOST_WAITING = 1000;

	/** Where marks go.
	 *
	 * @var Outbox
	 */
	private $outbox;

	/**
	 * Give it its outbox.
	 *
	 * @param Outbox $outbox Where marks go.
	 */
	public function __construct( Outbox $outbox ) {
		$this->outbox = $outbox;
	}

	/**
	 * Begin with a window of time.
	 *
	 * @param int $from In Unix seconds.
	 * @param int $to   In Unix seconds.
	 * @return array As progress() gives it.
	 */
	public function start( int $from, int $to ): array {
		$state = array(
			'from'   => $from,
			'to'     => $to,
			'after'  => 0,
			'queued' => 0,
			'seen'   => 0,
			'total'  => $this->count( $from, $to ),
			'active' => true,
		);
		Options::set( Options::BACKFILL, $state );
		return $this->progress();
	}

	/**
	 * Queue the next portion, unless enough of history waits already.
	 *
	 * @return array As progress() gives it.
	 */
	public function step(): array {
		$state = Options::record( Options::BACKFILL );
		if ( empty( $state['active'] ) || $this->waiting() >= self::MOST_WAITING ) {
			return $this->progress();
		}
		$rows = $this->ids( (int) $state['from'], (int) $state['to'], (int) $state['after'], self::PORTION );
		$new  = array_filter( $rows, static fn( $row ) => 0 === (int) $row->sent_seq );
		foreach ( array_chunk( $new, 200 ) as $chunk ) {
			$this->outbox->mark( array_map( static fn( $row ) => array( 'order', (int) $row->id ), $chunk ), 0, Outbox::HISTORY );
		}
		$state['seen']   += count( $rows );
		$state['queued'] += count( $new );
		$state['after']   = $rows ? (int) end( $rows )->id : $state['after'];
		$state['active']  = count( $rows ) === self::PORTION;
		Options::set( Options::BACKFILL, $state );
		return $this->progress();
	}

	/**
	 * Stop. What is queued is sent all the same.
	 */
	public function stop(): void {
		$state           = Options::record( Options::BACKFILL );
		$state['active'] = false;
		Options::set( Options::BACKFILL, $state );
	}

	/**
	 * How far it is.
	 *
	 * @return array{active: bool, total: int, seen: int, queued: int, waiting: int, from: int, to: int}
	 */
	public function progress(): array {
		$state = Options::record( Options::BACKFILL );
		return array(
			'active'  => ! empty( $state['active'] ),
			'total'   => (int) ( $state['total'] ?? 0 ),
			'seen'    => (int) ( $state['seen'] ?? 0 ),
			'queued'  => (int) ( $state['queued'] ?? 0 ),
			'waiting' => $this->waiting(),
			'from'    => (int) ( $state['from'] ?? 0 ),
			'to'      => (int) ( $state['to'] ?? 0 ),
		);
	}

	/**
	 * How much of history waits to be sent.
	 */
	private function waiting(): int {
		return (int) Db::value( 'SELECT COUNT(*) FROM ' . Db::table( 'outbox' ) . ' WHERE state = 0 AND lane = %d', array( Outbox::HISTORY ) );
	}

	/**
	 * A page of a window's orders, with the version the sidecar has.
	 *
	 * @param int $from  In Unix seconds.
	 * @param int $to    In Unix seconds.
	 * @param int $after Ids past this.
	 * @param int $limit How many at most.
	 * @return \stdClass[]
	 */
	private function ids( int $from, int $to, int $after, int $limit ): array {
		list( $sql, $values, $id ) = $this->window( $from, $to );
		$values[]                  = $after;
		$values[]                  = $limit;
		return Db::rows( "SELECT o.$id AS id, COALESCE(x.sent_seq, 0) AS sent_seq $sql AND o.$id > %d ORDER BY o.$id LIMIT %d", $values );
	}

	/**
	 * How many orders a window has.
	 *
	 * @param int $from In Unix seconds.
	 * @param int $to   In Unix seconds.
	 */
	private function count( int $from, int $to ): int {
		list( $sql, $values ) = $this->window( $from, $to );
		return (int) Db::value( "SELECT COUNT(*) $sql", $values );
	}

	/**
	 * A window in SQL: from FROM on, its values, and the name of the id.
	 *
	 * @param int $from In Unix seconds.
	 * @param int $to   In Unix seconds.
	 * @return array{0: string, 1: array, 2: string}
	 */
	private function window( int $from, int $to ): array {
		global $wpdb;
		$drafts = implode( ', ', array_fill( 0, count( Capture::DRAFTS ) * 2 + 1, '%s' ) );
		$names  = array_merge( Capture::DRAFTS, array_map( static fn( $name ) => "wc-$name", Capture::DRAFTS ), array( 'trash' ) );

		list( $table, $id, $type, $status, $created ) = OrderUtil::custom_orders_table_usage_is_enabled()
			? array( OrderUtil::get_table_for_orders(), 'id', 'type', 'status', 'date_created_gmt' )
			: array( $wpdb->posts, 'ID', 'post_type', 'post_status', 'post_date_gmt' );

		$sql = "FROM $table o LEFT JOIN " . Db::table( 'outbox' ) . " x ON x.entity = 'order' AND x.entity_id = o.$id
			WHERE o.$type = 'shop_order' AND o.$status NOT IN ($drafts) AND o.$created >= %s AND o.$created <= %s";
		return array( $sql, array_merge( $names, array( gmdate( 'Y-m-d H:i:s', $from ), gmdate( 'Y-m-d H:i:s', $to ) ) ), $id );
	}
}
