<?php
/**
 * Whether something is really gone.
 *
 * @package Causeway
 */

namespace Causeway\Payload;

use Automattic\WooCommerce\Utilities\OrderUtil;
use Causeway\Db;

defined( 'ABSPATH' ) || exit;

/**
 * Asks the table itself. WooCommerce answers “no such order” also when the database was away for a
 * moment or another plugin failed; a deletion must not be told on such a word.
 */
final class Existence {

	/**
	 * Whether an order's row is there.
	 *
	 * @param int $id The order.
	 * @throws \Causeway\DbError When the database does not answer.
	 */
	public static function of_order( int $id ): bool {
		global $wpdb;
		if ( OrderUtil::custom_orders_table_usage_is_enabled() ) {
			return self::row( OrderUtil::get_table_for_orders(), 'id', $id );
		}
		return self::row( $wpdb->posts, 'ID', $id );
	}

	/**
	 * Whether a product's row is there.
	 *
	 * @param int $id The product.
	 * @throws \Causeway\DbError When the database does not answer.
	 */
	public static function of_post( int $id ): bool {
		global $wpdb;
		return self::row( $wpdb->posts, 'ID', $id );
	}

	/**
	 * Whether a user's row is there.
	 *
	 * @param int $id The user.
	 * @throws \Causeway\DbError When the database does not answer.
	 */
	public static function of_user( int $id ): bool {
		global $wpdb;
		return self::row( $wpdb->users, 'ID', $id );
	}

	/**
	 * Whether a row is there.
	 *
	 * @param string $table  The table.
	 * @param string $column Its id.
	 * @param int    $id     Which.
	 */
	private static function row( string $table, string $column, int $id ): bool {
		return null !== Db::value( 'SELECT 1 FROM %i WHERE %i = %d', array( $table, $column, $id ) );
	}
}
