<?php
/**
 * The shop's own copy of the sidecar's stock and prices.
 *
 * @package Causeway
 */

namespace Causeway\Catalog;

use Causeway\Db;
use Causeway\Json;
use Causeway\Options;

defined( 'ABSPATH' ) || exit;

/**
 * One row for each SKU. What differs from WooCommerce is found by one statement, so that products
 * which are right cost nothing.
 */
final class Cache {

	public const OPEN    = 0;
	public const APPLIED = 2;
	public const LEFT    = 3;

	public const SETTLED  = 0;
	public const UNDERWAY = 1;

	/** The shop has sold more than the figure leaves it: until that is counted it is not in force, since
	 * what this shop gives up is given to others. */
	public const SHORT = 2;

	public const UNKNOWN   = 'no product has this SKU';
	public const UNMANAGED = 'the product’s stock is not managed in the shop';

	private const LONGEST_SKU = 100;
	private const AT_ONCE     = 500;

	/** What a row says; each is a member of Line. */
	private const SAID = array( 'quantity', 'regular_price', 'sale_price', 'sale', 'sale_from', 'sale_until', 'tiers', 'currency', 'includes_tax' );

	/**
	 * Whether the owner wants stock or prices from the sidecar at all.
	 */
	public function is_wanted(): bool {
		return Options::is_on( Options::SYNC_STOCK ) || Options::is_on( Options::SYNC_PRICES );
	}

	/**
	 * Keep a page's lines. Those that say something new are compared with WooCommerce; those that
	 * say what they said before, most of all when everything is read anew, are not written at all.
	 *
	 * @param Line[] $lines In order.
	 */
	public function keep( array $lines ): void {
		$lines = array_filter( $lines, static fn( $line ) => strlen( $line->sku ) <= self::LONGEST_SKU );
		foreach ( array_chunk( $lines, self::AT_ONCE ) as $chunk ) {
			$rows  = array();
			$known = $this->said_of( array_column( $chunk, 'sku' ) );
			foreach ( $chunk as $line ) {
				$values = self::values( $line );
				$said   = md5( Json::encode( $values ) );
				if ( ( $known[ $line->sku ] ?? '' ) !== $said ) {
					// Much faster than wpdb::prepare(), and there are thousands.
					$text               = implode( ', ', array_map( static fn( $value ) => null === $value ? 'NULL' : "'" . esc_sql( $value ) . "'", $values ) );
					$rows[ $line->sku ] = "($text, '$said', {$line->as_of}, UNIX_TIMESTAMP())";
				}
			}
			if ( $rows ) {
				Options::set( Options::CATALOG_OPEN, 'yes' );
				$new = implode( ', ', array_map( static fn( $name ) => "$name = VALUES($name)", array_merge( self::SAID, array( 'said', 'as_of', 'updated_at' ) ) ) );
				Db::run(
					'INSERT INTO ' . self::table() . ' (sku, ' . implode( ', ', self::SAID ) . ', said, as_of, updated_at) VALUES ' . implode( ', ', $rows )
					. " ON DUPLICATE KEY UPDATE state = 0, rev = rev + 1, $new"
				);
			}
		}
	}

	/**
	 * What is known to have been said of these SKUs.
	 *
	 * @param string[] $skus Some.
	 * @return array<string, string> Hashes by SKU.
	 */
	private function said_of( array $skus ): array {
		$list = implode( ', ', array_map( static fn( $sku ) => "'" . esc_sql( $sku ) . "'", $skus ) );
		return array_column( Db::rows( 'SELECT sku, said FROM ' . self::table() . " WHERE sku IN ($list)" ), 'said', 'sku' );
	}

	/**
	 * SKU and figures of a line.
	 *
	 * @param Line $line The line.
	 * @return array<string|null>
	 */
	private static function values( Line $line ): array {
		$values = array( $line->sku );
		foreach ( self::SAID as $name ) {
			$values[] = is_bool( $line->$name ) ? (string) (int) $line->$name : $line->$name;
		}
		return $values;
	}

	/**
	 * Close what WooCommerce has already, and what no product answers to. A few statements, however
	 * many rows.
	 *
	 * Rows that were put in force while sales were on their way are looked at again each time: when
	 * the sidecar has counted those sales its figure may be the same as before.
	 *
	 * @param bool $everything Also what was in force: the shop may have changed it since.
	 */
	public function compare( bool $everything = false ): void {
		global $wpdb;
		$table = self::table();
		Db::run( "UPDATE $table SET state = 0 WHERE again > 0 AND state > 0" );
		$which                         = $everything ? 'c.state IN (0, 2)' : 'c.state = 0';
		list( $stock, $prices, $left ) = self::conditions();
		Db::run(
			"UPDATE $table c JOIN {$wpdb->prefix}wc_product_meta_lookup l ON l.sku = c.sku
			LEFT JOIN {$wpdb->postmeta} q ON q.post_id = l.product_id AND q.meta_key = '_stock'
			LEFT JOIN {$wpdb->postmeta} m ON m.post_id = l.product_id AND m.meta_key = '_manage_stock'
			LEFT JOIN {$wpdb->postmeta} r ON r.post_id = l.product_id AND r.meta_key = '_regular_price'
			LEFT JOIN {$wpdb->postmeta} s ON s.post_id = l.product_id AND s.meta_key = '_sale_price'
			LEFT JOIN {$wpdb->postmeta} f ON f.post_id = l.product_id AND f.meta_key = '_sale_price_dates_from' AND f.meta_value <> ''
			LEFT JOIN {$wpdb->postmeta} u ON u.post_id = l.product_id AND u.meta_key = '_sale_price_dates_to' AND u.meta_value <> ''
			LEFT JOIN {$wpdb->postmeta} t ON t.post_id = l.product_id AND t.meta_key = %s
			LEFT JOIN " . Sales::table() . " o ON o.product_id = l.product_id
			SET c.state = IF(($stock) AND $prices, IF(($left), 3, 2), 0),
				c.again = IF(o.uncounted > GREATEST(COALESCE(c.quantity, 0), 0), 2, COALESCE(o.uncounted <> 0 OR o.held <> 0, 0)),
				c.result = IF(($stock) AND $prices AND ($left), %s, '')
			WHERE $which",
			array( Tiers::META, self::UNMANAGED )
		);
		Db::run(
			"UPDATE $table c LEFT JOIN {$wpdb->prefix}wc_product_meta_lookup l ON l.sku = c.sku
			SET c.state = 3, c.result = %s WHERE c.state = 0 AND l.product_id IS NULL",
			array( self::UNKNOWN )
		);
	}

	/**
	 * When WooCommerce has what a row says: stock, prices; and when the stock is none of ours.
	 *
	 * @return string[] Three conditions of SQL.
	 */
	private static function conditions(): array {
		$stock  = '1 = 1';
		$prices = '1 = 1';
		$left   = '1 = 0';
		if ( Options::is_on( Options::SYNC_STOCK ) ) {
			// Shops that sell whole pieces have no use for half of one.
			$whole  = 0.5 !== (float) wc_stock_amount( 0.5 );
			$figure = $whole ? 'TRUNCATE(c.quantity, 0)' : 'c.quantity';
			$left   = "c.quantity IS NOT NULL AND COALESCE(m.meta_value, 'no') <> 'yes'";
			$wanted = "GREATEST($figure - COALESCE(o.uncounted, 0), LEAST($figure, 0)) + COALESCE(o.held, 0)";
			$stock  = "c.quantity IS NULL OR ($left) OR (COALESCE(o.settling, 0) = 0 AND q.meta_value <> '' AND CAST(q.meta_value AS DECIMAL(19,6)) = $wanted)";
		}
		if ( Options::is_on( Options::SYNC_PRICES ) ) {
			$prices = "(c.regular_price IS NULL OR CAST(c.regular_price AS DECIMAL(19,6)) = CAST(r.meta_value AS DECIMAL(19,6)))
				AND (c.sale_price IS NULL OR CAST(c.sale_price AS DECIMAL(19,6)) = CAST(s.meta_value AS DECIMAL(19,6)))
				AND (c.sale IS NULL OR c.sale <> 'off' OR COALESCE(s.meta_value, '') = '')
				AND IF(c.sale_from IS NULL AND c.sale_until IS NULL,
					COALESCE(c.sale, '') <> 'on' OR (COALESCE(f.meta_value, 0) <= UNIX_TIMESTAMP() AND COALESCE(u.meta_value, 9999999999) >= UNIX_TIMESTAMP()),
					c.sale_from <=> CAST(f.meta_value AS UNSIGNED) AND c.sale_until <=> CAST(u.meta_value AS UNSIGNED))
				AND COALESCE(c.tiers, '') = COALESCE(t.meta_value, '')";
		}
		return array( $stock, $prices, $left );
	}

	/**
	 * What differs. What is sold out comes first, then what there is less of: selling what is not
	 * there is the worse mistake.
	 *
	 * @param int   $limit How many at most.
	 * @param int[] $but   Ids of rows to pass over.
	 * @return \stdClass[] Rows of the table with `product_id` and `parent_id`.
	 */
	public function differing( int $limit = 100, array $but = array() ): array {
		global $wpdb;
		$but = $but ? 'AND c.id NOT IN (' . implode( ', ', array_map( 'intval', $but ) ) . ')' : '';
		return Db::rows(
			'SELECT c.*, l.product_id, p.post_parent AS parent_id FROM ' . self::table() . " c
			JOIN {$wpdb->prefix}wc_product_meta_lookup l ON l.sku = c.sku JOIN {$wpdb->posts} p ON p.ID = l.product_id
			WHERE c.state = 0 $but
			ORDER BY CASE WHEN c.quantity <= 0 AND l.stock_quantity > 0 THEN 0 WHEN c.quantity < l.stock_quantity THEN 1 ELSE 2 END, p.post_parent, c.id
			LIMIT %d",
			array( $limit )
		);
	}

	/**
	 * Figures of these SKUs.
	 *
	 * @param string[] $skus    Which.
	 * @param bool     $waiting Only those that wait to be written.
	 * @return \stdClass[] Rows of the table.
	 */
	public function figures_of( array $skus, bool $waiting ): array {
		if ( ! $skus ) {
			return array();
		}
		$marks = implode( ', ', array_fill( 0, count( $skus ), '%s' ) );
		$open  = $waiting ? 'state = 0 AND' : '';
		return Db::rows( 'SELECT * FROM ' . self::table() . " WHERE $open quantity IS NOT NULL AND sku IN ($marks)", array_map( 'strval', $skus ) );
	}

	/**
	 * Remember, where every request sees it for nothing, whether figures wait to be written and
	 * whether any product has prices by quantity or group; and up to where all that was read is in force.
	 */
	public function note_whether_open(): void {
		global $wpdb;
		$is_open = null !== Db::value( 'SELECT id FROM ' . self::table() . ' WHERE state = 0 LIMIT 1' );
		Options::set( Options::CATALOG_OPEN, $is_open ? 'yes' : 'no' );
		$has_tiers = null !== Db::value( "SELECT meta_id FROM {$wpdb->postmeta} WHERE meta_key = %s LIMIT 1", array( Tiers::META ) );
		Options::set( Options::HAS_TIERS, $has_tiers ? 'yes' : 'no' );
		$is_short = null !== Db::value( 'SELECT id FROM ' . self::table() . ' WHERE again = %d AND quantity IS NOT NULL LIMIT 1', array( self::SHORT ) );
		if ( ! $is_open && ! $is_short ) {
			Puller::note_applied();
		}
	}

	/**
	 * Rows came to their end.
	 *
	 * @param \stdClass[] $rows   Rows of differing().
	 * @param int         $state  APPLIED or LEFT.
	 * @param string      $result In a sentence; empty when there is nothing to say.
	 * @param int         $again  SETTLED, UNDERWAY or SHORT.
	 */
	public function finish( array $rows, int $state, string $result = '', int $again = self::SETTLED ): void {
		if ( ! $rows ) {
			return;
		}
		$which = implode( ', ', array_map( static fn( $row ) => '(' . (int) $row->id . ', ' . (int) $row->rev . ')', $rows ) );
		Db::run(
			'UPDATE ' . self::table() . " SET state = %d, result = LEFT(%s, 250), again = %d, applied_at = UNIX_TIMESTAMP() WHERE (id, rev) IN ($which)",
			array( $state, $result, $again )
		);
	}

	/**
	 * Look again at what was left: products may have come since, or settings have changed.
	 */
	public function retry_unknown(): void {
		Db::run( 'UPDATE ' . self::table() . ' SET state = 0 WHERE state = 3' );
		Options::set( Options::CATALOG_OPEN, 'yes' );
	}

	/**
	 * Do something with the catalogue while no other process does: two that move the same stock by
	 * the same difference would move it twice.
	 *
	 * @param callable $work What to do.
	 * @param mixed    $otherwise What to give back when another process is at it.
	 * @return mixed What it gives back.
	 */
	public function alone( callable $work, $otherwise ) {
		$lock = substr( md5( DB_NAME . self::table() ), 0, 32 );
		if ( '1' !== Db::value( 'SELECT GET_LOCK(%s, 2)', array( $lock ) ) ) {
			return $otherwise;
		}
		try {
			return $work();
		} finally {
			Db::value( 'SELECT RELEASE_LOCK(%s)', array( $lock ) );
		}
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
	 * Why rows were left out, and how many of each.
	 *
	 * @return array<string, int> By reason, most first.
	 */
	public function left_because(): array {
		$found = Db::rows( 'SELECT result, COUNT(*) AS n FROM ' . self::table() . ' WHERE state = 3 GROUP BY result ORDER BY n DESC LIMIT 10' );
		return array_map( 'intval', array_column( $found, 'n', 'result' ) );
	}

	/**
	 * The table's name.
	 */
	private static function table(): string {
		return Db::table( 'catalog' );
	}
}
