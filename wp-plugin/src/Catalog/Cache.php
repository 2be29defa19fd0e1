<?php
/**
 * The shop's own copy of the sidecar's stock and prices.
 *
 * @package Causeway
 */

namespace Causeway\Catalog;

use Causeway\Db;
use Causeway\Options;

defined( 'ABSPATH' ) || exit;

/**
 * One row for each SKU. What differs from WooCommerce is found by one query on its lookup table, so
 * that products which are right cost nothing.
 */
final class Cache {

	public const OPEN    = 0;
	public const APPLIED = 2;
	public const LEFT    = 3;

	private const LONGEST_SKU = 100;

	/**
	 * Whether the owner wants stock or prices from the sidecar at all.
	 */
	public function is_wanted(): bool {
		return Options::is_on( Options::SYNC_STOCK ) || Options::is_on( Options::SYNC_PRICES );
	}

	/**
	 * Keep a page's lines. Each is compared with WooCommerce again.
	 *
	 * @param Line[] $lines In order.
	 */
	public function keep( array $lines ): void {
		if ( $lines ) {
			Options::set( Options::CATALOG_OPEN, 'yes' );
		}
		$lines = array_filter( $lines, static fn( $line ) => strlen( $line->sku ) <= self::LONGEST_SKU );
		foreach ( array_chunk( $lines, 200 ) as $chunk ) {
			$rows   = array();
			$values = array();
			foreach ( $chunk as $line ) {
				$nullable = array( $line->quantity, $line->regular_price, $line->sale_price, $line->sale );
				$rows[]   = '(%s, ' . implode( ', ', array_map( static fn( $value ) => null === $value ? 'NULL' : '%s', $nullable ) ) . ', %s, %d, %d, UNIX_TIMESTAMP())';
				$values   = array_merge( $values, array( $line->sku ), array_filter( $nullable, 'is_string' ), array( $line->currency, (int) $line->includes_tax, $line->as_of ) );
			}
			Db::run(
				'INSERT INTO ' . self::table() . ' (sku, quantity, regular_price, sale_price, sale, currency, includes_tax, as_of, updated_at) VALUES ' . implode( ', ', $rows ) . '
				ON DUPLICATE KEY UPDATE
					state = 0,
					quantity = VALUES(quantity), regular_price = VALUES(regular_price), sale_price = VALUES(sale_price), sale = VALUES(sale),
					currency = VALUES(currency), includes_tax = VALUES(includes_tax), as_of = VALUES(as_of), updated_at = VALUES(updated_at)',
				$values
			);
		}
	}

	/**
	 * Close what WooCommerce has already, and what no product answers to. Two statements, however
	 * many rows.
	 */
	public function compare(): void {
		global $wpdb;
		$table  = self::table();
		$stock  = Options::is_on( Options::SYNC_STOCK ) ? 'c.quantity IS NULL OR c.quantity = l.stock_quantity' : '1 = 1';
		$prices = '1 = 1';
		if ( Options::is_on( Options::SYNC_PRICES ) ) {
			$prices = '(c.regular_price IS NULL OR CAST(c.regular_price AS DECIMAL(19,6)) = CAST(r.meta_value AS DECIMAL(19,6)))
				AND (c.sale_price IS NULL OR CAST(c.sale_price AS DECIMAL(19,6)) = CAST(s.meta_value AS DECIMAL(19,6)))
				AND (c.sale IS NULL OR c.sale <> \'off\' OR COALESCE(s.meta_value, \'\') = \'\')';
		}
		Db::run(
			"UPDATE $table c JOIN {$wpdb->prefix}wc_product_meta_lookup l ON l.sku = c.sku
			LEFT JOIN {$wpdb->postmeta} r ON r.post_id = l.product_id AND r.meta_key = '_regular_price'
			LEFT JOIN {$wpdb->postmeta} s ON s.post_id = l.product_id AND s.meta_key = '_sale_price'
			SET c.state = 2, c.result = '' WHERE c.state = 0 AND ($stock) AND $prices"
		);
		Db::run(
			"UPDATE $table c LEFT JOIN {$wpdb->prefix}wc_product_meta_lookup l ON l.sku = c.sku
			SET c.state = 3, c.result = 'no product has this SKU' WHERE c.state = 0 AND l.product_id IS NULL"
		);
	}

	/**
	 * What differs: less stock first, since selling what is not there is the worse mistake.
	 *
	 * @param int   $limit How many at most.
	 * @param int[] $but   Ids of rows to pass over.
	 * @return object[] Rows of the table with `product_id` and `parent_id`.
	 */
	public function differing( int $limit = 100, array $but = array() ): array {
		global $wpdb;
		$but = $but ? 'AND c.id NOT IN (' . implode( ', ', array_map( 'intval', $but ) ) . ')' : '';
		return Db::rows(
			'SELECT c.*, l.product_id, p.post_parent AS parent_id FROM ' . self::table() . " c
			JOIN {$wpdb->prefix}wc_product_meta_lookup l ON l.sku = c.sku JOIN {$wpdb->posts} p ON p.ID = l.product_id
			WHERE c.state = 0 $but ORDER BY (c.quantity < l.stock_quantity) DESC, p.post_parent, c.id LIMIT %d",
			array( $limit )
		);
	}

	/**
	 * Figures of these SKUs that wait to be written.
	 *
	 * @param string[] $skus Which.
	 * @return object[] Rows of the table.
	 */
	public function waiting_for( array $skus ): array {
		$marks = implode( ', ', array_fill( 0, count( $skus ), '%s' ) );
		return $skus ? Db::rows( 'SELECT * FROM ' . self::table() . " WHERE state = 0 AND quantity IS NOT NULL AND sku IN ($marks)", array_map( 'strval', $skus ) ) : array();
	}

	/**
	 * Remember, where every request sees it for nothing, whether figures wait to be written; and
	 * up to where all that was read is in force.
	 */
	public function note_whether_open(): void {
		$is_open = null !== Db::value( 'SELECT id FROM ' . self::table() . ' WHERE state = 0 LIMIT 1' );
		$state   = Options::record( Options::CATALOG_CURSOR );
		Options::set( Options::CATALOG_OPEN, $is_open ? 'yes' : 'no' );
		if ( ! $is_open && $state ) {
			Options::set( Options::CATALOG_CURSOR, array( 'applied' => (int) ( $state['cursor'] ?? 0 ) ) + $state );
		}
	}

	/**
	 * A row came to its end.
	 *
	 * @param object $row    A row of differing().
	 * @param int    $state  APPLIED or LEFT.
	 * @param string $result In a sentence; empty when there is nothing to say.
	 */
	public function finish( object $row, int $state, string $result = '' ): void {
		Db::run(
			'UPDATE ' . self::table() . ' SET state = %d, result = LEFT(%s, 250), applied_at = UNIX_TIMESTAMP() WHERE id = %d AND updated_at = %d',
			array( $state, $result, $row->id, $row->updated_at )
		);
	}

	/**
	 * Look again at what was left: products may have come since, or settings have changed.
	 */
	public function retry_unknown(): void {
		Db::run( 'UPDATE ' . self::table() . ' SET state = 0 WHERE state = 3' );
	}

	/**
	 * How many rows there are, by what became of them.
	 *
	 * @return array{open: int, applied: int, left: int}
	 */
	public function counts(): array {
		$found = array(
			'open'    => 0,
			'applied' => 0,
			'left'    => 0,
		);
		$names = array(
			self::OPEN    => 'open',
			self::APPLIED => 'applied',
			self::LEFT    => 'left',
		);
		foreach ( Db::rows( 'SELECT state, COUNT(*) AS n FROM ' . self::table() . ' GROUP BY state' ) as $row ) {
			$found[ $names[ (int) $row->state ] ?? 'left' ] += (int) $row->n;
		}
		return $found;
	}

	/**
	 * The table's name.
	 */
	private static function table(): string {
		return Db::table( 'catalog' );
	}
}
