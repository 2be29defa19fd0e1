<?php
/**
 * Finds what no hook told.
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
 * Compares WooCommerce's tables with the outbox: what changed there after it was last marked here is
 * marked. What turns out to be as the sidecar has it is not sent.
 */
final class Sweep {

	private const OVERLAP = 300;
	private const MOST    = 1000;

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
	 * Orders that changed since the last look, with five minutes' overlap.
	 *
	 * @return int How many were missing.
	 */
	public function recent(): int {
		$now   = time();
		$since = (int) ( Options::record( Options::SWEEP )['at'] ?? $now - HOUR_IN_SECONDS );
		$found = $this->changed_orders( $since - self::OVERLAP );
		$this->mark( 'order', $found );
		if ( count( $found ) < self::MOST ) {
			Options::set( Options::SWEEP, array( 'at' => $now ) );
		}
		return count( $found );
	}

	/**
	 * Everything that was changed in the last days, and what was deleted without a word.
	 *
	 * @param int $days How far back.
	 * @return int How many were missing.
	 */
	public function everything( int $days = 7 ): int {
		$since    = time() - $days * DAY_IN_SECONDS;
		$orders   = array_merge( $this->changed_orders( $since ), $this->deleted( 'order' ) );
		$products = Options::is_on( Options::SEND_PRODUCTS ) ? array_merge( $this->changed_products( $since ), $this->deleted( 'product' ) ) : array();
		$this->mark( 'order', $orders );
		$this->mark( 'product', $products );
		return count( $orders ) + count( $products );
	}

	/**
	 * Orders that are newer than their mark, or have none.
	 *
	 * @param int $since In Unix seconds.
	 * @return int[]
	 */
	private function changed_orders( int $since ): array {
		global $wpdb;
		$drafts = implode( ', ', array_fill( 0, count( Capture::DRAFTS ) * 2, '%s' ) );
		$names  = array_merge( Capture::DRAFTS, array_map( static fn( $name ) => "wc-$name", Capture::DRAFTS ) );
		list( $table, $id, $type, $status, $modified ) = OrderUtil::custom_orders_table_usage_is_enabled()
			? array( OrderUtil::get_table_for_orders(), 'id', 'type', 'status', 'date_updated_gmt' )
			: array( $wpdb->posts, 'ID', 'post_type', 'post_status', 'post_modified_gmt' );
		return array_map(
			'intval',
			Db::column(
				"SELECT o.$id FROM $table o LEFT JOIN " . Db::table( 'outbox' ) . " x ON x.entity = 'order' AND x.entity_id = o.$id
				WHERE o.$type = 'shop_order' AND o.$status NOT IN ($drafts) AND o.$modified >= %s
				AND (x.id IS NULL OR x.updated_at < TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', o.$modified)) ORDER BY o.$id LIMIT %d",
				array_merge( $names, array( gmdate( 'Y-m-d H:i:s', $since ), self::MOST ) )
			)
		);
	}

	/**
	 * Products that are newer than their mark.
	 *
	 * @param int $since In Unix seconds.
	 * @return int[]
	 */
	private function changed_products( int $since ): array {
		global $wpdb;
		return array_map(
			'intval',
			Db::column(
				"SELECT p.ID FROM {$wpdb->posts} p LEFT JOIN " . Db::table( 'outbox' ) . " x ON x.entity = 'product' AND x.entity_id = p.ID
				WHERE p.post_type IN ('product', 'product_variation') AND p.post_status NOT IN ('auto-draft', 'draft', 'importing') AND p.post_modified_gmt >= %s
				AND x.id IS NOT NULL AND x.updated_at < TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', p.post_modified_gmt) ORDER BY p.ID LIMIT %d",
				array( gmdate( 'Y-m-d H:i:s', $since ), self::MOST )
			)
		);
	}

	/**
	 * What the sidecar has and the shop has no more.
	 *
	 * @param string $entity `order` or `product`.
	 * @return int[]
	 */
	private function deleted( string $entity ): array {
		global $wpdb;
		$in_tables = 'order' === $entity && OrderUtil::custom_orders_table_usage_is_enabled();
		$table     = $in_tables ? OrderUtil::get_table_for_orders() : $wpdb->posts;
		$id        = $in_tables ? 'id' : 'ID';
		return array_map(
			'intval',
			Db::column(
				'SELECT x.entity_id FROM ' . Db::table( 'outbox' ) . " x LEFT JOIN $table o ON o.$id = x.entity_id
				WHERE x.entity = %s AND x.state = 2 AND x.sent_seq > 0 AND o.$id IS NULL LIMIT %d",
				array( $entity, self::MOST )
			)
		);
	}

	/**
	 * Mark them.
	 *
	 * @param string $entity `order` or `product`.
	 * @param int[]  $ids    Which.
	 */
	private function mark( string $entity, array $ids ): void {
		foreach ( array_chunk( array_unique( $ids ), 200 ) as $chunk ) {
			$this->outbox->mark( array_map( static fn( $id ) => array( $entity, $id ), $chunk ), 0 );
		}
	}
}
