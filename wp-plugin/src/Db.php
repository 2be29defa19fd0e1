<?php
/**
 * Our own tables, through WordPress's database object.
 *
 * @package Causeway
 */

namespace Causeway;

defined( 'ABSPATH' ) || exit;

/**
 * Runs statements on Causeway's tables without leaving traces: an error becomes an exception
 * instead of HTML in somebody's checkout, and `insert_id` stays what WooCommerce expects it to be.
 *
 * phpcs:disable WordPress.DB.DirectDatabaseQuery
 * phpcs:disable WordPress.DB.PreparedSQL.NotPrepared
 */
final class Db {

	/**
	 * The full name of one of our tables on this site.
	 *
	 * @param string $name `outbox`, `inbox` or `catalog`.
	 */
	public static function table( string $name ): string {
		global $wpdb;
		return $wpdb->prefix . 'causeway_' . $name;
	}

	/**
	 * Run a statement that changes something.
	 *
	 * @param string $sql    With placeholders of wpdb::prepare.
	 * @param array  $values For the placeholders.
	 * @return int Rows changed.
	 * @throws DbError When the database refuses.
	 */
	public static function run( string $sql, array $values = array() ): int {
		return (int) self::ask( 'query', $sql, $values );
	}

	/**
	 * Read rows.
	 *
	 * @param string $sql    With placeholders of wpdb::prepare.
	 * @param array  $values For the placeholders.
	 * @return \stdClass[]
	 * @throws DbError When the database refuses.
	 */
	public static function rows( string $sql, array $values = array() ): array {
		$found = self::ask( 'get_results', $sql, $values );
		return is_array( $found ) ? $found : array();
	}

	/**
	 * Read the first column.
	 *
	 * @param string $sql    With placeholders of wpdb::prepare.
	 * @param array  $values For the placeholders.
	 * @return string[]
	 * @throws DbError When the database refuses.
	 */
	public static function column( string $sql, array $values = array() ): array {
		return self::ask( 'get_col', $sql, $values );
	}

	/**
	 * Read one value; null when there is none.
	 *
	 * @param string $sql    With placeholders of wpdb::prepare.
	 * @param array  $values For the placeholders.
	 * @return string|null
	 * @throws DbError When the database refuses.
	 */
	public static function value( string $sql, array $values = array() ): ?string {
		return self::ask( 'get_var', $sql, $values );
	}

	/**
	 * Call wpdb and leave it as it was.
	 *
	 * @param string $method A method of wpdb.
	 * @param string $sql    The statement.
	 * @param array  $values For the placeholders.
	 * @return mixed What wpdb answers.
	 * @throws DbError When the database refuses.
	 */
	private static function ask( string $method, string $sql, array $values ) {
		global $wpdb;
		$before    = array( $wpdb->insert_id, $wpdb->rows_affected, $wpdb->last_error );
		$suppress  = $wpdb->suppress_errors( true );
		$complaint = '';
		try {
			$wpdb->last_error = '';
			$answer           = $wpdb->$method( $values ? $wpdb->prepare( $sql, $values ) : $sql );
			$complaint        = $wpdb->last_error;
		} finally {
			$wpdb->suppress_errors( $suppress );
			list( $insert_id, $rows_affected, $last_error ) = $before;

			$wpdb->insert_id     = $insert_id;
			$wpdb->rows_affected = $rows_affected;
			$wpdb->last_error    = $last_error;
		}
		if ( '' !== $complaint || ( 'query' === $method && false === $answer ) ) {
			throw new DbError( '' !== $complaint ? $complaint : 'the database did not answer' ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped
		}
		return $answer;
	}
}
